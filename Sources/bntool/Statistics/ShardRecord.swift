import Checkpoints
import ComputationGraphs
import Interchange
import JSON
import Messages
import Platform
import PopulationStatistics
import Tensors

/// The record of a shard in its file: the model, the data, the options, and whether the file has all batches of the shard. The
/// record is the only step of the file's provenance. `merge` does not keep it.
struct ShardRecord {
  /// The number of the shard, from 1.
  let number: Int
  /// The number of shards.
  let count: Int
  /// The number of batches of all shards together.
  let batchCount: Int
  /// Whether the file has all batches of the shard.
  var isComplete: Bool
  private let facts: ProvenanceStep

  /// The record of a shard before its first batch.
  ///
  /// - Parameter source: The name of the data, as update pairs record it.
  /// - Throws: `InterchangeError` if masks cannot be read.
  init(
    _ shard: BatchPlan.Shard, _ model: Model, at file: String, _ feed: ModelFeed, source: Name, _ batching: BatchOptions
  ) throws {
    number = shard.number
    count = shard.count
    batchCount = min(feed.count.dividedRoundingUp(by: batching.batchSize), batching.batches ?? .max)
    isComplete = false
    var facts: ProvenanceStep = [
      "operation": .text("collect"), "producer": .text("bntool \(Version.current)"),
      "inputs": .list([["name": .text(OutputFile.name(of: file))], ["name": .text(OutputFile.name(of: feed.location))]]
      ),
      "parameters_digest": .text("\(model.parametersDigest)"), "source": .name(source),
      "batch_size": .integer(batching.batchSize), "skip_nonfinite": .boolean(batching.skipNonfinite),
    ]
    if let mask = try feed.maskSource() { facts["mask"] = .name(mask) }
    if let seed = batching.seed { facts["seed"] = .text("\(seed)") }
    if let batches = batching.batches { facts["batches"] = .integer(batches) }
    self.facts = facts
  }

  /// The record in the file of a shard; nil if the file has no record, or a record that contradicts itself.
  init?(in checkpoint: borrowing Checkpoint) {
    guard let step = try? checkpoint.provenance().first, case .object(let members)? = step["shard"] else { return nil }
    func integer(_ name: Name) -> Int? { try? members[name]?.integer() }
    guard let number = integer("number"), let count = integer("count"), let batchCount = integer("batches"),
      let isComplete = try? members["complete"]?.boolean(), number >= 1, number <= count, batchCount >= 0
    else { return nil }
    self.number = number
    self.count = count
    self.batchCount = batchCount
    self.isComplete = isComplete
    facts = step.filter { $0.key != "shard" }
  }

  /// The record as a step of provenance.
  var step: ProvenanceStep {
    facts.merging([
      "shard": [
        "number": .integer(number), "count": .integer(count), "batches": .integer(batchCount),
        "complete": .boolean(isComplete),
      ]
    ]) { _, new in new }
  }

  /// The facts that are equal for all shards of a run, with their names in messages.
  static let sharedFacts: [(key: Name, noun: String)] = [
    ("parameters_digest", "model parameters"), ("source", "data"), ("batch_size", "--batch-size"),
    ("skip_nonfinite", "--skip-nonfinite"), ("mask", "masks"), ("seed", "--seed"), ("batches", "--batches"),
  ]

  /// The values of `sharedFacts` as texts; an option that was not given has the text "none".
  var shared: [String] { ShardRecord.sharedFacts.map { facts[$0.key].map { "\($0)" } ?? "none" } }

  /// The pairs that an earlier run of the same shard wrote, and whether they are complete; nil if there was no such run.
  ///
  /// It is also nil if the file is damaged, or if its model, data or options differ from those of this run.
  func earlier(at path: String) -> (updates: UpdateSet, isComplete: Bool)? {
    guard let checkpoint = try? Checkpoint(opening: path), let record = ShardRecord(in: checkpoint) else { return nil }
    var expected = self
    expected.isComplete = record.isComplete
    guard record.step == expected.step, let updates = try? checkpoint.updates() else { return nil }
    return (updates, record.isComplete)
  }

  /// The speed and the peak memory of a run, for the log of a cluster.
  func summary(examples: Int, seconds: Double) -> String {
    let speed = seconds > 0 ? Double(examples) / seconds : 0
    return "host \(Environment.hostName), shard \(number)/\(count): \(counted(examples, "example")) in "
      + "\(Formatting.seconds(seconds)), \(grouped(Int(speed.rounded()))) examples/s, peak memory "
      + "\(Formatting.byteCount(Memory.peakByteCount))"
  }
}
