import ComputationGraphs
import PopulationStatistics
import Tensors

/// Update pairs stacked as datasets (schemas/STATISTICS.md): which datasets there will be, known from a first pass over
/// the records, brick by brick; their elements come in a second one.
struct UpdateLayout {
  /// The datasets, whose digests are not known yet.
  private(set) var tensors: [Contents.Entry] = []
  let updates: Contents.Updates?
  let summary: UpdateSummary

  /// - Throws: Whatever the collection throws.
  init(_ collection: some UpdateCollection) throws {
    var batches: [Contents.Updates.Batch.Identity: Contents.Updates.Batch] = [:]
    var groups: [(group: Contents.Updates.Group, rows: [Contents.Updates.Batch.Identity])] = []
    var bricks: [UpdateSummary.Brick] = []
    for brick in collection.bricks {
      let set = try collection.updates(of: brick)
      guard !set.records.isEmpty else { continue }
      bricks.append(UpdateSummary.Brick(brick, set.records))
      for stack in UpdateStack.stacks(of: set) {
        for batch in stack.batches { batches[batch.identity] = batch }
        groups.append((stack.group, stack.batches.map(\.identity)))
        tensors += stack.entries
      }
    }
    let sorted = batches.values.sorted { $0.precedes($1) }
    let numbers = Dictionary(uniqueKeysWithValues: zip(sorted.map(\.identity), sorted.indices))
    let numbered = groups.map { group, rows in
      var group = group
      group.batches = rows.compactMap { numbers[$0] }
      return group
    }.sorted { $0.path < $1.path }
    updates = numbered.isEmpty ? nil : Contents.Updates(batches: sorted, groups: numbered)
    summary = UpdateSummary(
      bricks: bricks, batchCount: sorted.count, parameterSetCount: Set(sorted.map(\.parametersDigest)).count)
  }
}

/// What a collection of update pairs holds, in numbers.
public struct UpdateSummary: Hashable, Sendable {
  /// The pairs of one brick.
  public struct Brick: Hashable, Sendable {
    /// The brick's path.
    public let brick: Name
    /// How many records there are.
    public let recordCount: Int
    /// How many observations stand behind them, at the step with the most; the greatest number where it is more than that.
    public let observationCount: Int64

    init(_ brick: Name, _ records: [UpdateRecord]) {
      self.brick = brick
      recordCount = records.count
      observationCount = records.reduce(0) { sum, record in
        let (result, overflow) = sum.addingReportingOverflow(record.counts.max() ?? 0)
        return overflow ? .max : result
      }
    }
  }

  /// The bricks, in ascending order of their paths' bytes.
  public let bricks: [Brick]
  /// The number of minibatches, each counted once for each set of parameters.
  public let batchCount: Int
  /// How many sets of parameters they were computed with; unknown ones count as one.
  public let parameterSetCount: Int
}

/// The records of one application of one brick, one row each.
struct UpdateStack {
  /// About how many elements are handed over at a time.
  private static let blockElementCount = 1 << 17

  /// The group, whose rows have no numbers yet.
  let group: Contents.Updates.Group
  /// The minibatch of each row.
  let batches: [Contents.Updates.Batch]
  private let records: [UpdateRecord]
  private let stepCount: Int

  /// The stacks of one brick's records, in ascending order of applications.
  static func stacks(of set: UpdateSet) -> [UpdateStack] {
    var stacks: [UpdateStack] = []
    // Records come sorted by brick and application, compared by their bytes.
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
    let leadingAxes: [Name] = ["batch"] + (group.timeSteps ? [TensorDescription.timeAxis] : [])
    let axes = leadingAxes + TensorDescription.exampleAxes(values.exampleShape.rank)
    func entry(_ member: Contents.Updates.Member, _ role: Role, _ type: ScalarType, _ isCount: Bool) -> Contents.Entry {
      Contents.Entry(
        path: "\(group.path)/\(member.rawValue)", type: type,
        shape: leadingShape + (isCount ? [] : values.exampleShape.dimensions), role: role.name, brick: group.brick,
        axes: isCount ? leadingAxes : axes, broadcastable: nil, digest: .pending, statistic: nil)
    }
    let type = records[0].scalarType
    var entries = [entry(.counts, .auxiliary, .int64, true)]
    if values.mean != nil { entries.append(entry(.mean, .batchNormalizationOffset, type, false)) }
    if values.standardDeviation != nil {
      entries.append(entry(.standardDeviation, .batchNormalizationDivisor, type, false))
    }
    return entries
  }

  /// Hands the elements of one of the group's datasets over.
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

  /// Rows of sequences as long as the longest: steps that a shorter one lacks are 0, with a count of 0.
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

/// Hands the elements of a collection's datasets over, and keeps the stacks of the brick that was last asked for: the datasets of
/// one brick are written one after another.
struct UpdateElements<Collection: UpdateCollection> {
  private let collection: Collection
  private var brick: Name?
  private var stacks: [UpdateStack] = []

  init(_ collection: Collection) {
    self.collection = collection
  }

  mutating func write(_ entry: Contents.Entry, to sink: TensorSink) throws {
    if brick != entry.brick {
      // First let go of the other brick's.
      stacks = []
      stacks = try UpdateStack.stacks(of: collection.updates(of: entry.brick))
      brick = entry.brick
    }
    for stack in stacks where entry.path.hasPrefix("\(stack.group.path)/") { try stack.write(entry, to: sink) }
  }
}

extension UpdateCollection {
  /// Writes the collection as a file of update pairs, whole or not at all. The same pairs give the same bytes.
  ///
  /// - Parameters:
  ///   - path: The file to write.
  ///   - provenance: How the pairs came together, the latest step last.
  ///   - progress: Called with the number of bytes after each block; what it throws ends the work.
  /// - Throws: `StatisticsError` with code `.neverObserved` where there is no pair; as `CheckpointDraft.save`, and whatever the
  ///   collection throws.
  @discardableResult
  public func save(
    to path: String, provenance: [ProvenanceStep] = [], progress: @escaping (Int) throws -> Void = { _ in }
  ) throws -> UpdateSummary {
    let layout = try UpdateLayout(self)
    guard layout.updates != nil else { throw StatisticsError(.neverObserved, "there is no update pair to save") }
    let draft = try CheckpointDraft(updates: layout, provenance: provenance, for: path)
    var elements = UpdateElements(self)
    try draft.save(to: path, progress: progress) { try elements.write($0, to: $1) }
    return layout.summary
  }
}
