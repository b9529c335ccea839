import Bricks
import PopulationStatistics

/// Update pairs stacked as datasets (schemas/CHECKPOINT.md, section 8).
struct UpdateLayout {
  let tensors: [(entry: Contents.Entry, tensor: Tensor)]
  let updates: Contents.Updates?

  init(_ set: UpdateSet) throws {
    let batches = UpdateLayout.batches(of: set)
    var numbers: [String: Int] = [:]
    for (number, batch) in batches.enumerated() { numbers[UpdateLayout.key(batch.batch, batch.parametersDigest)] = number }
    var groups: [Contents.Updates.Group] = []
    var tensors: [(entry: Contents.Entry, tensor: Tensor)] = []
    for brick in set.bricks {
      let records = set.records(of: brick)
      for application in Set(records.map(\.identity.application)).sorted() {
        let rows = records.filter { $0.identity.application == application }
          .map { record in
            let digest = record.identity.parametersDigest.flatMap(Digest.init(hexadecimal:))
            return (batch: numbers[UpdateLayout.key(record.identity.batch, digest)] ?? 0, record: record)
          }
          .sorted { $0.batch < $1.batch }
        let group = Contents.Updates.Group(
          path: "/\(Format.updatesRoot)\(brick)/\(application)", brick: brick, application: application,
          epsilon: rows[0].record.epsilon, timeSteps: rows[0].record.values.hasTimeSteps, batches: rows.map(\.batch))
        groups.append(group)
        tensors += try UpdateLayout.stack(rows.map(\.record), of: group)
      }
    }
    self.tensors = tensors
    groups.sort { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
    updates = groups.isEmpty ? nil : Contents.Updates(batches: batches, groups: groups)
  }

  /// Every minibatch once, in canonical order.
  private static func batches(of set: UpdateSet) -> [Contents.Updates.Batch] {
    var batches: [String: Contents.Updates.Batch] = [:]
    for record in set.records {
      let digest = record.identity.parametersDigest.flatMap(Digest.init(hexadecimal:))
      batches[key(record.identity.batch, digest)] = Contents.Updates.Batch(
        batch: record.identity.batch, sequence: record.sequence, parametersDigest: digest)
    }
    return batches.values.sorted { left, right in
      if left.sequence != right.sequence { return left.sequence < right.sequence }
      if left.batch != right.batch { return left.batch.utf8.lexicographicallyPrecedes(right.batch.utf8) }
      return (left.parametersDigest?.description ?? "") < (right.parametersDigest?.description ?? "")
    }
  }

  private static func key(_ batch: String, _ digest: Digest?) -> String { "\(digest?.description ?? "")\n\(batch)" }

  /// The datasets of one group.
  private static func stack(
    _ records: [UpdateRecord], of group: Contents.Updates.Group
  ) throws -> [(entry: Contents.Entry, tensor: Tensor)] {
    var tensors: [(entry: Contents.Entry, tensor: Tensor)] = []
    let example = records[0].values.exampleShape.dimensions
    let names = ["channel", "height", "width"]
    let exampleAxes = example.indices.map { $0 < names.count ? names[$0] : "axis_\($0)" }
    let steps = group.timeSteps ? [records.map(\.values.stepCount).max() ?? 1] : []
    let rowCount = (steps.first ?? 1)
    let axes = ["batch"] + (group.timeSteps ? ["time"] : [])
    /// Rows of the longest sequence; what a shorter one lacks is 0.
    func padded<Value>(_ values: [Value], _ zero: Value, elementsPerStep: Int) -> [Value] {
      values + [Value](repeating: zero, count: rowCount * elementsPerStep - values.count)
    }
    func add(_ name: String, _ role: Role, _ tensor: Tensor, _ axes: [String]) {
      let entry = Contents.Entry(
        path: "\(group.path)/\(name)", type: tensor.type, shape: tensor.shape.dimensions, role: role.name,
        brick: group.brick, axes: axes, broadcastable: nil, digest: tensor.digest, statistic: nil)
      tensors.append((entry, tensor))
    }
    let size = records[0].values.exampleShape.elementCount
    for (name, role, values) in [
      ("minibatch_mean", Role.batchNormalizationOffset, records.map(\.mean)),
      ("minibatch_stdev", Role.batchNormalizationDivisor, records.map(\.standardDeviation)),
    ] where values.allSatisfy({ $0 != nil }) {
      let elements = values.compactMap { $0 }.flatMap { padded($0, 0, elementsPerStep: size) }
      let tensor = try Tensor(elements, shape: Shape(checking: [records.count] + steps + example))
      add(name, role, try tensor.converted(to: records[0].scalarType), axes + exampleAxes)
    }
    let counts = records.flatMap { padded($0.counts, 0, elementsPerStep: 1) }
    add("counts", .auxiliary, try Tensor(counts, shape: Shape(checking: [records.count] + steps)), axes)
    return tensors
  }
}
