import Names
import Tensors

/// The union of several collections of records. It does not depend on the order or the grouping of the collections, or on
/// repetitions. Values are read stack by stack.
///
/// Two properties may differ between recordings of the same records. The union takes the widest scalar type of a brick's records,
/// and the smallest sequence number of a minibatch.
public struct UpdateUnion: UpdateCollection {
  /// A stack of a collection.
  struct Part {
    let collection: Int
    let stack: Int
  }

  /// The minibatches in the order of recording.
  public let minibatches: [Minibatch]
  /// The forms of the stacks, in ascending order of brick and application.
  public let forms: [UpdateStack.Form]
  /// For each form of the union, the stacks that it unites, and the union of their rows.
  let groups: [(parts: [Part], rows: RowUnion)]
  private let collections: [any UpdateCollection]

  /// Creates the union of the given collections.
  ///
  /// - Parameters:
  ///   - collections: The records.
  ///   - isIncluded: Whether to include a brick's records.
  ///   - needsEqualSteps: Whether collections that differ in the number of a brick's time steps contradict each other.
  /// - Throws: `StatisticsError` with code `.conflict` that names brick, batches and sources, if records of one brick differ in example
  ///   shape, time axis, epsilon or kept statistics, or if one minibatch has different examples.
  /// - Complexity: O(records), for records of any size, and a sort of the minibatches.
  public init(
    _ collections: [any UpdateCollection], bricks isIncluded: (Name) -> Bool = { _ in true },
    needsEqualSteps: Bool = false
  ) throws(StatisticsError) {
    let table = try MinibatchUnion(collections.map(\.minibatches))
    var parts: [(part: Part, form: UpdateStack.Form)] = []
    for (collection, numbers) in zip(collections.indices, table.numbers) {
      for (stack, var form) in collections[collection].forms.enumerated() where isIncluded(form.brick) {
        for row in form.minibatches.indices { form.minibatches[row] = numbers[form.minibatches[row]] }
        parts.append((Part(collection: collection, stack: stack), form))
      }
    }
    // The sort is stable, so that messages name sources in the order in which they were given.
    parts.sort { ($0.form.brick, $0.form.application) < ($1.form.brick, $1.form.application) }
    var forms: [UpdateStack.Form] = []
    var groups: [(parts: [Part], rows: RowUnion)] = []
    var rest = parts[...]
    while let brick = rest.first?.form.brick {
      let ofBrick = rest.prefix { $0.form.brick == brick }
      rest = rest.dropFirst(ofBrick.count)
      try UpdateStack.Form.check(ofBrick.lazy.map(\.form), table.minibatches)
      if needsEqualSteps { try Self.checkSteps(ofBrick) }
      let isWide = ofBrick.contains { $0.form.scalarType == .float64 }
      var applications = ofBrick
      while var form = applications.first?.form {
        let same = applications.prefix { $0.form.application == form.application }
        applications = applications.dropFirst(same.count)
        let rows = RowUnion(same.map(\.form.minibatches))
        form.minibatches = rows.minibatches
        form.scalarType = isWide ? .float64 : form.scalarType
        form.stepCount = same.lazy.map(\.form.stepCount).max() ?? 1
        forms.append(form)
        groups.append((same.map(\.part), rows))
      }
    }
    let (minibatches, numbers) = table.minibatches.pruned(to: forms.lazy.map(\.minibatches))
    if minibatches.count < table.minibatches.count {
      for index in forms.indices { forms[index].minibatches = forms[index].minibatches.map { numbers[$0] } }
    }
    self.minibatches = minibatches
    self.forms = forms
    self.groups = groups
    self.collections = collections
  }

  /// The union of the stacks that a form describes.
  ///
  /// - Throws: `StatisticsError` with code `.conflict` if records with the same identity have different values; also the errors
  ///   of the collections.
  public func stack(at index: Int) throws -> UpdateStack {
    try UpdateStack(reading: rows(of: index, keeping: [.mean, .standardDeviation]), as: forms[index])
  }

  /// The records that a form describes, in blocks. Memory holds the rows of one block, and all rows of a collection whose order differs
  /// from the union's.
  ///
  /// - Throws: The errors of `stack(at:)`, also while the rows are read.
  public func rows(of index: Int, keeping statistics: Set<UpdateSet.Statistic>) throws -> any UpdateRows {
    let form = forms[index].keeping(statistics)
    let (parts, union) = groups[index]
    var targets = union.targets
    var rows: [any UpdateRows] = []
    for (number, part) in parts.enumerated() {
      let partRows = try collections[part.collection].rows(of: part.stack, keeping: statistics)
      // Another collection can give a minibatch an earlier place in the order of recording.
      guard !targets[number].isAscending else {
        rows.append(partRows)
        continue
      }
      let order = targets[number].indices.sorted { targets[number][$0] < targets[number][$1] }
      rows.append(StackRows(try partRows.next(order.count).keeping(rows: order)))
      targets[number].sort()
    }
    return UnionRows(form, RowUnion(minibatches: union.minibatches, targets: targets), rows, minibatches)
  }

  /// Checks the numbers of time steps. If the numbers differ, the records belong to different models. Shorter sequences do not
  /// change the number, because their missing steps have counts of 0.
  private static func checkSteps(_ parts: ArraySlice<(part: Part, form: UpdateStack.Form)>) throws(StatisticsError) {
    var known: (steps: Int, source: String)?
    var rest = parts.sorted { $0.part.collection < $1.part.collection }[...]
    while let first = rest.first {
      let own = rest.prefix { $0.part.collection == first.part.collection }
      rest = rest.dropFirst(own.count)
      let found = (steps: own.lazy.map(\.form.stepCount).max() ?? 1, source: first.form.sources.description(of: 0))
      if let known, known.steps != found.steps {
        throw StatisticsError(
          .conflict,
          "\(first.form.brick): \(known.steps) time steps in \(known.source) and \(found.steps) in \(found.source): these records belong to different models; merge only records of the same model"
        )
      }
      known = found
    }
  }
}

extension [Int] {
  fileprivate var isAscending: Bool { indices.dropFirst().allSatisfy { self[$0 - 1] < self[$0] } }
}

/// The records of another collection, with only some of their statistics.
public struct UpdateSelection: UpdateCollection {
  /// The forms of the stacks, in ascending order of brick and application.
  public let forms: [UpdateStack.Form]
  private let base: any UpdateCollection
  private let numbers: [Int]
  private let statistics: Set<UpdateSet.Statistic>

  /// Selects some statistics of the records of a collection. A record without any of these statistics is left out.
  public init(_ base: some UpdateCollection, keeping statistics: Set<UpdateSet.Statistic>) {
    self.base = base
    self.statistics = statistics
    let forms = base.forms.map { $0.keeping(statistics) }
    numbers = forms.indices.filter { forms[$0].hasMean || forms[$0].hasStandardDeviation }
    self.forms = numbers.map { forms[$0] }
  }

  /// The minibatches in the order of recording.
  public var minibatches: [Minibatch] { base.minibatches }

  /// The records that a form describes.
  ///
  /// - Throws: The errors of the collection.
  public func stack(at index: Int) throws -> UpdateStack {
    try base.stack(at: numbers[index]).keeping(
      mean: statistics.contains(.mean), standardDeviation: statistics.contains(.standardDeviation))
  }

  /// The records that a form describes, in blocks.
  ///
  /// - Throws: The errors of the collection.
  public func rows(of index: Int, keeping wanted: Set<UpdateSet.Statistic>) throws -> any UpdateRows {
    try base.rows(of: numbers[index], keeping: statistics.intersection(wanted))
  }
}
