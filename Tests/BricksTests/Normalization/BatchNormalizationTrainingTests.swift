import Bricks
import Testing

@Suite struct BatchNormalizationTrainingTests {
  @Test(
    "training computes (x − mean)/sqrt(var + ε), then ·γ, then +β, for any population statistics",
    arguments: NormalizationCase.all)
  func training(_ normalization: NormalizationCase) throws {
    var model = try normalization.model()
    let input = try uniformInput([9] + normalization.shape)
    let reference = normalization.reference
    let (means, variances) = reference.moments(input.doubles)
    let deviations = variances.map { normalization.meanOnly ? 1 : ($0 + 1e-4).squareRoot() }
    let scale = normalization.hasScale ? try normalization.values(4) : nil
    let shift = normalization.learnsShift ? try normalization.values(5) : nil
    if let scale { try model.set("/batchnormalization.batch_norm_scale", to: scale) }
    if let shift { try model.set("/batchnormalization.batch_norm_shift", to: shift) }
    let expected = reference.normalized(
      input.doubles, means: means, deviations: deviations, scale: scale, shift: shift)
    let before = try model.training(input)
    #expect(before.distance(to: try Tensor(expected, shape: input.shape)) < 1e-12)

    let nothing = [Double](repeating: .nan, count: reference.statisticCount)
    try model.set("/batchnormalization.population_mean", to: nothing)
    if !normalization.meanOnly { try model.set("/batchnormalization.population_stdev", to: nothing) }
    #expect(try model.training(input) == before)

    let scoped = try Model([normalization.brick], scalar: .float64, seed: 1) { scope in
      let x = try scope.input(ModelInput(name: "x", shape: normalization.shape))
      return ["output": try scope.builder.inTraining { try scope.apply(normalization.brick, to: x) }]
    }
    #expect(try Interpreter(scoped.graph, tensors: model.tensors)(["x": input])["output"] == before)
  }

  @Test("single precision trains within 1e-3", arguments: NormalizationCase.patterns)
  func singlePrecision(_ normalization: NormalizationCase) throws {
    let input = try uniformInput([9] + normalization.shape)
    let double = try normalization.model().training(input)
    let single = try normalization.model(.float32).training(input.converted(to: .float32))
    #expect(single.type == .float32)
    #expect(single.distance(to: double) < 1e-5)
  }

  @Test("the original's 3×4 example: rows ±1.22473913 and 0, divisor 3.266001633") func golden() throws {
    let model = try Model(BatchNormalization(), input: .features(4), scalar: .float64, seed: 1)
    let input = try Tensor((0..<12).map(Double.init), shape: [3, 4])
    let graph = try model.graph.trainingGraph()
    let interpreter = try Interpreter(graph, tensors: model.tensors)
    let pairs = try graph.updatePairs()
    let values = try interpreter.evaluate(
      pairs.map(\.minibatch) + [graph.outputs[0].variable], inputs: ["features": input])
    #expect(values[0].doubles == [4, 5, 6, 7])
    #expect(values[1].doubles.allSatisfy { abs($0 - 3.266001633) < 1e-9 })
    let rows = [-1.22473913, 0, 1.22473913].flatMap { [Double](repeating: $0, count: 4) }
    expectClose(values[2].doubles, rows, absolute: 1e-8)
  }

  @Test("minibatch statistics have the population's broadcast pattern") func pattern() throws {
    let brick = BatchNormalization([5, 3, 2], broadcastable: [false, true, false])
    let model = try Model(brick, input: ModelInput(name: "x", shape: [5, 3, 2]), scalar: .float64, seed: 1)
    let graph = try model.graph.trainingGraph()
    for pair in try graph.updatePairs() {
      #expect(graph.variables[pair.minibatch].type == VariableType(.float64, [1, 5, 1, 2]))
      #expect(model.tensors[pair.population]?.shape == [5, 1, 2])
      #expect(graph.variables[pair.minibatch].roles.contains(refining: .batchNormalizationMinibatchEstimate))
    }
  }

  @Test("a batch of one or none is rejected in training mode, and only there", arguments: [0, 1])
  func smallBatches(_ count: Int) throws {
    let model = try Model(
      Sequential([Linear(3, 2), BatchNormalization()]), input: .features(3), scalar: .float64, seed: 1)
    let input = try uniformInput([count, 3])
    #expect(try model(input).shape == [count, 2])
    expectError(.tooFewObservations, mentioning: "/sequence/batchnormalization.apply", "at least 2", "has \(count)") {
      _ = try model.training(input)
    }
    let graph = try model.graph.trainingGraph()
    for pair in try graph.updatePairs() {
      expectError(.tooFewObservations, mentioning: "/sequence/batchnormalization.apply", "at least 2") {
        _ = try Interpreter(graph, tensors: model.tensors).evaluate([pair.minibatch], inputs: ["features": input])
      }
    }
  }

  @Test("one image has many observations per channel") func oneImage() throws {
    let brick = BatchNormalization(broadcastable: [false, true, true])
    let model = try Model(brick, input: .images(channels: 2, height: 3, width: 4), scalar: .float64, seed: 1)
    let input = try uniformInput([1, 2, 3, 4])
    let reference = NaiveNormalization(shape: [2, 3, 4], broadcastable: [false, true, true])
    let (means, variances) = reference.moments(input.doubles)
    let expected = reference.normalized(
      input.doubles, means: means, deviations: variances.map { ($0 + 1e-4).squareRoot() })
    #expect(try model.training(input).distance(to: Tensor(expected, shape: input.shape)) < 1e-12)
  }
}
