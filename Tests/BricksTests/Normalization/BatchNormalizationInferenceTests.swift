import Bricks
import Testing

@Suite struct BatchNormalizationInferenceTests {
  @Test("statistics have the input's shape with extent 1 on broadcast axes", arguments: NormalizationCase.all)
  func allocation(_ normalization: NormalizationCase) throws {
    let model = try normalization.model()
    var names = ["population_mean"]
    if !normalization.meanOnly { names.append("population_stdev") }
    if normalization.hasScale { names.append("batch_norm_scale") }
    if normalization.learnsShift { names.append("batch_norm_shift") }
    #expect(Set(model.tensors.keys.map(\.description)) == Set(names.map { "/batchnormalization.\($0)" }))
    for (path, tensor) in model.tensors {
      #expect(tensor.shape.dimensions == normalization.statisticShape, "\(path)")
      let isOne = path.name == "population_stdev" || path.name == "batch_norm_scale"
      #expect(Set(tensor.doubles) == [isOne ? 1 : 0], "\(path)")
    }
    #expect(model.statisticStates.values.allSatisfy { $0 == .neverEstimated })
  }

  @Test("statistics, scale and shift have their roles, and only the latter two are parameters")
  func roles() throws {
    let graph = try NormalizationCase.patterns[0].model().graph
    let roles = Dictionary(uniqueKeysWithValues: graph.savedTensors.map { ($0.path.name, $0.variable.roles) })
    #expect(
      roles == [
        "population_mean": [.populationMean], "population_stdev": [.populationStandardDeviation],
        "batch_norm_scale": [.batchNormalizationScale], "batch_norm_shift": [.batchNormalizationShift],
      ])
    #expect(graph.parameters.map(\.name) == ["batch_norm_scale", "batch_norm_shift"])
  }

  @Test("inference is the identity at first, then x − μ, (x − μ)/σ, ·γ, +β", arguments: NormalizationCase.all)
  func stages(_ normalization: NormalizationCase) throws {
    var model = try normalization.model()
    let input = try uniformInput([9] + normalization.shape)
    #expect(try model(input).doubles == input.doubles)

    let reference = normalization.reference
    let ones = [Double](repeating: 1, count: reference.statisticCount)
    let means = try normalization.values(2)
    var deviations = ones
    var scale = ones
    var shift: [Double]?
    func check(_ stage: String) throws {
      let expected = reference.normalized(
        input.doubles, means: means, deviations: deviations, scale: scale, shift: shift)
      let output = try model(input)
      #expect(output.distance(to: try Tensor(expected, shape: input.shape)) < 1e-13, "\(stage)")
    }
    try model.set("/batchnormalization.population_mean", to: means)
    try check("mean")
    if !normalization.meanOnly {
      deviations = try normalization.values(3)
      try model.set("/batchnormalization.population_stdev", to: deviations)
      try check("stdev")
    }
    if normalization.hasScale {
      scale = try normalization.values(4)
      try model.set("/batchnormalization.batch_norm_scale", to: scale)
      try check("scale")
    }
    if normalization.learnsShift {
      shift = try normalization.values(5)
      try model.set("/batchnormalization.batch_norm_shift", to: try #require(shift))
      try check("shift")
    }
  }

  @Test("no epsilon is added in inference") func epsilon() throws {
    let brick = BatchNormalization([1], epsilon: 100)
    var model = try Model(brick, input: .features(1), scalar: .float64, seed: 1)
    try model.set("/batchnormalization.population_stdev", to: [2])
    #expect(try model(Tensor([3.0], shape: [1, 1])).doubles == [1.5])
  }

  @Test("conserving memory divides the input, not conserving it divides the scale", arguments: [true, false])
  func conservesMemory(_ conserves: Bool) throws {
    let brick = BatchNormalization(conservesMemory: conserves)
    let graph = try Model(brick, input: .features(2), seed: 1).graph
    let division = try #require(graph.nodes.first { $0.operation == .binary(.divide) })
    #expect(graph.variables[division.inputs[0]].type.shape == (conserves ? ["batch", 2] : [1, 2]))
  }

  @Test("the mean in use is tagged offset, the deviation divisor, with brick and call") func tags() throws {
    let graph = try NormalizationCase.patterns[3].model().graph
    let call = try #require(graph.calls.first)
    #expect(call.brick == "/batchnormalization")
    #expect(call.brickType == "BatchNormalization")
    #expect(call.application == "apply")
    let normalization = try #require(call.normalization)
    #expect(!normalization.isTraining)
    #expect(normalization.axes == [0, 2, 3])
    #expect(normalization.epsilon == 1e-4)
    let offset = graph.variables[normalization.offset]
    #expect(offset.roles == [.batchNormalizationOffset])
    #expect(offset.brick == call.brick)
    #expect(offset.call == 0)
    #expect(offset.type == VariableType(.float64, [1, 9, 1, 1]))
    let divisor = graph.variables[try #require(normalization.divisor)]
    #expect(divisor.roles == [.batchNormalizationDivisor])
    #expect(divisor.brick == call.brick)
  }
}
