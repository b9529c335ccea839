import Names
import Tensors

/// A set of update records in memory that do not contradict each other.
///
/// All records of one brick have the same example shape, the same epsilon and the same statistics (mean, standard deviation or
/// both). Either all records of a brick have time steps, or no record has them. All records of one application have as many
/// time steps as the longest record. The count of a missing step is 0. Equal sets give the same bytes in a file.
public struct UpdateSet: UpdateCollection {
  /// The minibatches in the order of recording.
  public let minibatches: [Minibatch]
  /// The records, in ascending order of brick and application.
  let stacks: [UpdateStack]

  /// A set of stacks. The caller guarantees their order, and that they agree with each other.
  init(checked minibatches: [Minibatch], _ stacks: [UpdateStack]) {
    self.minibatches = minibatches
    self.stacks = stacks
  }

  /// Creates an empty set.
  public init() { self.init(checked: [], []) }

  /// Creates the union of the given sets.
  ///
  /// - Throws: `StatisticsError` with code `.conflict` if records contradict each other; see `UpdateUnion`.
  /// - Complexity: O(values), and a sort of the minibatches.
  public init(unionOf sets: some Sequence<UpdateSet>) throws(StatisticsError) {
    let sets = Array(sets)
    let union = try UpdateUnion(sets)
    var stacks: [UpdateStack] = []
    for (form, group) in zip(union.forms, union.groups) {
      let parts = group.parts.map { sets[$0.collection].stacks[$0.stack] }
      stacks.append(try UpdateStack(uniting: parts, as: form, group.rows, union.minibatches))
    }
    self.init(checked: union.minibatches, stacks)
  }

  /// Creates a set from the stacks of one source, in any order.
  ///
  /// - Throws: `StatisticsError` with code `.conflict` if they contradict each other.
  package init(minibatches: [Minibatch], stacks: [UpdateStack]) throws(StatisticsError) {
    try self.init(unionOf: [UpdateSet(checked: minibatches, stacks.filter { !$0.form.minibatches.isEmpty })])
  }

  /// The union of two sets.
  ///
  /// - Throws: The errors of `init(unionOf:)`.
  public func union(_ other: UpdateSet) throws(StatisticsError) -> UpdateSet { try UpdateSet(unionOf: [self, other]) }

  /// The forms of the stacks, in ascending order of brick and application.
  public var forms: [UpdateStack.Form] { stacks.map(\.form) }

  /// The records that a form describes.
  public func stack(at index: Int) -> UpdateStack { stacks[index] }

  /// Whether there are no records.
  public var isEmpty: Bool { stacks.isEmpty }

  /// The number of records.
  public var recordCount: Int { stacks.reduce(0) { $0 + $1.form.minibatches.count } }

  /// The number of records of one brick.
  public func recordCount(of brick: Name) -> Int {
    stacks(of: brick).reduce(0) { $0 + $1.form.minibatches.count }
  }

  /// The stacks of one brick.
  ///
  /// - Complexity: O(log stacks).
  func stacks(of brick: Name) -> ArraySlice<UpdateStack> {
    let start = stacks.partitionPoint { $0.form.brick < brick }
    return stacks[start...].prefix { $0.form.brick == brick }
  }

  /// The set of the records of one brick.
  public func updates(of brick: Name) -> UpdateSet { UpdateSet(checked: minibatches, Array(stacks(of: brick))) }

  /// The same records with only some statistics. A record without any of these statistics is left out.
  public func keeping(_ statistics: Set<Statistic>) -> UpdateSet {
    let kept = stacks.map {
      $0.keeping(mean: statistics.contains(.mean), standardDeviation: statistics.contains(.standardDeviation))
    }
    return UpdateSet(pruning: minibatches, kept.filter { $0.form.hasMean || $0.form.hasStandardDeviation })
  }

  /// A set of stacks. The caller guarantees that they agree. Minibatches without records are removed.
  init(pruning minibatches: [Minibatch], _ stacks: [UpdateStack]) {
    let (kept, numbers) = minibatches.pruned(to: stacks.lazy.map(\.form.minibatches))
    var stacks = stacks
    for index in stacks.indices {
      stacks[index].form.minibatches = stacks[index].form.minibatches.map { numbers[$0] }
    }
    self.init(checked: kept, stacks)
  }
}

extension UpdateSet: Hashable {
  /// Whether the sets have the same records. The sources of the records are not compared.
  public static func == (left: UpdateSet, right: UpdateSet) -> Bool {
    left.stacks.count == right.stacks.count
      && zip(left.stacks, right.stacks).allSatisfy { left.isSame($0, $1, in: right) }
  }

  private func isSame(_ own: UpdateStack, _ stack: UpdateStack, in other: UpdateSet) -> Bool {
    let (form, otherForm) = (own.form, stack.form)
    return form.brick == otherForm.brick && form.application == otherForm.application
      && form.scalarType == otherForm.scalarType && form.epsilon == otherForm.epsilon
      && form.exampleShape == otherForm.exampleShape && form.hasTimeSteps == otherForm.hasTimeSteps
      && own.counts == stack.counts && own.mean == stack.mean && own.standardDeviation == stack.standardDeviation
      && form.minibatches.lazy.map { minibatches[$0] }
        .elementsEqual(otherForm.minibatches.lazy.map { other.minibatches[$0] })
  }

  /// Hashes the values.
  public func hash(into hasher: inout Hasher) {
    for stack in stacks {
      hasher.combine(stack.form.brick)
      hasher.combine(stack.counts)
      hasher.combine(stack.mean)
    }
  }
}
