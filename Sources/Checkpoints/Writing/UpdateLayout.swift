import Bricks
import PopulationStatistics

/// Update pairs stacked as datasets (schemas/CHECKPOINT.md, section 8).
struct UpdateLayout {
  private(set) var tensors: [(entry: Contents.Entry, tensor: Tensor)] = []
  let updates: Contents.Updates?

  /// - Throws: `StatisticsError` with code `.invalidValues` for an identity that files cannot keep.
  init(_ set: UpdateSet) throws {
    let batches = try UpdateLayout.batches(of: set)
    var numbers: [Contents.Updates.Batch.Identity: Int] = [:]
    for (number, batch) in batches.enumerated() { numbers[batch.identity] = number }
    var groups: [Contents.Updates.Group] = []
    // Records come sorted by brick and application, compared by their bytes.
    var rest = set.records[...]
    while let first = rest.first?.identity {
      let records = rest.prefix {
        $0.identity.brick.utf8.elementsEqual(first.brick.utf8)
          && $0.identity.application.utf8.elementsEqual(first.application.utf8)
      }
      rest = rest.dropFirst(records.count)
      let rows = try records.compactMap { record in
        numbers[try Contents.Updates.Batch(record).identity].map { (batch: $0, record: record) }
      }.sorted { $0.batch < $1.batch }
      let group = Contents.Updates.Group(
        path: "/\(Format.updatesRoot)\(first.brick)/\(first.application)", brick: first.brick,
        application: first.application, epsilon: rows[0].record.epsilon,
        timeSteps: rows[0].record.values.hasTimeSteps, batches: rows.map(\.batch))
      groups.append(group)
      tensors += try UpdateStacking(rows.map(\.record), group).tensors()
    }
    groups.sort { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
    updates = groups.isEmpty ? nil : Contents.Updates(batches: batches, groups: groups)
  }

  /// Every minibatch once, in canonical order.
  private static func batches(of set: UpdateSet) throws -> [Contents.Updates.Batch] {
    var batches: [Contents.Updates.Batch.Identity: Contents.Updates.Batch] = [:]
    for record in set.records {
      let batch = try Contents.Updates.Batch(record)
      batches[batch.identity] = batch
    }
    return batches.values.sorted { $0.precedes($1) }
  }
}

extension Contents.Updates.Batch {
  /// The minibatch of a record.
  ///
  /// - Throws: `StatisticsError` where the parameters digest is none: left out, it would say that the parameters are unknown.
  fileprivate init(_ record: UpdateRecord) throws(StatisticsError) {
    let digest = record.identity.parametersDigest.flatMap(Digest.init(hexadecimal:))
    guard record.identity.parametersDigest == digest?.description else {
      throw StatisticsError(
        .invalidValues,
        "\(record.identity): the parameters digest \"\(record.identity.parametersDigest ?? "")\" is none of 32 lower-case "
          + "hexadecimal digits")
    }
    self.init(batch: record.identity.batch, sequence: record.sequence, parametersDigest: digest)
  }
}

/// The records of one application, one row each.
private struct UpdateStacking {
  let records: [UpdateRecord]
  let group: Contents.Updates.Group
  let stepCount: Int
  let leadingShape: [Int]
  let leadingAxes: [String]

  init(_ records: [UpdateRecord], _ group: Contents.Updates.Group) {
    self.records = records
    self.group = group
    stepCount = records.lazy.map(\.values.stepCount).max() ?? 1
    leadingShape = [records.count] + (group.timeSteps ? [stepCount] : [])
    leadingAxes = ["batch"] + (group.timeSteps ? ["time"] : [])
  }

  func tensors() throws -> [(entry: Contents.Entry, tensor: Tensor)] {
    let example = records[0].values.exampleShape
    let axes = leadingAxes + TensorDescription.exampleAxes(example.rank)
    var tensors: [(entry: Contents.Entry, tensor: Tensor)] = []
    for (member, role, rows) in [
      (Contents.Updates.Member.mean, Role.batchNormalizationOffset, records.compactMap(\.mean)),
      (.standardDeviation, .batchNormalizationDivisor, records.compactMap(\.standardDeviation)),
    ] where rows.count == records.count {
      let elements = rows.flatMap { padded($0, by: 0, to: stepCount * example.elementCount) }
      let tensor = try Tensor(elements, shape: Shape(checking: leadingShape + example.dimensions))
      tensors.append(described(try tensor.converted(to: records[0].scalarType), member, role, axes))
    }
    let counts = records.flatMap { padded($0.counts, by: 0, to: stepCount) }
    tensors.append(
      described(try Tensor(counts, shape: Shape(checking: leadingShape)), .counts, .auxiliary, leadingAxes))
    return tensors
  }

  /// The row of a sequence as long as the longest: steps that a shorter one lacks are 0, with a count of 0.
  private func padded<Value>(_ values: [Value], by zero: Value, to count: Int) -> [Value] {
    values + [Value](repeating: zero, count: count - values.count)
  }

  private func described(
    _ tensor: Tensor, _ member: Contents.Updates.Member, _ role: Role, _ axes: [String]
  ) -> (entry: Contents.Entry, tensor: Tensor) {
    let entry = Contents.Entry(
      path: "\(group.path)/\(member.rawValue)", type: tensor.type, shape: tensor.shape.dimensions, role: role.name,
      brick: group.brick, axes: axes, broadcastable: nil, digest: tensor.digest, statistic: nil)
    return (entry, tensor)
  }
}
