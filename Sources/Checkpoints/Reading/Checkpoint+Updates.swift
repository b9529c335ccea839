import ComputationGraphs
import Platform
import PopulationStatistics
import Tensors

extension Checkpoint {
  /// The recorded update pairs; empty if no pairs were recorded.
  ///
  /// All records of one brick and application get as many time steps as the longest record. The count of a missing step is 0.
  ///
  /// - Throws: `CheckpointError` with code `.damaged` if the datasets and the table do not agree, `.unsuitable` for values that
  ///   no minibatch can have, such as a negative standard deviation.
  /// - Complexity: O(elements).
  public func updates() throws(CheckpointError) -> UpdateSet {
    let problems = try disagreements().filter { $0.object?.hasPrefix("/\(Format.updatesRoot)/") ?? true }
    try Checkpoint.report(problems, in: name)
    guard let updates = contents.updates else { return UpdateSet() }
    var stacks: [UpdateStack] = []
    for group in updates.groups { stacks.append(try stack(of: group)) }
    do {
      return try UpdateSet(minibatches: updates.batches, stacks: stacks)
    } catch {
      throw CheckpointError(.malformed, error.message, file: name)
    }
  }

  /// The form of a group's records according to the table of contents.
  func form(of group: Contents.Updates.Group) -> UpdateStack.Form {
    let (mean, deviation) = (entry(.mean, of: group), entry(.standardDeviation, of: group))
    let shape = (mean ?? deviation)?.shape ?? []
    return UpdateStack.Form(
      brick: group.brick, application: group.application, epsilon: group.epsilon,
      scalarType: (mean ?? deviation)?.type ?? .float32,
      exampleShape: Shape(Array(shape.dropFirst(group.timeSteps ? 2 : 1))), hasTimeSteps: group.timeSteps,
      stepCount: group.timeSteps && shape.count > 1 ? shape[1] : 1, hasMean: mean != nil,
      hasStandardDeviation: deviation != nil, minibatches: group.batches, source: name)
  }

  /// The records of a group. Only their own datasets are compared with the table.
  ///
  /// - Throws: The errors of `updates()`.
  func stack(of group: Contents.Updates.Group) throws(CheckpointError) -> UpdateStack {
    guard let entry = entry(.counts, of: group), case .int64(let counts) = try read(entry).storage else {
      throw CheckpointError(.malformed, "lacks counts or values", file: name, object: group.path)
    }
    let mean = try self.entry(.mean, of: group).map { (entry) throws(CheckpointError) in try doubles(of: entry) }
    let deviation = try self.entry(.standardDeviation, of: group).map { (entry) throws(CheckpointError) in
      try doubles(of: entry)
    }
    do {
      return try UpdateStack(
        form(of: group), counts: counts, mean: mean, standardDeviation: deviation,
        minibatches: contents.updates?.batches ?? [])
    } catch {
      throw CheckpointError(.unsuitable, error.message, file: name, object: group.path)
    }
  }

  private func entry(_ member: Contents.Updates.Member, of group: Contents.Updates.Group) -> Contents.Entry? {
    entry("\(group.path)/\(member.rawValue)")
  }

  /// The elements of a tensor of floating-point numbers as doubles.
  private func doubles(of entry: Contents.Entry) throws(CheckpointError) -> [Double] {
    guard entry.type == .float32 else { return try read(entry).doubles }
    var reader = try reader(of: entry)
    let elementCount = reader.elementCount
    let (byteCount, overflow) = elementCount.multipliedReportingOverflow(by: 8)
    guard !overflow, Memory.canProvide(byteCount: byteCount) else {
      throw CheckpointError(
        .refused, "this machine does not have enough memory for \(elementCount) elements", file: name,
        object: entry.path)
    }
    return try CheckpointError.about(name) {
      try [Double](unsafeUninitializedCapacity: elementCount) { doubles, count in
        try withUnsafeTemporaryAllocation(of: Float.self, capacity: TensorReader.blockElementCount) { block in
          while count < elementCount {
            let floats = UnsafeMutableBufferPointer(rebasing: block.prefix(elementCount - count))
            try reader.read(into: UnsafeMutableRawBufferPointer(floats))
            for (index, float) in floats.enumerated() {
              doubles.initializeElement(at: count + index, to: Double(float))
            }
            count += floats.count
          }
        }
      }
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
