import Interchange
import Messages

/// Warnings about data that the statistics do not include.
enum LeftOut {
  /// - Parameter count: The number of all examples.
  /// - Throws: `DataError` if no example is left, because examples have numbers that are not finite.
  static func check(_ outcome: FeedingOutcome, of feed: ModelFeed, count: Int) throws {
    let nonfinite = outcome.nonfiniteExampleCount
    guard nonfinite > 0, nonfinite + outcome.leftOutExampleCount >= count else { return }
    let rest = outcome.leftOutExampleCount
    throw DataError(
      description: "\(feed.location): there is nothing to observe, because "
        + (rest == 0
          ? "all \(counted(count, "example")) have numbers that are not finite"
          : "\(counted(nonfinite, of: count, "example")) have numbers that are not finite, and a batch needs at least 2 observations "
            + "per element") + "; correct the data")
  }

  /// Warns about examples that no statistic observed.
  static func warn(_ outcome: FeedingOutcome, of feed: ModelFeed) {
    if outcome.nonfiniteExampleCount > 0 {
      Console.warn(
        "\(feed.location): left out \(counted(outcome.nonfiniteExampleCount, "example")) with numbers that are not finite"
      )
    }
    let count = outcome.leftOutExampleCount
    guard count > 0 else { return }
    Console.warn(
      "\(feed.location): the last \(count == 1 ? "example is" : "\(grouped(count)) examples are") left out: a batch needs at least 2 "
        + "observations per element")
  }

  /// Warns about time steps and observations that the statistics ignore.
  static func warn(steps: Int, observations: Int) {
    if steps > 0 {
      Console.warn(
        "ignored \(counted(steps, "time step")) after the last time step that has its own statistics "
          + "(counted over all batches and normalizations)")
    }
    if observations > 0 {
      Console.warn(
        "ignored \(counted(observations, "minibatch statistic")) for which the mask leaves fewer than 2 observations"
      )
    }
  }
}
