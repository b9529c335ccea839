import Bricks
import Testing

/// The multi-layer perceptrons of fixtures/original/mlp give the original's numbers.
@Suite struct OriginalMLPTests {
  private static let cases = (try? OriginalCase.all.get()) ?? []

  @Test("all 27 cases are there") func count() throws {
    let cases = try OriginalCase.all.get()
    #expect(cases.count == 27)
  }

  @Test("inference gives the original's outputs", arguments: cases, [ScalarType.float64, .float32])
  func inference(_ original: OriginalCase, _ scalar: ScalarType) throws {
    let model = try original.model(scalar)
    let output = try model(original.input(scalar))
    let expected = try original.array("y_inference")
    #expect(output.distance(to: expected) <= original.tolerance("y_inference", scalar))
  }

  @Test(
    "training mode, by scope and by transform, gives the original's outputs and the right update pairs",
    arguments: cases.filter { !$0.updates.isEmpty }, [ScalarType.float64, .float32])
  func training(_ original: OriginalCase, _ scalar: ScalarType) throws {
    let model = try original.model(scalar)
    let scoped = try original.model(scalar, inTraining: true)
    for graph in [scoped.graph, try model.graph.trainingGraph()] {
      let modes = Set(graph.calls.compactMap(\.normalization).map(\.isTraining))
      #expect(modes == [true])
      let interpreter = try Interpreter(graph, tensors: model.tensors)
      let input: [Name: Tensor] = ["features": try original.input(scalar)]
      let output = try #require(try interpreter(input)["output"])
      let reference = try original.array("y_training")
      #expect(output.distance(to: reference) <= original.tolerance("y_training", scalar))

      let pairs = try graph.updatePairs()
      #expect(Set(pairs.map(\.population.spelling)) == Set(original.updates.keys))
      #expect(pairs.count == original.updates.count)
      let values = try interpreter.evaluate(pairs.map(\.minibatch), inputs: input)
      for (pair, value) in zip(pairs, values) {
        let expected = try #require(original.updates[pair.population.spelling])
        #expect(value.distance(to: expected) <= original.tolerance("updates", scalar), "\(pair.population)")
      }
    }
  }

  @Test(
    "with its normalizations folded gives the original's outputs", arguments: cases, [ScalarType.float64, .float32])
  func folded(_ original: OriginalCase, _ scalar: ScalarType) throws {
    let folded = try original.model(scalar).foldingNormalizations(allowingPrior: true)
    #expect(folded.refusals == [])
    #expect(folded.folds.count == original.expectedPopulation.keys.count { $0.hasSuffix(".population_mean") })
    #expect(folded.model.graph.allCalls.allSatisfy { $0.normalization == nil })
    let expected = try original.array("y_inference")
    #expect(
      try folded.model(original.input(scalar)).distance(to: expected)
        <= max(original.tolerance("y_inference", scalar), scalar == .float64 ? 0 : 1e-5))
  }

  @Test("parameters and statistics have the original's paths and shapes", arguments: cases)
  func paths(_ original: OriginalCase) throws {
    let model = try original.model(.float64)
    let shapes = Dictionary(
      uniqueKeysWithValues: model.tensors.map { ($0.key.description, $0.value.shape.dimensions) })
    var expected = original.configuration.parameters
    for (path, tensor) in original.expectedPopulation { expected[path.text] = tensor.shape.dimensions }
    #expect(shapes == expected)
    #expect(Set(model.graph.parameters.map(\.description)) == Set(original.configuration.parameters.keys))
  }
}

extension OriginalCase {
  /// The population statistics that exist here: normalizations by the mean only have no standard deviation.
  var expectedPopulation: [Name: Tensor] {
    let meanOnly = configuration.model.contains { $0.meanOnly == true }
    return population.filter { !meanOnly || !$0.key.hasSuffix(".population_stdev") }
  }

  func array(_ name: Name) throws -> Tensor { try #require(arrays[name]) }

  func input(_ scalar: ScalarType) throws -> Tensor { try array("x").converted(to: scalar) }

  func tolerance(_ output: Name, _ scalar: ScalarType) -> Double {
    scalar == .float64 ? 1e-10 : 1e-6 + 100 * (sensitivity[output.text] ?? 0)
  }

  /// The model with the case's values.
  func model(_ scalar: ScalarType, inTraining: Bool = false) throws -> Model {
    let bricks = try bricks()
    let width = try #require(configuration.model.first?.dims.first)
    func record(_ scope: inout Scope) throws -> NamedVariables {
      let features = try scope.input(.features(width))
      return ["output": try bricks.reduce(features) { try scope.apply($1, to: $0) }]
    }
    var model = try Model(bricks, scalar: scalar, seed: 1) { scope in
      inTraining ? try scope.builder.inTraining { try record(&scope) } : try record(&scope)
    }
    for (path, value) in parameters { try model.set(model.path(path), to: value.converted(to: scalar)) }
    for (path, value) in expectedPopulation {
      try model.setStatistic(
        model.path(path), to: value.converted(to: scalar),
        origin: StatisticOrigin(
          epsilon: 1e-4, observationCounts: [1], estimator: "pooled", records: 1, parametersDigest: nil))
    }
    return model
  }
}
