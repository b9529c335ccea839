import Testing

@testable import bntool

@Suite("A row of bars")
struct SparklineTests {
  @Test(
    "shows the course of numbers, with blanks for missing ones",
    arguments: [
      ([0, 1, 2, 3, 4, 5, 6, 7], 60, "▁▂▃▄▅▆▇█"), ([3, nil, 1], 60, "█ ▁"), ([2, 2], 60, "▁▁"), ([nil, .nan], 60, ""),
      ([-.greatestFiniteMagnitude, .greatestFiniteMagnitude], 60, "▁█"),
      // Two neighbours share a bar, which shows the greater one.
      ([0, 7, 0, 0], 2, "█▁"), ([], 60, ""),
    ] as [([Double?], Int, String)])
  func bars(_ numbers: [Double?], _ width: Int, _ expected: String) {
    #expect(Sparkline.text(numbers, width: width) == expected)
  }
}
