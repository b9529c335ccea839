import Checkpoints
import Messages
import PopulationStatistics

/// Checks whether files hold all shards of a pass.
enum ShardCheck {
  /// Warns about each file that holds only a part of its shard.
  static func warnAboutUnfinished(_ sources: [UpdateSource]) {
    for source in sources {
      guard let record = ShardRecord(in: source.checkpoint), !record.isComplete else { continue }
      Console.warn(
        "\(source.file): holds only a part of shard \(record.number)/\(record.count); run collect again to complete it")
    }
  }

  /// Checks that the union of files has all shards.
  ///
  /// A shard is complete if its file says so, or if the union has all its batches. Every N-th batch belongs to one shard.
  ///
  /// - Throws: `NegativeAnswer` that names the missing shards.
  static func expect(_ count: Int, in updates: some UpdateCollection, of sources: [UpdateSource]) throws(NegativeAnswer)
  {
    let sequences = Set(updates.minibatches.lazy.map(\.sequence).filter { $0 >= 0 })
    var batchCount = sequences.max().map { min($0, .max - 1) + 1 } ?? 0
    var complete: Set<Int> = []
    for source in sources {
      guard let record = ShardRecord(in: source.checkpoint), record.count == count else { continue }
      batchCount = max(batchCount, record.batchCount)
      if record.isComplete { complete.insert(record.number) }
    }
    var found: [Int: Int] = [:]
    for sequence in sequences { found[sequence % count + 1, default: 0] += 1 }
    let missing = (1...count).filter { number in
      let wanted = batchCount < number ? 0 : (batchCount - number) / count + 1
      return !complete.contains(number) && found[number, default: 0] < wanted
    }
    guard missing.isEmpty else {
      throw NegativeAnswer(
        description:
          "\(counted(missing.count, of: count, "shard")) \(missing.count == 1 ? "is" : "are") missing or incomplete: "
          + "\(listedRanges(missing)); collect the rest, or leave out --expect")
    }
  }
}
