import Bricks
import PopulationStatistics
import Testing

extension RandomCase {
  /// Expects a model's outputs to be those of the case in a mode.
  func expectOutputs(_ outputs: [Name: Tensor], _ mode: String, _ scalar: ScalarType) throws {
    let names = configuration.arrays.keys.filter { $0.hasSuffix("_\(mode)") }
    #expect(Set(outputs.keys.map { "\($0)_\(mode)" }) == Set(names))
    for (name, output) in outputs {
      let expected = try #require(arrays["\(name)_\(mode)"])
      #expect(output.type == scalar)
      #expect(output.shape == expected.shape, "\(name)")
      let distance = output.distance(to: expected)
      #expect(distance <= tolerance("\(name)_\(mode)", scalar), "\(name) in \(mode)")
    }
  }

  /// Expects a training graph's outputs and its update pairs, with counts and time steps, to be those of the case.
  func expectTraining(_ interpreter: Interpreter, _ feed: [Name: Tensor], _ scalar: ScalarType) throws {
    let graph = interpreter.graph
    let pairs = try graph.updatePairs()
    var wanted = Set(graph.outputs.map(\.variable))
    for pair in pairs { wanted.formUnion(pair.variables) }
    let order = Array(wanted)
    let values = Dictionary(uniqueKeysWithValues: zip(order, try interpreter.evaluate(order, inputs: feed)))
    let outputs = try graph.outputs.map { ($0.name, try #require(values[$0.variable])) }
    try expectOutputs(Dictionary(uniqueKeysWithValues: outputs), "training", scalar)

    let pairsByPath = Dictionary(grouping: pairs) { $0.population.spelling }
    let updates = Dictionary(grouping: configuration.updates, by: \.population)
    #expect(pairsByPath.mapValues(\.count) == updates.mapValues(\.count))
    for (path, pairs) in pairsByPath {
      // Applications of one brick come in the order of the calls in both.
      for (pair, update) in zip(pairs, try #require(updates[path])) {
        let value = try #require(values[pair.minibatch])
        #expect(value.shape.dimensions == update.shape, "\(path)")
        let distance = try value.distance(to: expected(update.value))
        #expect(distance <= tolerance("updates", scalar), "\(path)")
        #expect(try pair.counts(values) == update.counts, "\(path)")
        #expect(pair.loopDepth == update.loops.count)
        #expect(pair.step.flatMap { values[$0]?.integers } == update.steps, "\(path)")
      }
    }
  }

  /// Expects the records of a pass over the case's data to have the case's minibatch statistics.
  func expectRecords(of pass: PopulationPass, _ scalar: ScalarType) throws {
    let records = Dictionary(grouping: pass.records, by: \.identity.brick)
    let updates = Dictionary(grouping: configuration.updates, by: \.brick)
    #expect(Set(records.keys).isSubset(of: updates.keys))
    var ignored = 0
    let counts = configuration.updates.filter { $0.population.hasSuffix("_mean") }.flatMap(\.counts)
    #expect(pass.ignoredObservationCount == counts.count { $0 < 2 })
    for (brick, updates) in updates {
      let means = updates.filter { $0.population.hasSuffix("_mean") }
      let deviations = updates.filter { $0.population.hasSuffix("_stdev") }
      let rowCount = pass.model.normalizationStatistics.first { $0.path == brick }?.stepCount ?? nil
      let expectedRecords =
        if let rowCount { [try record(means, deviations, rowCount: rowCount, ignored: &ignored)] } else {
          try means.indices.map { try record(means[$0], deviations.isEmpty ? nil : deviations[$0]) }
        }
      let found = records[brick] ?? []
      // Nothing is left of a batch whose steps all lie past the last one with statistics.
      let isObserved = rowCount.map { rows in means.contains { $0.steps?.contains { $0 < rows } ?? true } } ?? true
      #expect(found.count == (isObserved ? expectedRecords.count : 0), "\(brick)")
      for (record, expected) in zip(found, expectedRecords) {
        #expect(record.counts.map { Int($0) } == expected.counts, "\(brick)")
        #expect((record.standardDeviation == nil) == (expected.deviation == nil), "\(brick)")
        for (values, wanted) in [(record.mean, expected.mean), (record.standardDeviation, expected.deviation)] {
          guard let values, let wanted else { continue }
          let distance = try Tensor(values, shape: [values.count]).distance(to: Tensor(wanted, shape: [wanted.count]))
          #expect(distance <= tolerance("updates", scalar), "\(brick)")
        }
      }
    }
    #expect(pass.ignoredStepCount == ignored)
  }

  private typealias ExpectedRecord = (counts: [Int], mean: [Double], deviation: [Double]?)

  /// The record of one application whose statistics are not per time step.
  private func record(
    _ mean: Configuration.Update, _ deviation: Configuration.Update?
  ) throws -> ExpectedRecord {
    (
      [mean.counts.filter { $0 >= 2 }.reduce(0, +)], try expected(mean.pooled ?? mean.value).doubles,
      try deviation.map { try expected($0.pooled ?? $0.value).doubles }
    )
  }

  /// The record of all applications of a brick with statistics per time step. Steps with fewer than two observations are not
  /// recorded.
  private func record(
    _ means: [Configuration.Update], _ deviations: [Configuration.Update], rowCount: Int, ignored: inout Int
  ) throws -> ExpectedRecord {
    var counts = [Int](repeating: 0, count: rowCount)
    func rows(_ updates: [Configuration.Update]) throws -> [Double] {
      let size = updates[0].shape.dropFirst(updates[0].loops.count).reduce(1, *)
      var rows = [Double](repeating: 0, count: rowCount * size)
      for update in updates {
        let values = try expected(update.value).doubles
        for (index, (step, count)) in zip(try #require(update.steps), update.counts).enumerated()
        where step < rowCount && count >= 2 {
          counts[step] = count
          rows.replaceSubrange(step * size..<(step + 1) * size, with: values[index * size..<(index + 1) * size])
        }
      }
      return rows
    }
    let mean = try rows(means)
    for update in means { ignored += zip(update.steps ?? [], update.counts).count { $0 >= rowCount && $1 >= 2 } }
    return (counts, mean, deviations.isEmpty ? nil : try rows(deviations))
  }

  private func expected(_ dataset: Name) throws -> Tensor { try #require(stored.minibatchValues[dataset]) }
}

extension UpdatePair {
  /// The variables to evaluate for the pair.
  fileprivate var variables: [Int] {
    switch observations {
    case .elements(let input, _, let mask): [minibatch, input] + [mask, step].compactMap { $0 }
    case .variable(let count): [minibatch, count] + [step].compactMap { $0 }
    }
  }

  /// The numbers of observations, one for each time that the loops around run.
  fileprivate func counts(_ values: [Int: Tensor]) throws -> [Int]? {
    switch observations {
    case .elements(let input, let axes, let mask):
      try values[input].map { [try $0.elementCount(over: axes, where: mask.flatMap { values[$0] })] }
    case .variable(let count): values[count]?.integers
    }
  }
}

extension Tensor {
  /// The elements of an int64 tensor.
  fileprivate var integers: [Int]? {
    if case .int64(let elements) = storage { elements.map { Int($0) } } else { nil }
  }
}
