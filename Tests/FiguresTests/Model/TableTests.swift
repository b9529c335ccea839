import Testing

@testable import Figures

@Suite("A table")
struct TableTests {
  @Test("is comma-separated values with quoted texts and missing numbers (RFC 4180)")
  func commaSeparated() {
    let table = Table([
      Table.Column("name", ["a,b", "say \"x\"", "/mlp/γ"]), Table.Column("μ", [0.1, .nan, -2]),
      Table.Column("count", [1, 20, 300]),
    ])
    #expect(table.commaSeparated == "name,μ,count\r\n\"a,b\",0.1,1\r\n\"say \"\"x\"\"\",,20\r\n/mlp/γ,-2,300\r\n")
  }

  @Test("writes numbers of single precision as short as they are")
  func exact() {
    #expect(Table.exact(Double(Float(0.1))) == "0.1")
    #expect(Table.exact(0.1) == "0.1")
    #expect(Table.exact(1.0 / 3) == "0.3333333333333333")
    #expect(Table.exact(.infinity) == "")
  }

  @Test("has an excerpt of at most 32 rows at equal distances, with the last row")
  func excerpt() {
    let short = Table([Table.Column("step", Array(0..<32))])
    #expect(short.excerpt == short)
    let long = Table([Table.Column("step", Array(0..<100)), Table.Column("μ", (0..<100).map { Double($0) / 2 })])
    #expect(long.excerpt.columns[0].values == .integers(Array(stride(from: 3, to: 100, by: 4))))
    #expect(long.excerpt.columns[1].values == .numbers(Array(stride(from: 1.5, to: 50, by: 2))))
  }

  /// The numbers are from `numpy.quantile`.
  @Test("interpolates quantiles as NumPy does")
  func quantiles() {
    let values = [3.5, -1.25, 8, 0.5, 2, 7.75, -4, .nan]
    #expect(Table.quantiles(values, [0, 0.25, 0.5, 0.75, 1]) == [-4, -0.375, 2, 5.625, 8])
    let outer = Table.quantiles(values, [0.1, 0.9]) ?? []
    #expect(abs(outer[0] + 2.35) < 1e-12 && abs(outer[1] - 7.85) < 1e-12)
    #expect(Table.quantiles([.nan], [0.5]) == nil)
  }
}
