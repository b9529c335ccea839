import ComputationGraphs
import Tensors

/// The records of a pass: one growing stack for each application of a normalization.
struct RecordedStacks: Sendable {
  private var table = IdentityTable(capacity: 0)
  private var stacks: [UpdateStack]

  /// Empty stacks.
  ///
  /// - Parameter applications: The normalizations and the names of their applications, in the order of the stacks.
  init(_ applications: [(brick: NormalizationStatistics, application: Name)]) {
    stacks = applications.map { brick, application in
      UpdateStack(
        empty: UpdateStack.Form(
          brick: brick.path, application: application, epsilon: brick.epsilon, scalarType: .float64,
          exampleShape: brick.exampleShape, hasTimeSteps: brick.stepCount != nil, stepCount: brick.stepCount ?? 1,
          hasMean: true, hasStandardDeviation: brick.standardDeviation != nil, minibatches: [], source: nil))
    }
  }

  /// Adds the records of a minibatch, one for each stack or none.
  ///
  /// - Throws: `StatisticsError` with code `.conflict` if the minibatch was recorded before, with other examples.
  mutating func append(_ records: [UpdateRecord?], of minibatch: Minibatch) throws(StatisticsError) {
    guard records.contains(where: { $0 != nil }) else { return }
    let (number, isNew) = table.number(of: minibatch)
    guard isNew || table.minibatches[number].examples == minibatch.examples else {
      throw MinibatchUnion.conflict(minibatch)
    }
    table.minibatches[number].sequence = min(table.minibatches[number].sequence, minibatch.sequence)
    for (index, record) in records.enumerated() {
      if let record { stacks[index].append(record.values, of: number) }
    }
  }

  /// The records, stack by stack. Every access creates them from the arrays.
  var records: [UpdateRecord] {
    stacks.flatMap { stack in stack.form.minibatches.indices.map { stack.record($0, table.minibatches) } }
  }

  /// The records as a set.
  ///
  /// - Throws: `StatisticsError` with code `.conflict` if a minibatch was recorded twice, with different values.
  func updates() throws(StatisticsError) -> UpdateSet {
    try UpdateSet(minibatches: table.minibatches, stacks: stacks)
  }
}
