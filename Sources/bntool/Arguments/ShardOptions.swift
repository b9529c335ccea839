import ArgumentParser
import Interchange
import Platform

/// The option that divides work among processes.
struct ShardOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The share of this process: I/N, such as 2/4 for the second of four. auto takes it from the scheduler.",
      valueName: "shard"))
  var shard: String?

  /// Whether the shard comes from the scheduler.
  var isAutomatic: Bool { shard == "auto" }

  /// The shard of this process; nil without `--shard`. With `auto` but without a scheduler, it is shard 1 of 1.
  ///
  /// - Throws: `UsageError` for a text that is not a shard, or if the variables of the scheduler contradict each other.
  func selected() throws(UsageError) -> BatchPlan.Shard? {
    guard let shard else { return nil }
    guard !isAutomatic else {
      do throws(InterchangeError) {
        return try EngineShard.shard { Environment.value(of: $0) } ?? BatchPlan.Shard(1, of: 1)
      } catch {
        throw UsageError(description: "\(error)")
      }
    }
    let numbers = shard.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
    guard numbers.count == 2, let number = numbers[0], let count = numbers[1],
      let selected = BatchPlan.Shard(number, of: count)
    else { throw UsageError(description: "--shard \(shard): give auto, or I/N with I from 1 to N, such as 2/4") }
    return selected
  }

  /// The output with `{shard}` replaced by the name of the shard, such as `pairs-03-of-12.h5`.
  ///
  /// - Throws: `UsageError` if the output contains `{shard}`, and there is no shard.
  func expanded(_ output: String) throws(UsageError) -> String {
    let parts = output.split(separator: "{shard}", omittingEmptySubsequences: false)
    guard parts.count > 1 else { return output }
    guard let shard = try selected() else {
      throw UsageError(
        description: "--output \(output): {shard} stands for the name of the shard; give --shard auto or --shard I/N")
    }
    return parts.joined(separator: shard.name)
  }
}

extension BatchPlan.Shard {
  /// The name of the shard in names of files, such as `03-of-12`. Zeros make both numbers equally long.
  var name: String {
    let (number, count) = ("\(number)", "\(count)")
    return String(repeating: "0", count: count.count - number.count) + "\(number)-of-\(count)"
  }
}
