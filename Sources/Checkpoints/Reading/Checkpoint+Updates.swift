import ComputationGraphs
import PopulationStatistics
import Tensors

extension Checkpoint {
  /// The recorded update pairs; empty if there are none.
  ///
  /// All records of one brick and application get the number of time steps of the longest one. The count of a missing step is 0.
  ///
  /// - Throws: `CheckpointError` with code `.damaged` if the datasets and the table do not agree, `.unsuitable` for values that
  ///   no minibatch can have, such as a negative standard deviation.
  /// - Complexity: O(elements).
  public func updates() throws(CheckpointError) -> UpdateSet {
    let problems = try disagreements().filter { $0.object?.hasPrefix("/\(Format.updatesRoot)/") ?? true }
    try Checkpoint.report(problems, in: name)
    return try updates { _ in true }
  }

  /// The recorded update pairs of one brick. Only the datasets of these pairs are compared with the table.
  ///
  /// - Throws: The errors of `updates()`.
  /// - Complexity: O(elements of the brick's pairs).
  public func updates(of brick: Name) throws(CheckpointError) -> UpdateSet {
    try updates { $0.brick == brick }
  }

  private func updates(in isIncluded: (Contents.Updates.Group) -> Bool) throws(CheckpointError) -> UpdateSet {
    guard let updates = contents.updates else { return UpdateSet() }
    var records: [UpdateRecord] = []
    for group in updates.groups where isIncluded(group) {
      var rows = try UpdateRows(group, in: self)
      for batch in group.batches { records.append(try rows.next(of: updates.batches[batch])) }
    }
    do {
      return try UpdateSet(records, source: name)
    } catch {
      throw CheckpointError(.malformed, error.message, file: name)
    }
  }
}

extension UpdateSet {
  /// Reads the recorded update pairs of a checkpoint, which is a model or a file of update pairs.
  ///
  /// - Throws: `CheckpointError` if the file cannot be read, and the errors of `Checkpoint.updates()`.
  public init(checkpoint path: String) throws(CheckpointError) {
    self = try Checkpoint(opening: path).updates()
  }
}

extension Contents.Updates.Batch {
  /// The identity of the minibatch's record in a group.
  func identity(in group: Contents.Updates.Group) -> UpdateRecord.Identity {
    UpdateRecord.Identity(
      brick: group.brick, application: group.application, batch: batch, parametersDigest: parametersDigest)
  }
}

/// The records of one group of update pairs, in order. Its entries were checked when the file was opened.
private struct UpdateRows: ~Copyable {
  private let file: String
  private let group: Contents.Updates.Group
  private let scalarType: ScalarType
  private let exampleShape: Shape
  private let stepCount: Int
  private let counts: [Int64]
  private var mean: RowReader?
  private var standardDeviation: RowReader?
  private var row = 0

  init(_ group: Contents.Updates.Group, in checkpoint: borrowing Checkpoint) throws(CheckpointError) {
    func entry(_ member: Contents.Updates.Member) -> Contents.Entry? {
      checkpoint.entry("\(group.path)/\(member.rawValue)")
    }
    let entries = (mean: entry(.mean), deviation: entry(.standardDeviation))
    guard let values = entries.mean ?? entries.deviation, let countsEntry = entry(.counts),
      case .int64(let counts) = try checkpoint.read(countsEntry).storage
    else {
      throw CheckpointError(.malformed, "lacks counts or values", file: checkpoint.name, object: group.path)
    }
    let exampleShape = Shape(Array(values.shape.dropFirst(group.timeSteps ? 2 : 1)))
    let stepCount = group.timeSteps ? values.shape[1] : 1
    let rowLength = stepCount * exampleShape.elementCount
    mean = try RowReader(entries.mean, rowLength: rowLength, in: checkpoint)
    standardDeviation = try RowReader(entries.deviation, rowLength: rowLength, in: checkpoint)
    file = checkpoint.name
    self.group = group
    scalarType = values.type
    self.exampleShape = exampleShape
    self.stepCount = stepCount
    self.counts = counts
  }

  mutating func next(of batch: Contents.Updates.Batch) throws(CheckpointError) -> UpdateRecord {
    let means = try mean?.next()
    let deviations = try standardDeviation?.next()
    let counts = Array(counts[row * stepCount..<(row + 1) * stepCount])
    row += 1
    do {
      return try UpdateRecord(
        identity: batch.identity(in: group), sequence: batch.sequence, epsilon: group.epsilon, scalarType: scalarType,
        exampleShape: exampleShape, hasTimeSteps: group.timeSteps, mean: means, standardDeviation: deviations,
        counts: counts)
    } catch {
      throw CheckpointError(.unsuitable, error.message, file: file, object: group.path)
    }
  }
}

/// The rows of a dataset as doubles, in order. They are read in blocks, because rows may be short.
private struct RowReader: ~Copyable {
  private var elements: TensorReader
  private let rowLength: Int
  private var block: [Double] = []
  private var position = 0

  init?(_ entry: Contents.Entry?, rowLength: Int, in checkpoint: borrowing Checkpoint) throws(CheckpointError) {
    guard let entry else { return nil }
    elements = try checkpoint.reader(of: entry)
    self.rowLength = rowLength
  }

  mutating func next() throws(CheckpointError) -> [Double] {
    guard rowLength > 0 else { return [] }
    if position == block.count {
      let rowCount = max(1, TensorReader.blockElementCount / rowLength)
      block = try elements.next(atMost: rowCount * rowLength)?.doubles ?? []
      position = 0
    }
    defer { position += rowLength }
    return Array(block[position..<position + rowLength])
  }
}
