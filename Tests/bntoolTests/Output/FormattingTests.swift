import Bricks
import Testing

@testable import bntool

@Suite("Formatting")
struct FormattingTests {
  @Test(
    "writes numbers in three significant digits",
    arguments: [
      (0, "0"), (-0.0, "0"), (1, "1.00"), (0.73719, "0.737"), (-0.0275, "-0.0275"), (9.996, "10.0"), (99.96, "100"),
      (1437.6, "1,438"), (999_444.7, "999,445"), (999_999.7, "1.00e+06"), (1_234_567, "1.23e+06"),
      (0.00012345, "0.000123"),
      (0.000012345, "1.23e-05"),
      (9.996e-5, "0.000100"), (9.999e9, "1.00e+10"), (-1e300, "-1.00e+300"), (.greatestFiniteMagnitude, "1.80e+308"),
      (5e-324, "4.94e-324"), (.infinity, "inf"), (-.infinity, "-inf"), (.nan, "nan"),
    ] as [(Double, String)])
  func short(_ number: Double, _ text: String) { #expect(Formatting.short(number) == text) }

  @Test("counts elements without overflow")
  func elementCount() {
    #expect(Formatting.elementCount([]) == 1)
    #expect(Formatting.elementCount([3, 4]) == 12)
    #expect(Formatting.elementCount([1 << 40, 1 << 40]) == .max)
    #expect(Formatting.elementCount([1 << 40, 1 << 40, 0]) == 0)
  }

  @Test("writes sizes with a suitable unit, and other numbers in full")
  func units() {
    #expect(Formatting.byteCount(1) == "1 byte")
    #expect(Formatting.byteCount(999) == "999 bytes")
    #expect(Formatting.byteCount(2088) == "2.1 KB")
    #expect(Formatting.byteCount(220_608) == "221 KB")
    #expect(Formatting.byteCount(.max) == "9223372 TB")
    let numbers = [
      (1e-5, "1e-05"), (1e-4, "0.0001"), (0.001, "0.001"), (0, "0"), (10, "10"), (-2.5, "-2.5"), (1e16, "1e+16"),
    ]
    for (number, text) in numbers { #expect(Formatting.exact(number) == text) }
  }

  @Test(
    "shows the number of observations at each step",
    arguments: [
      ([1437], "1,437 observations"), ([1], "1 observation"), ([640, 640, 640], "640 observations per step"),
      ([640, 640, 64], "640 observations at steps 0–1, 64 at step 2"),
      ([1, 0, 0], "1 observation at step 0, 0 at steps 1–2"), ([640, 64, 640], "64 to 640 observations per step"),
      ([], "0 observations"),
    ] as [([Int64], String)])
  func observations(_ counts: [Int64], _ text: String) { #expect(Formatting.observations(counts) == text) }

  @Test("puts as many texts on a line as fit, and at least one")
  func wrapped() {
    #expect(Columns.wrapped(["ab", "c", "def", "ghijkl", "m"], width: 5) == ["ab  c", "def", "ghijkl", "m"])
    #expect(Columns.wrapped(["ab", "c"], width: -3) == ["ab", "c"])
    #expect(Columns.wrapped([], width: 5) == [])
  }

  @Test("replaces characters that could control a terminal")
  func printable() {
    #expect(Console.printable("größe\n大") == "größe\n大")
    #expect(Console.printable("a\u{1B}[2Jb\r\u{9B}c\u{7F}") == "a\u{FFFD}[2Jb\u{FFFD}\u{FFFD}c\u{FFFD}")
  }

  @Test("aligns every column except the last of a row")
  func columns() {
    #expect(Columns.aligned([["a", "b", "c"], ["aaa", "bb"], ["d", "", ""]]) == ["a    b  c", "aaa  bb", "d"])
    #expect(Columns.aligned([]) == [])
  }

  @Test("divides a wide table into tables with the same first column")
  func tables() {
    let rows = [["step", "mean", "dead"], ["0", "1.25 … 2", "96"], ["12", "3", ""]]
    #expect(Columns.table(rows, width: nil) == ["step  mean      dead", "0     1.25 … 2  96", "12    3"])
    #expect(Columns.table(rows, width: 20) == Columns.table(rows, width: nil))
    #expect(
      Columns.table(rows, width: 19) == ["step  mean", "0     1.25 … 2", "12    3", "step  dead", "0     96", "12"])
    #expect(Columns.table([["a"]], width: 9) == ["a"] && Columns.table([], width: 9) == [])
  }

  @Test("continues rows below, with names that are only shortened to fit a line")
  func rows() {
    let rows = ["0", "1"].map {
      ["  ✓ /mlp/batch_norm_activation_\($0)/batchnormalization", "mean 0.1", "deviation 0.2"]
    }
    let lines = Columns.aligned(rows, width: 40)
    #expect(lines.count == 4 && lines.allSatisfy { $0.count <= 40 })
    #expect(lines[0].count == 40 && lines[0].hasSuffix("_0/batchnormalization"), "\(lines)")
    #expect(lines[1] == "      mean 0.1  deviation 0.2")
  }

  @Test("breaks a line between its parts, and keeps a symbol with the next word")
  func folds() {
    #expect(Columns.folded("name  12 channels", width: 15) == "name\n  12 channels")
    #expect(Columns.folded("  in 12 batches, ε 0.01", width: 18) == "  in 12 batches,\n    ε 0.01")
    #expect(Columns.folded("  ✓ abcdefghijklmnopq", width: 12) == "  ✓ abcdefghijklmnopq")
    #expect(Columns.folded("a long line: bntool inspect x", width: 9) == "a long line: bntool inspect x")
  }

  @Test("summarizes values, however large, without those that are not finite")
  func summary() throws {
    let summary = ValueSummary(try Tensor([1, 2, 3, 6, .nan, .infinity] as [Double], shape: Shape([6])))
    #expect(summary.minimum == 1)
    #expect(summary.maximum == 6)
    #expect(summary.mean == 3)
    #expect(abs(try #require(summary.standardDeviation) - 3.5.squareRoot()) < 1e-15)
    #expect(summary.notFiniteCount == 2)
    let huge = ValueSummary(try Tensor([1.5e308, -1.5e308, 1.5e308, 1.5e308] as [Double], shape: Shape([4])))
    #expect(huge.mean == 0.75e308)
    #expect(try #require(huge.standardDeviation).isFinite)
    let zeros = ValueSummary(try Tensor([0, 0] as [Double], shape: Shape([2])))
    #expect(zeros.mean == 0)
    #expect(zeros.standardDeviation == 0)
    #expect(ValueSummary(try Tensor([] as [Double], shape: Shape([0]))).mean == nil)
  }
}
