import Checkpoints
import Messages
import PopulationStatistics

/// The check whether files hold all shards of a pass.
enum ShardCheck {
  /// Warns about files that hold only a part of their shard.
  static func warnAboutUnfinished(_ sources: [UpdateSource]) {
    for source in sources {
      guard let record = ShardRecord(in: source.checkpoint), !record.isComplete else { continue }
      Console.warn(
        "\(source.file): holds only a part of shard \(record.number)/\(record.count); run collect again to complete it")
    }
  }

  /// Checks that the union of files has all shards.
  ///
  /// A shard is there if a file says that it is complete, or if the union has all its batches. Every N-th batch belongs to one shard.
  ///
  /// - Throws: `NegativeAnswer` that names the missing shards.
  static func expect(_ count: Int, in updates: some UpdateCollection, of sources: [UpdateSource]) throws(NegativeAnswer)
  {
    var isComplete = [Bool](repeating: false, count: count)
    var batchCount = (updates.minibatches.last?.sequence ?? -1) + 1
    for source in sources {
      guard let record = ShardRecord(in: source.checkpoint), record.count == count else { continue }
      batchCount = max(batchCount, record.batchCount)
      if record.isComplete { isComplete[record.number - 1] = true }
    }
    let found = Set(updates.minibatches.lazy.map(\.sequence))
    var missing: Set<Int> = []
    for batch in 0..<batchCount where !isComplete[batch % count] && !found.contains(batch) {
      missing.insert(batch % count + 1)
    }
    guard missing.isEmpty else {
      throw NegativeAnswer(
        description:
          "\(counted(missing.count, of: count, "shard")) \(missing.count == 1 ? "is" : "are") missing or incomplete: "
          + "\(ranges(missing.sorted())); collect the rest, or leave out --expect")
    }
  }

  /// Numbers in ascending order as text, such as `3, 17–19`.
  static func ranges(_ numbers: [Int]) -> String {
    var runs: [ClosedRange<Int>] = []
    for number in numbers {
      if let last = runs.last, last.upperBound == number - 1 {
        runs[runs.count - 1] = last.lowerBound...number
      } else {
        runs.append(number...number)
      }
    }
    return runs.map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)–\($0.upperBound)" }.joined(separator: ", ")
  }
}
