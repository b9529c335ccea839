import Checkpoints
import ComputationGraphs
import Names
import Tensors

/// The report of `inspect` on one file. schemas/inspect.schema.json describes its JSON.
struct InspectReport: Report {
  struct TensorReport: Encodable {
    let path: Name
    let type: String
    let shape: [Int]
    let role: Name
    let brick: Name
    let axes: [Name]
    let statistic: StatisticReport?
    let values: ValueSummary?
  }

  struct StatisticReport: Encodable {
    let state: StatisticState
    let estimator: String
    let epsilon: Double
    let observationCounts: [Int64]
    let records: Int
    /// Whether the file names the parameters that the statistic was estimated with. The JSON does not contain this value.
    let namesParameters: Bool

    private enum CodingKeys: String, CodingKey {
      case state, estimator, epsilon, observationCounts, records
    }
  }

  struct UpdateReport: Encodable {
    let batches: Int
    let normalizations: Int
    let records: Int
  }

  let file: String
  let kind: CheckpointKind
  let formatVersion: String
  let producer: String?
  let contentDigest: String
  let parameterCount: Int
  let parameterTensorCount: Int
  let statisticCount: Int
  let bricks: [BrickNode]
  let tensors: [TensorReport]
  let updates: UpdateReport?
  let provenance: [ProvenanceStep]

  init(_ checkpoint: borrowing Checkpoint, withValues: Bool) throws {
    file = checkpoint.name
    kind = checkpoint.kind
    formatVersion = checkpoint.formatVersion
    producer = checkpoint.producer
    contentDigest = checkpoint.contentDigest.description
    bricks = checkpoint.kind == .model ? try checkpoint.bricks() : []
    provenance = try checkpoint.provenance()
    let contents = checkpoint.contents
    let parameters = contents.tensors.filter { $0.path.hasPrefix("/parameters/") }
    parameterCount = Formatting.elementCount(ofShapes: parameters.map(\.shape))
    parameterTensorCount = parameters.count
    statisticCount = contents.tensors.count { $0.path.hasPrefix("/statistics/") }
    if withValues { try checkpoint.checkTable() }
    var tensors: [TensorReport] = []
    for entry in contents.tensors {
      let summary = withValues ? ValueSummary(try checkpoint.read(entry)) : nil
      tensors.append(TensorReport(entry, parametersDigest: contents.parametersDigest, values: summary))
    }
    self.tensors = tensors
    updates = contents.updates.map { updates in
      UpdateReport(
        batches: updates.batchCount, normalizations: Set(updates.groups.map(\.brick)).count,
        records: updates.groups.reduce(0) { $0 + $1.recordCount })
    }
  }

  var lines: [String] { [InspectText(report: self).text] }
}

extension InspectReport.TensorReport {
  init(_ entry: Contents.Entry, parametersDigest: Digest?, values: ValueSummary?) {
    path = entry.path
    type = entry.type.rawValue
    shape = entry.shape
    role = entry.role
    brick = entry.brick
    axes = entry.axes
    statistic = entry.statistic.map { statistic in
      let origin = statistic.origin
      return InspectReport.StatisticReport(
        state: parametersDigest.map { origin.state(besideParameters: $0) } ?? .stale, estimator: origin.estimator.name,
        epsilon: origin.epsilon, observationCounts: origin.observationCounts, records: origin.records,
        namesParameters: origin.parametersDigest != nil)
    }
    self.values = values
  }

  /// The name within the brick.
  var name: String { (path.splitAtLast("/")?.after ?? path).text }
}
