import Bricks
import Testing

/// Graphs of networks with batch normalization: scopes, the transform, pairs.
@Suite struct GraphSectionTests {
  @Test("a scope on the parent reaches the normalization below it") func scopeOnParent() throws {
    let brick = BatchNormalization([4, 3, 2], broadcastable: [false, true, true], epsilon: 1e-4)
    let sequence = Sequential([brick, Tanh()])
    let other = BatchNormalization(name: "other")
    let model = try Model([sequence, other], scalar: .float64, seed: 1) { scope in
      let x = try scope.input(ModelInput(name: "x", shape: [4, 3, 2]))
      return try scope.builder.inTraining(brick: "/sequence") {
        ["output": try scope.apply(sequence, to: x), "other": try scope.apply(other, to: x)]
      }
    }
    #expect(model.graph.calls.compactMap(\.normalization).map(\.isTraining) == [true, false])
    let input = try uniformInput([5, 4, 3, 2])
    let reference = NaiveNormalization(shape: [4, 3, 2], broadcastable: [false, true, true])
    let (means, variances) = reference.moments(input.doubles)
    let normalized = reference.normalized(
      input.doubles, means: means, deviations: variances.map { ($0 + 1e-4).squareRoot() })
    let expected = try Tensor(normalized, shape: input.shape).applying(.hyperbolicTangent)
    let outputs = try model(["x": input])
    #expect(try #require(outputs["output"]).distance(to: expected) < 1e-12)
    #expect(outputs["other"] == input)
  }

  @Test("the transform of a 9→5 network with constant weights gives normalized sums") func transform() throws {
    let network = Sequential([
      Linear(
        9, 5, weightsInitialization: .constant(0.4), biasesInitialization: .constant(1)),
      BatchNormalization(epsilon: 1e-8),
      Tanh(),
    ])
    let model = try Model(network, input: .features(9), scalar: .float64, seed: 1)
    let input = try uniformInput([12, 9])
    let sums = (0..<12).map { row in 1 + 0.4 * input.doubles[(row * 9)..<(row * 9 + 9)].reduce(0, +) }
    let mean = sums.reduce(0, +) / 12
    let deviation = (sums.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 12 + 1e-8).squareRoot()
    let columns = sums.flatMap { [Double](repeating: ($0 - mean) / deviation, count: 5) }
    let expected = try Tensor(columns, shape: [12, 5]).applying(.hyperbolicTangent)
    #expect(try model.training(input).distance(to: expected) < 1e-10)
    // Inference, at first, is the identity in the middle.
    let plain = try Tensor(sums.flatMap { [Double](repeating: $0, count: 5) }, shape: [12, 5]).applying(
      .hyperbolicTangent)
    #expect(try model(input).distance(to: plain) < 1e-12)
  }

  @Test("two bricks have four pairs, separate for means and deviations, or two pairs of means only") func pairs() throws
  {
    func pairs(meanOnly: Bool) throws -> [UpdatePair] {
      let network = BatchNormalizedMLP(
        activations: [.tanh, .tanh], dimensions: [5, 7, 9], normalization: BatchNormalization(meanOnly: meanOnly))
      return try Model(network, input: .features(5), seed: 1).graph.trainingGraph().updatePairs()
    }
    let four = try pairs(meanOnly: false)
    #expect(four.map(\.statistic) == [.mean, .standardDeviation, .mean, .standardDeviation])
    let means = Set(four.filter { $0.statistic == .mean }.map(\.minibatch))
    #expect(means.isDisjoint(with: four.filter { $0.statistic == .standardDeviation }.map(\.minibatch)))
    #expect(Set(four.map(\.population)).count == 4)
    #expect(try pairs(meanOnly: true).map(\.statistic) == [.mean, .mean])
  }

  /// One brick applied in inference mode, then in training mode.
  private func mixed() throws -> Model {
    let brick = BatchNormalization()
    return try Model([brick], scalar: .float64, seed: 1) { scope in
      let x = try scope.input(.features(3))
      let inference = try scope.apply(brick, to: x)
      return [
        "inference": inference,
        "training": try scope.builder.inTraining { try scope.apply(brick, to: inference * 2) },
      ]
    }
  }

  @Test("calls in inference mode have no pairs; nothing in training mode is an error") func inferenceIgnored() throws {
    let model = try mixed()
    let training = try #require(model.graph.calls[1].normalization)
    #expect(try model.graph.updatePairs().map(\.minibatch) == [training.offset, training.divisor])
    let network = try Model(BatchNormalization(), input: .features(3), seed: 1)
    expectError(.noUpdatePairs, mentioning: "training") { _ = try network.graph.updatePairs() }
  }

