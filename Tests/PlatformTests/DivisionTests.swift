import Platform
import Testing

@Suite("A division that rounds up")
struct DivisionTests {
  @Test(
    "gives the number of parts, also for the largest numbers",
    arguments: [
      (0, 1, 0), (0, 7, 0), (1, 7, 1), (6, 7, 1), (7, 7, 1), (8, 7, 2), (14, 7, 2), (.max, 1, .max), (.max, .max, 1),
      (.max - 1, .max, 1), (.max, 2, 1 << 62), (.max, .max - 1, 2), (1, .max, 1),
    ] as [(Int, Int, Int)])
  func parts(_ count: Int, _ size: Int, _ parts: Int) {
    #expect(count.dividedRoundingUp(by: size) == parts)
  }
}
