import Testing
@testable import Remote

@Suite("The delays between attempts")
struct RemoteLimitsTests {
  @Test("grow up to a limit, and differ at random") func delays() {
    let limits = RemoteLimits()
    for attempt in 0..<40 {
      let longest = min(limits.largestDelay, limits.firstDelay * Double(1 << min(attempt, 10)))
      let delays = (0..<20).map { _ in limits.delay(afterAttempt: attempt) }
      #expect(delays.allSatisfy { (longest / 2...longest).contains($0) })
      #expect(Set(delays).count > 1)
    }
  }

  @Test("are at least as long as the server asks, but not longer than the limit") func wanted() {
    #expect(RemoteLimits().delay(afterAttempt: 0, wanted: 3) == 3)
    #expect(RemoteLimits().delay(afterAttempt: 0, wanted: 1e9) == RemoteLimits().largestDelay)
  }
}
