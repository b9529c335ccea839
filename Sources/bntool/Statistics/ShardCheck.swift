import Checkpoints
import JSON
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

  /// Checks that all files are of one run: the same model parameters, data and options, as the files record them.
  ///
  /// A merged file records only parameters and data.
  ///
  /// - Throws: `NegativeAnswer` that names the files of each run, and the differences.
  private static func checkRun(of sources: [UpdateSource]) throws(NegativeAnswer) {
    let runs = sources.map { source -> [String?] in
      if let record = ShardRecord(in: source.checkpoint) { return record.shared }
      let parameters = Set(source.minibatches.map(\.parametersDigest))
      let data = Set(source.minibatches.map { $0.examples?.source })
      let known: [JSONValue?] = [
        parameters.count == 1 ? parameters.first?.map { .text("\($0)") } : nil,
        data.count == 1 ? data.first?.map { .name($0) } : nil,
      ]
      let unknown = [String?](repeating: nil, count: ShardRecord.sharedFacts.count - known.count)
      return known.map { $0.map { "\($0)" } } + unknown
    }
    let differing = ShardRecord.sharedFacts.indices.filter { fact in Set(runs.compactMap { $0[fact] }).count > 1 }
    guard !differing.isEmpty else { return }
    var groups: [(run: [String?], files: [String])] = []
    for (source, run) in zip(sources, runs) {
      let values = differing.map { run[$0] }
      if let place = groups.firstIndex(where: { $0.run == values }) {
        groups[place].files.append(source.file)
      } else {
        groups.append((values, [source.file]))
      }
    }
    let nouns = listed(differing.map { ShardRecord.sharedFacts[$0].noun })
    let files = groups.map { listed($0.files, limit: 8) }.joined(separator: "; ")
    throw NegativeAnswer(
      description:
        "the shards are of \(groups.count) runs with different \(nouns): \(files). Collect the shards of the other runs "
        + "again, or merge only the files of one run")
  }

  /// Checks that the union of files has all shards, and that all shards are of one run.
  ///
  /// A shard is complete if its file says so, or if the union has all its batches. Every N-th batch belongs to one shard.
  ///
  /// - Throws: `NegativeAnswer` that names the missing shards, or the shards of other runs.
  static func expect(_ count: Int, in updates: some UpdateCollection, of sources: [UpdateSource]) throws(NegativeAnswer)
  {
    try checkRun(of: sources)
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
