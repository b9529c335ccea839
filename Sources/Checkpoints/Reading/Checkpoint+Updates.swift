import Bricks
import PopulationStatistics

extension Checkpoint {
  /// The recorded update pairs; empty where there are none.
  ///
  /// Recordings of sequences come back with as many time steps as the longest one of their brick and application has; the
  /// count of a step that was not there is 0.
  ///
  /// - Throws: `CheckpointError` with code `.damaged` where the datasets and the table do not agree, `.unsuitable` for values that
  ///   no minibatch has, such as a negative standard deviation.
  /// - Complexity: O(elements).
  public func updates() throws(CheckpointError) -> UpdateSet {
    let problems = try disagreements().filter { $0.object?.hasPrefix("/\(Format.updatesRoot)/") ?? true }
    try Checkpoint.report(problems, in: name)
    guard let updates = contents.updates else { return UpdateSet() }
    var records: [UpdateRecord] = []
    for group in updates.groups {
      let stack = try UpdateStack(group, in: self)
      for (row, batch) in group.batches.enumerated() {
        do {
          records.append(try stack.record(row, of: updates.batches[batch]))
        } catch {
          throw CheckpointError(.unsuitable, error.message, file: name, object: group.path)
        }
      }
    }
    do {
      return try UpdateSet(records, source: name)
    } catch {
      throw CheckpointError(.malformed, error.message, file: name)
    }
  }
}

/// The datasets of one group of update pairs, whose entries were checked when the file was opened.
private struct UpdateStack {
  let group: Contents.Updates.Group
  let mean: [Double]?
  let standardDeviation: [Double]?
  let counts: [Int64]
  let scalarType: ScalarType
  let exampleShape: Shape
  let stepCount: Int

  init(_ group: Contents.Updates.Group, in checkpoint: borrowing Checkpoint) throws(CheckpointError) {
    func tensor(_ member: Contents.Updates.Member) throws(CheckpointError) -> Tensor? {
      guard let entry = checkpoint.entry("\(group.path)/\(member.rawValue)") else { return nil }
      return try checkpoint.readCompared(entry)
    }
    let mean = try tensor(.mean)
    let standardDeviation = try tensor(.standardDeviation)
    guard let values = mean ?? standardDeviation, case .int64(let counts)? = try tensor(.counts)?.storage else {
      throw CheckpointError(.malformed, "lacks counts or values", file: checkpoint.name, object: group.path)
    }
    self.group = group
    self.mean = mean?.doubles
    self.standardDeviation = standardDeviation?.doubles
    self.counts = counts
    scalarType = values.type
    exampleShape = Shape(Array(values.shape.dimensions.dropFirst(group.timeSteps ? 2 : 1)))
    stepCount = group.timeSteps ? values.shape[1] : 1
  }

  func record(_ row: Int, of batch: Contents.Updates.Batch) throws(StatisticsError) -> UpdateRecord {
    let size = stepCount * exampleShape.elementCount
    func slice(_ values: [Double]?) -> [Double]? { values.map { Array($0[row * size..<(row + 1) * size]) } }
    return try UpdateRecord(
      identity: UpdateRecord.Identity(
        brick: group.brick, application: group.application, batch: batch.batch,
        parametersDigest: batch.parametersDigest?.description),
      sequence: batch.sequence, epsilon: group.epsilon, scalarType: scalarType, exampleShape: exampleShape,
      hasTimeSteps: group.timeSteps, mean: slice(mean), standardDeviation: slice(standardDeviation),
      counts: Array(counts[row * stepCount..<(row + 1) * stepCount]))
  }
}
