import ComputationGraphs
import Names
import PopulationStatistics
import Tensors

/// The records of one application of one brick, one in each row.
struct UpdateStack {
  /// The approximate number of elements that are passed on at a time.
  private static let blockElementCount = 1 << 17

  /// The group. Its rows have no numbers yet.
  let group: Contents.Updates.Group
  /// The minibatch of each row.
  let batches: [Contents.Updates.Batch]
  private let records: [UpdateRecord]
  private let stepCount: Int

  /// The stacks of one brick's records, in ascending order of applications.
  static func stacks(of set: UpdateSet) -> [UpdateStack] {
    var stacks: [UpdateStack] = []
    // The records are sorted by brick and application, compared by their bytes.
    var rest = set.records[...]
    while let first = rest.first?.identity {
      let records = rest.prefix { $0.identity.application == first.application }
      rest = rest.dropFirst(records.count)
      stacks.append(UpdateStack(first, records))
    }
    return stacks
  }

  private init(_ identity: UpdateRecord.Identity, _ records: ArraySlice<UpdateRecord>) {
    let rows = records.map { (batch: Contents.Updates.Batch($0), record: $0) }.sorted { $0.batch.precedes($1.batch) }
    batches = rows.map(\.batch)
    self.records = rows.map(\.record)
    group = Contents.Updates.Group(
      path: "/\(Format.updatesRoot)\(identity.brick)/\(identity.application)", brick: identity.brick,
      application: identity.application, epsilon: rows[0].record.epsilon,
      timeSteps: rows[0].record.values.hasTimeSteps, batches: [])
    stepCount = self.records.lazy.map(\.values.stepCount).max() ?? 1
  }

  /// The datasets of the group, without digests.
  var entries: [Contents.Entry] {
    let values = records[0].values
    let leadingShape = [records.count] + (group.timeSteps ? [stepCount] : [])
    let axes = group.leadingAxes + TensorDescription.exampleAxes(values.exampleShape.rank)
    func entry(_ member: Contents.Updates.Member) -> Contents.Entry {
      let isCount = member == .counts
      return Contents.Entry(
        path: "\(group.path)/\(member.rawValue)", type: isCount ? .int64 : records[0].scalarType,
        shape: leadingShape + (isCount ? [] : values.exampleShape.dimensions), role: member.role.name,
        brick: group.brick, axes: isCount ? group.leadingAxes : axes, broadcastable: nil, digest: .pending,
        statistic: nil)
    }
    return [entry(.counts)] + (values.mean == nil ? [] : [entry(.mean)])
      + (values.standardDeviation == nil ? [] : [entry(.standardDeviation)])
  }

  /// Passes the elements of one of the group's datasets to a sink.
  func write(_ entry: Contents.Entry, to sink: TensorSink) throws {
    guard let name = entry.path.splitAtLast("/")?.after, let member = Contents.Updates.Member(rawValue: name.text)
    else { return }
    let rowLength = stepCount * (member == .counts ? 1 : records[0].values.exampleShape.elementCount)
    let rowCount = max(1, Self.blockElementCount / max(rowLength, 1))
    for start in stride(from: 0, to: records.count, by: rowCount) {
      let rows = records[start..<min(start + rowCount, records.count)]
      switch (member, entry.type) {
      case (.counts, _): try padded(rows.map(\.counts), to: rowLength).withUnsafeBytes(sink)
      case (let member, .float32):
        let elements = padded(rows.map { $0.values(of: member) }, to: rowLength)
        try elements.map { Float($0) }.withUnsafeBytes(sink)
      case (let member, _): try padded(rows.map { $0.values(of: member) }, to: rowLength).withUnsafeBytes(sink)
      }
    }
  }

  /// Rows of sequences, all as long as the longest. Missing steps of a shorter sequence are 0, with a count of 0.
  private func padded<Value: ExpressibleByIntegerLiteral>(_ rows: [[Value]], to length: Int) -> [Value] {
    rows.flatMap { $0 + [Value](repeating: 0, count: length - $0.count) }
  }
}

extension UpdateRecord {
  fileprivate func values(of member: Contents.Updates.Member) -> [Double] {
    (member == .mean ? mean : standardDeviation) ?? []
  }
}

extension Contents.Updates.Batch {
  /// The minibatch of a record.
  fileprivate init(_ record: UpdateRecord) {
    self.init(
      batch: record.identity.batch, sequence: record.sequence, parametersDigest: record.identity.parametersDigest)
  }
}
