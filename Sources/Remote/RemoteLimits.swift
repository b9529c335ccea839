import Platform

/// The limits on waiting for a server, and on attempts.
package struct RemoteLimits: Sendable {
  /// The number of seconds without a byte after which a request is given up.
  package var silence = 30
  /// The number of seconds after which a request is given up in any case.
  package var total = 600
  /// The greatest number of attempts.
  package var attempts = 6
  /// The number of seconds before the second attempt. The time doubles before each later attempt.
  package var firstDelay = 0.25
  /// The greatest number of seconds before an attempt.
  package var largestDelay = 20.0

  /// The limits of this process. The environment variable `SWIFT_BRICKS_TIMEOUT` sets `silence`.
  package static var standard: RemoteLimits {
    var limits = RemoteLimits()
    if let seconds = Environment.value(of: "SWIFT_BRICKS_TIMEOUT").flatMap({ Int($0) }), (1...3600).contains(seconds) {
      limits.silence = seconds
    }
    return limits
  }

  /// The number of seconds to wait after a failed attempt, with a random part, so that many processes do not ask at the same time.
  ///
  /// - Parameters:
  ///   - attempt: The number of the failed attempt, from 0.
  ///   - wanted: The number of seconds that the server asks for.
  func delay(afterAttempt attempt: Int, wanted: Double? = nil) -> Double {
    let longest = min(largestDelay, firstDelay * Double(1 << min(attempt, 20)))
    return max(Double.random(in: longest / 2...longest), min(wanted ?? 0, largestDelay))
  }
}
