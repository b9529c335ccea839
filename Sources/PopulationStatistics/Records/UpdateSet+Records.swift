import ComputationGraphs
import Names
import Tensors

extension UpdateSet {
  /// The two statistics that a record can have.
  public typealias Statistic = UpdatePair.Statistic

  /// Creates a set of the given records.
  ///
  /// - Parameter source: The source of the records, such as the name of a file. Only error messages show it.
  /// - Throws: `StatisticsError` with code `.conflict` if records contradict each other.
  /// - Complexity: O(values + n log n) for n minibatches.
  public init(_ records: some Sequence<UpdateRecord>, source: String? = nil) throws(StatisticsError) {
    var minibatches: [Minibatch] = []
    var numbers: [Minibatch.Identity: Int] = [:]
    var places: [[Name]: Int] = [:]
    var parts: [(form: UpdateStack.Form, records: [UpdateRecord])] = []
    for record in records {
      let identity = record.identity
      let minibatch = Minibatch(
        batch: identity.batch, sequence: record.sequence, parametersDigest: identity.parametersDigest,
        examples: record.examples)
      let number = numbers[minibatch.identity] ?? minibatches.count
      if number == minibatches.count {
        numbers[minibatch.identity] = number
        minibatches.append(minibatch)
      }
      guard minibatches[number].examples == record.examples else {
        throw StatisticsError(.conflict, "\(identity) is recorded twice, with different examples of the same data")
      }
      minibatches[number].sequence = min(minibatches[number].sequence, record.sequence)
      let form = UpdateStack.Form(of: record, number, source)
      // A record of another form begins a new part. The union then refuses the parts.
      if let place = places[[identity.brick, identity.application]], form.difference(from: parts[place].form) == nil {
        parts[place].form.stepCount = max(parts[place].form.stepCount, form.stepCount)
        if form.scalarType == .float64 { parts[place].form.scalarType = .float64 }
        parts[place].form.minibatches.append(number)
        parts[place].records.append(record)
      } else {
        places[[identity.brick, identity.application]] = parts.count
        parts.append((form, [record]))
      }
    }
    try self.init(minibatches: minibatches, stacks: parts.map { UpdateStack(stacking: $0.records, $0.form) })
  }

  /// The records in ascending order of identity. Every call creates them from the arrays.
  ///
  /// - Complexity: O(values), and a sort of the records of each application.
  public var records: [UpdateRecord] { stacks.flatMap(records) }

  /// The records of one brick, in ascending order of identity; empty for a brick without records.
  public func records(of brick: Name) -> [UpdateRecord] { stacks(of: brick).flatMap(records) }

  private func records(of stack: UpdateStack) -> [UpdateRecord] {
    let records = stack.form.minibatches.indices.map { stack.record($0, minibatches) }
    return records.sorted { $0.identity < $1.identity }
  }

  /// The source of a record of the set; nil if it is not known.
  public func source(of identity: UpdateRecord.Identity) -> String? {
    for stack in stacks(of: identity.brick) where stack.form.application == identity.application {
      let row = stack.form.minibatches.firstIndex { stack.form.identity(of: minibatches[$0]) == identity }
      if let row { return stack.form.sources[row] }
    }
    return nil
  }

  /// The records that satisfy a predicate.
  public func filter(_ isIncluded: (UpdateRecord) throws -> Bool) rethrows -> UpdateSet {
    var kept: [UpdateStack] = []
    for stack in stacks {
      let rows = try stack.form.minibatches.indices.filter { try isIncluded(stack.record($0, minibatches)) }
      if !rows.isEmpty { kept.append(stack.keeping(rows: rows)) }
    }
    return UpdateSet(pruning: minibatches, kept)
  }

  /// The same records with other names of bricks and other digests of parameters.
  ///
  /// - Throws: `StatisticsError` with code `.conflict` if two records get the same identity and differ.
  public func renamed(
    brick: (Name) -> Name, parametersDigest: (Digest?) -> Digest?
  ) throws(StatisticsError) -> UpdateSet {
    try UpdateSet(
      records.map { (record) throws(StatisticsError) in
        try UpdateRecord(
          identity: UpdateRecord.Identity(
            brick: brick(record.identity.brick), application: record.identity.application, batch: record.identity.batch,
            parametersDigest: parametersDigest(record.identity.parametersDigest)),
          sequence: record.sequence, epsilon: record.epsilon, scalarType: record.scalarType, values: record.values,
          examples: record.examples)
      })
  }
}

extension UpdateStack.Form {
  /// The form of a stack of one record.
  fileprivate init(of record: UpdateRecord, _ minibatch: Int, _ source: String?) {
    self.init(
      brick: record.identity.brick, application: record.identity.application, epsilon: record.epsilon,
      scalarType: record.scalarType, exampleShape: record.values.exampleShape,
      hasTimeSteps: record.values.hasTimeSteps, stepCount: record.values.stepCount, hasMean: record.mean != nil,
      hasStandardDeviation: record.standardDeviation != nil, minibatches: [minibatch], source: source)
  }
}

extension UpdateStack {
  /// A stack of records with the same form.
  fileprivate init(stacking records: [UpdateRecord], _ form: Form) {
    func stacked<Value: AdditiveArithmetic>(_ length: Int, _ row: (UpdateRecord) -> [Value]?) -> [Value] {
      var values: [Value] = []
      values.reserveCapacity(records.count * length)
      for record in records {
        let own = row(record) ?? []
        values += own
        if own.count < length { values += [Value](repeating: .zero, count: length - own.count) }
      }
      return values
    }
    self.init(
      checked: form, counts: stacked(form.stepCount, \.counts),
      mean: form.hasMean ? stacked(form.rowLength, \.mean) : nil,
      standardDeviation: form.hasStandardDeviation ? stacked(form.rowLength, \.standardDeviation) : nil)
  }

  /// One row as a record.
  func record(_ row: Int, _ minibatches: [Minibatch]) -> UpdateRecord {
    let values = row * form.rowLength..<(row + 1) * form.rowLength
    let minibatch = minibatches[form.minibatches[row]]
    return UpdateRecord(
      checked: form.identity(of: minibatch), sequence: minibatch.sequence, epsilon: form.epsilon,
      scalarType: form.scalarType,
      values: StatisticValues(
        checked: form.exampleShape, hasTimeSteps: form.hasTimeSteps, mean: mean.map { Array($0[values]) },
        standardDeviation: standardDeviation.map { Array($0[values]) },
        counts: Array(counts[row * form.stepCount..<(row + 1) * form.stepCount])),
      examples: minibatch.examples)
  }

  /// A stack of some of the rows.
  func keeping(rows: [Int]) -> UpdateStack {
    func kept<Value>(_ values: [Value], _ length: Int) -> [Value] {
      rows.flatMap { values[$0 * length..<($0 + 1) * length] }
    }
    return UpdateStack(
      checked: form.keeping(rows: rows), counts: kept(counts, form.stepCount),
      mean: mean.map { kept($0, form.rowLength) },
      standardDeviation: standardDeviation.map { kept($0, form.rowLength) })
  }
}
