import Tensors

extension UpdateSet {
  /// A record with its source.
  struct Entry {
    var record: UpdateRecord
    var source: String?

    var sourceDescription: String { source ?? "a record without a source" }
  }

  /// A minibatch together with the parameters that it was computed with. All of its records have the same `sequence`.
  private struct Minibatch: Hashable {
    let batch: [UInt8]
    let parametersDigest: Digest?

    init(_ identity: UpdateRecord.Identity) {
      batch = Array(identity.batch.utf8)
      parametersDigest = identity.parametersDigest
    }
  }

  /// The union of two sets. It is associative, commutative and idempotent.
  ///
  /// - Complexity: O(records · log records).
  /// - Throws: `StatisticsError` with code `.conflict` if records of one brick differ in example shape, time axis, epsilon or
  ///   stored statistics, or if one identity has different values. It names the brick, the batch and both sources.
  public func union(_ other: UpdateSet) throws(StatisticsError) -> UpdateSet {
    try UpdateSet(unionOf: [self, other])
  }

  /// The union of any number of sets; see `union(_:)`. It is faster than repeated unions of two sets.
  public init(unionOf sets: some Sequence<UpdateSet>) throws(StatisticsError) {
    try self.init(joining: sets.flatMap { set in zip(set.records, set.sources).map(Entry.init) })
  }

  init(joining entries: [Entry]) throws(StatisticsError) {
    // The sort is stable, so that messages name sources in the order in which they were given.
    let sorted = entries.sorted { $0.record.identity < $1.record.identity }
    var joined: [Entry] = []
    joined.reserveCapacity(sorted.count)
    var sequences: [Minibatch: Int] = [:]
    var brickStart = 0
    for entry in sorted {
      sequences[Minibatch(entry.record.identity), default: .max].lower(to: entry.record.sequence)
      guard let last = joined.last, last.record.identity.brick == entry.record.identity.brick else {
        brickStart = joined.count
        joined.append(entry)
        continue
      }
      try Self.checkForm(of: entry, against: joined[brickStart])
      if entry.record.scalarType == .float64, joined[brickStart].record.scalarType == .float32 {
        for index in brickStart..<joined.count { joined[index].record.scalarType = .float64 }
      }
      if last.record.identity == entry.record.identity {
        try Self.checkValues(of: entry, against: last)
        if entry.record.values.stepCount > last.record.values.stepCount {
          joined[joined.count - 1].record.values = entry.record.values
        }
        let (source, other): (Name?, Name?) = (entry.source.map { Name($0) }, last.source.map { Name($0) })
        if source.precedes(other) {
          joined[joined.count - 1].source = entry.source
        }
      } else {
        joined.append(entry)
        joined[joined.count - 1].record.scalarType = joined[brickStart].record.scalarType
      }
    }
    for index in joined.indices {
      let identity = joined[index].record.identity
      joined[index].record.sequence = sequences[Minibatch(identity)] ?? joined[index].record.sequence
    }
    self.init(checkedRecords: joined.map(\.record), sources: joined.map(\.source))
  }

  /// Checks that a record has the form of the first record of its brick.
  private static func checkForm(of entry: Entry, against first: Entry) throws(StatisticsError) {
    let (new, old) = (entry.record, first.record)
    let difference: String
    var advice = "these are records of different models; merge only records of the same model"
    if new.values.exampleShape != old.values.exampleShape {
      difference = "per-example shapes \(old.values.exampleShape) and \(new.values.exampleShape)"
    } else if new.values.hasTimeSteps != old.values.hasTimeSteps {
      difference = new.values.hasTimeSteps ? "no time steps and time steps" : "time steps and no time steps"
    } else if new.epsilon != old.epsilon {
      difference = "epsilon \(old.epsilon) and epsilon \(new.epsilon)"
    } else if (new.mean == nil, new.standardDeviation == nil) != (old.mean == nil, old.standardDeviation == nil) {
      difference = "\(old.values.keptStatistics) and \(new.values.keptStatistics)"
      advice = "extract both with the same statistics"
    } else {
      return
    }
    throw StatisticsError(
      .conflict,
      "\(new.identity.brick): \(difference) in \(first.sourceDescription) (batch \"\(old.identity.batch)\") and "
        + "\(entry.sourceDescription) (batch \"\(new.identity.batch)\"): \(advice)")
  }

  /// Checks that a record has the same values as an earlier record with its identity.
  private static func checkValues(of entry: Entry, against last: Entry) throws(StatisticsError) {
    guard !entry.record.values.saysTheSame(as: last.record.values) else { return }
    throw StatisticsError(
      .conflict,
      "\(entry.record.identity) has different values in \(last.sourceDescription) and \(entry.sourceDescription), "
        + "computed with the same parameters (\(entry.record.identity.parametersDigest?.description ?? "digest unknown")): "
        + "remove one of them, or give the batches different names")
  }
}

extension StatisticValues {
  /// Whether the values are equal, except for unobserved steps at the end. Files store sequences of different lengths in one
  /// array that is as long as the longest.
  fileprivate func saysTheSame(as other: StatisticValues) -> Bool {
    let (short, long) = stepCount <= other.stepCount ? (self, other) : (other, self)
    func isContinued(_ values: [Double]?, by others: [Double]?) -> Bool {
      guard let values, let others else { return values == nil && others == nil }
      return others.starts(with: values)
    }
    return short.exampleShape == long.exampleShape && short.hasTimeSteps == long.hasTimeSteps
      && long.counts.starts(with: short.counts) && long.counts.dropFirst(short.stepCount).allSatisfy { $0 == 0 }
      && isContinued(short.mean, by: long.mean)
      && isContinued(short.standardDeviation, by: long.standardDeviation)
  }

  /// The stored statistics, in words.
  var keptStatistics: String {
    mean == nil ? "standard deviations only" : standardDeviation == nil ? "means only" : "means and standard deviations"
  }
}

extension Int {
  fileprivate mutating func lower(to other: Int) { self = Swift.min(self, other) }
}
