import Testing

@testable import Figures

@Suite("A scale")
struct ScaleTests {
  @Test(
    "has ticks at round numbers, with the digits that tell them apart",
    arguments: [
      (Scale(.linear, 0, 1), 5, ["0", "0.2", "0.4", "0.6", "0.8", "1.0"]),
      (Scale(.linear, -0.12, 0.31), 4, ["−0.1", "0", "0.1", "0.2", "0.3"]),
      (Scale(.linear, 0, 52), 6, ["0", "10", "20", "30", "40", "50"]),
      (Scale(.linear, 0, 2_500_000), 5, ["0", "0.5e6", "1.0e6", "1.5e6", "2.0e6", "2.5e6"]),
      (Scale(.linear, 0, 0.0004), 4, ["0", "1e-4", "2e-4", "3e-4", "4e-4"]),
      (Scale(.integer, 0, 3), 6, ["0", "1", "2", "3"]), (Scale(.integer, 0, 99), 6, ["0", "20", "40", "60", "80"]),
      (Scale(.logarithmic, 0.004, 900), 6, ["0.01", "0.1", "1", "10", "100"]),
      (Scale(.logarithmic, 0.9, 12), 6, ["1", "2", "5", "10"]),
    ] as [(Scale, Int, [String])])
  func ticks(_ scale: Scale, _ count: Int, _ labels: [String]) {
    #expect(scale.ticks(count).map(\.label) == labels)
  }

  @Test("puts its ends at 0 and 1, and the geometric middle of a logarithmic scale between them")
  func places() {
    #expect(Scale(.linear, -2, 6).place(0) == 0.25)
    #expect(abs(Scale(.logarithmic, 0.01, 100).place(1) - 0.5) < 1e-12)
    #expect(Scale(.logarithmic, 0.01, 100).place(0) == -.infinity)
  }

  @Test("has finite ends and positions for the greatest and the least numbers")
  func extremes() {
    let greatest = Double.greatestFiniteMagnitude
    for values in [[-greatest, greatest], [greatest], [-greatest], [5e-324, greatest], [0, 5e-324]] {
      let scale = Scale(for: values, ratio: 50)
      #expect(scale.low.isFinite && scale.high.isFinite && scale.low < scale.high, "\(values)")
      #expect(values.allSatisfy { (0...1).contains(scale.place($0)) }, "\(values)")
      #expect(scale.ticks(5).allSatisfy { $0.number.isFinite }, "\(values)")
    }
    #expect(abs(Scale(for: [-greatest, greatest]).place(0) - 0.5) < 1e-12)
  }

  @Test("gives equal values a range, and ignores values that are not finite")
  func degenerate() {
    let scale = Scale(for: [3, .nan, 3, .infinity])
    #expect(scale.low < 3 && scale.high > 3)
    #expect(Scale(for: [Double]()).low == 0)
  }
}