  @Test("a graph of both modes is transformed; calls in training mode stay as they are") func mixedModes() throws {
    let model = try mixed()
    let training = try model.graph.trainingGraph()
    #expect(training.calls.compactMap(\.normalization).map(\.isTraining) == [true, true])
    let input = try uniformInput([6, 3])
    let reference = NaiveNormalization(shape: [3], broadcastable: [false])
    func normalized(_ values: [Double]) -> [Double] {
      let (means, variances) = reference.moments(values)
      return reference.normalized(values, means: means, deviations: variances.map { ($0 + 1e-4).squareRoot() })
    }
    let first = normalized(input.doubles)
    let second = normalized(first.map { $0 * 2 })
    let outputs = try Interpreter(training, tensors: model.tensors)(["features": input])
    #expect(try #require(outputs["inference"]).distance(to: Tensor(first, shape: [6, 3])) < 1e-12)
    #expect(try #require(outputs["training"]).distance(to: Tensor(second, shape: [6, 3])) < 1e-12)
    #expect(try training.trainingGraph() == training)
  }

  @Test("two applications of one brick are duplicates, and give a pair each if that is allowed")
  func duplicates() throws {
    let first = BatchNormalization(name: "first")
    let second = BatchNormalization(name: "second")
    let graph = try Model([first, second], seed: 1) { scope in
      let x = try scope.input(.features(3))
      var outputs: NamedVariables = [:]
      for (index, brick) in [first, second, first, second].enumerated() {
        let output = try scope.apply(brick, to: outputs.elements.last?.variable ?? x)
        outputs.elements.append(("output_\(index)", output))
      }
      return outputs
    }.graph.trainingGraph()
    expectError(.duplicate, mentioning: "/first.apply", "more than once", "allowingDuplicates: true") {
      _ = try graph.updatePairs()
    }
    let pairs = try graph.updatePairs(allowingDuplicates: true)
    #expect(pairs.count == 8)
    #expect(Set(pairs.map(\.minibatch)).count == 8)
    #expect(Set(pairs.map(\.population)).count == 4)
    #expect(
      pairs.map(\.application) == ["apply", "apply", "apply", "apply", "apply#1", "apply#1", "apply#1", "apply#1"])
  }

  @Test("the second normalization's pairs are computed on the first one's training output") func stacked() throws {
    let network = Sequential([
      BatchNormalization(name: "lower"), Tanh(), BatchNormalization(name: "upper"),
    ])
    var model = try Model(network, input: .features(1), scalar: .float64, seed: 1)
    // Population statistics far from the batch's show whether the lower layer ran in inference mode.
    try model.set("/sequence/lower.population_mean", to: [100])
    let input = try uniformInput([8, 1])
    let reference = NaiveNormalization(shape: [1], broadcastable: [false])
    let (mean, variance) = reference.moments(input.doubles)
    let lower = reference.normalized(
      input.doubles, means: mean, deviations: variance.map { ($0 + 1e-4).squareRoot() })
    let activated = try Tensor(lower, shape: [8, 1]).applying(.hyperbolicTangent)
    let (upperMean, upperVariance) = reference.moments(activated.doubles)
    let graph = try model.graph.trainingGraph()
    let pairs = try graph.updatePairs()
    #expect(pairs.map(\.brick) == ["/sequence/lower", "/sequence/lower", "/sequence/upper", "/sequence/upper"])
    let values = try Interpreter(graph, tensors: model.tensors).evaluate(
      pairs.map(\.minibatch), inputs: ["features": input])
    #expect(abs(values[0].doubles[0] - mean[0]) < 1e-12)
    #expect(abs(values[2].doubles[0] - upperMean[0]) < 1e-12)
    #expect(abs(values[3].doubles[0] - (upperVariance[0] + 1e-4).squareRoot()) < 1e-12)
  }

  @Test("NaN population statistics do not reach any output or pair of a training graph") func notANumber() throws {
    let network = BatchNormalizedMLP(
      activations: [.tanh, .rectifier], dimensions: [5, 7, 9], weightsInitialization: .uniform(width: 1))
    var model = try Model(network, input: .features(5), scalar: .float64, seed: 1)
    let input = try uniformInput([9, 5])
    let before = try model.training(input)
    for path in model.origins.keys {
      try model.set(path.spelling, to: [Double](repeating: .nan, count: model.tensor(path).shape.elementCount))
    }
    #expect(try model.training(input) == before)
    let graph = try model.graph.trainingGraph()
    let values = try Interpreter(graph, tensors: model.tensors).evaluate(
      graph.updatePairs().map(\.minibatch), inputs: ["features": input])
    #expect(values.allSatisfy { $0.doubles.allSatisfy(\.isFinite) })
    #expect(try model(input).doubles.contains { $0.isNaN })
  }
}
