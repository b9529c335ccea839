import Bricks
import PopulationStatistics

extension Checkpoint {
  /// The recorded update pairs; empty where there are none.
  ///
  /// - Throws: `CheckpointError` with code `.damaged`, `.malformed` where the datasets and the table do not agree,
  ///   `.unsuitable` for values that no minibatch has, such as a negative standard deviation.
  /// - Complexity: O(elements).
  public func updates() throws(CheckpointError) -> UpdateSet {
    guard let updates = contents.updates else { return UpdateSet() }
    let problems = try disagreements().filter { $0.object?.hasPrefix("/\(Format.updatesRoot)/") ?? true }
    if let first = problems.first { throw first }
    var records: [UpdateRecord] = []
    var read: Set<String> = []
    for group in updates.groups {
      let stack = try UpdateStack(group, in: self)
      read.formUnion(stack.paths)
      for (row, batch) in group.batches.enumerated() {
        guard updates.batches.indices.contains(batch) else {
          throw CheckpointError(
            .malformed, "row \(row) belongs to minibatch \(batch), but there are \(updates.batches.count)", file: name,
            object: group.path)
        }
        do {
          records.append(try stack.record(row, of: updates.batches[batch]))
        } catch {
          throw CheckpointError(.unsuitable, "\(error)", file: name, object: group.path)
        }
      }
    }
    if let stray = contents.tensors.first(where: { $0.isUpdate && !read.contains($0.path) }) {
      throw CheckpointError(.malformed, "belongs to no group of update pairs", file: name, object: stray.path)
    }
    guard Set(records.map(\.identity)).count == records.count else {
      throw CheckpointError(.malformed, "a minibatch occurs twice in one group of update pairs", file: name)
    }
    do {
      return try UpdateSet(records, source: name)
    } catch {
      throw CheckpointError(.malformed, error.message, file: name)
    }
  }
}

/// The datasets of one group of update pairs.
private struct UpdateStack {
  let group: Contents.Updates.Group
  let paths: [String]
  let mean: [Double]?
  let standardDeviation: [Double]?
  let counts: [Int64]
  let scalarType: ScalarType
  let exampleShape: Shape
  let stepCount: Int

  init(_ group: Contents.Updates.Group, in checkpoint: borrowing Checkpoint) throws(CheckpointError) {
    let file = checkpoint.name
    func malformed(_ message: String) -> CheckpointError {
      CheckpointError(.malformed, message, file: file, object: group.path)
    }
    guard group.path == "/\(Format.updatesRoot)\(group.brick)/\(group.application)" else {
      throw malformed("is not the place of \(group.brick), application \(group.application)")
    }
    let names = ["minibatch_mean", "minibatch_stdev", "counts"]
    let entries = names.map { checkpoint.entry("\(group.path)/\($0)") }
    guard let countsEntry = entries[2], let valuesEntry = entries[0] ?? entries[1] else {
      throw malformed("lacks counts, or both minibatch_mean and minibatch_stdev")
    }
    let axesBefore = group.timeSteps ? 2 : 1
    guard countsEntry.type == .int64, valuesEntry.shape.count >= axesBefore, countsEntry.shape.count == axesBefore,
      Array(valuesEntry.shape.prefix(axesBefore)) == countsEntry.shape, countsEntry.shape[0] == group.batches.count,
      entries[1].map({ $0.shape == valuesEntry.shape && $0.type == valuesEntry.type }) ?? true,
      valuesEntry.type.isFloatingPoint
    else {
      throw malformed("the types or shapes of its datasets do not fit \(group.batches.count) minibatches")
    }
    self.group = group
    paths = entries.compactMap { $0?.path }
    counts = try checkpoint.integers(countsEntry)
    mean = try entries[0].map { (entry) throws(CheckpointError) in try checkpoint.read(entry).doubles }
    standardDeviation = try entries[1].map { (entry) throws(CheckpointError) in try checkpoint.read(entry).doubles }
    scalarType = valuesEntry.type
    exampleShape = Shape(Array(valuesEntry.shape.dropFirst(axesBefore)))
    stepCount = group.timeSteps ? countsEntry.shape[1] : 1
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

extension Checkpoint {
  fileprivate func integers(_ entry: Contents.Entry) throws(CheckpointError) -> [Int64] {
    guard case .int64(let elements) = try read(entry).storage else {
      throw CheckpointError(.malformed, "is not int64", file: name, object: entry.path)
    }
    return elements
  }
}
