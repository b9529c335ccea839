import ComputationGraphs
import Platform
import PopulationStatistics
import Tensors

extension Checkpoint {
  /// The recorded update pairs; empty if no pairs were recorded.
  ///
  /// All records of one brick and application get as many time steps as the longest record. The count of a missing step is 0.
  ///
  /// - Throws: `CheckpointError` with code `.damaged` if the datasets and the table of contents do not agree, or `.unsuitable` for
  ///   values that no minibatch can have, such as a negative standard deviation.
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

  /// The records of a group. Only the datasets of this group are compared with the table of contents.
  ///
  /// - Throws: The errors of `updates()`.
  func stack(of group: Contents.Updates.Group) throws(CheckpointError) -> UpdateStack {
    try rows(of: group, keeping: [.mean, .standardDeviation]).next(group.batches.count)
  }

  /// The records of a group in blocks, with only some statistics.
  ///
  /// - Throws: The errors of `updates()`.
  func rows(
    of group: Contents.Updates.Group, keeping statistics: Set<UpdateSet.Statistic>
  ) throws(CheckpointError) -> GroupRows {
    guard let counts = entry(.counts, of: group), counts.type == .int64 else {
      throw CheckpointError(.malformed, "lacks counts of type int64", file: name, object: group.path)
    }
    let mean = statistics.contains(.mean) ? entry(.mean, of: group) : nil
    let deviation = statistics.contains(.standardDeviation) ? entry(.standardDeviation, of: group) : nil
    return GroupRows(
      form(of: group).keeping(statistics), contents.updates?.batches ?? [], group: group.path, of: name,
      counts: try reader(of: counts), mean: try mean.map { (entry) throws(CheckpointError) in try values(of: entry) },
      standardDeviation: try deviation.map { (entry) throws(CheckpointError) in try values(of: entry) })
  }

  private func values(of entry: Contents.Entry) throws(CheckpointError) -> RowValues {
    RowValues(try reader(of: entry), of: name)
  }

  private func entry(_ member: Contents.Updates.Member, of group: Contents.Updates.Group) -> Contents.Entry? {
    entry("\(group.path)/\(member.rawValue)")
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
