import Bricks
import Testing

@Suite struct BatchNormalizedMLPTests {
  private let network = BatchNormalizedMLP(activations: [.tanh, .tanh], dimensions: [5, 7, 9])

  @Test("each activation becomes a sequence of normalization and activation, and no linear map has a bias")
  func structure() throws {
    let model = try Model(network, input: .features(5), seed: 1)
    let node = try #require(model.bricks.first)
    #expect(node.type == "BatchNormalizedMLP")
    #expect(
      node.children.map(\.name) == ["linear_0", "linear_1", "batch_norm_activation_0", "batch_norm_activation_1"])
    #expect(node.children.map(\.type) == ["Linear", "Linear", "Sequence", "Sequence"])
    for sequence in node.children.suffix(2) {
      #expect(sequence.children.map(\.type) == ["BatchNormalization", "Tanh"])
    }
    #expect(model.tensors.keys.allSatisfy { $0.name != "b" })
    let path = try model.path("/mlp/batch_norm_activation_1/batchnormalization.population_stdev")
    #expect(try model.tensor(path).shape == [9])
    #expect(try model.graph.trainingGraph().updatePairs().count == 4)
  }

  @Test("biases exist if they are requested") func biases() throws {
    let network = BatchNormalizedMLP(activations: [.tanh], dimensions: [2, 3], usesBias: true)
    #expect(try Model(network, input: .features(2), seed: 1).graph.parameters.contains { $0.name == "b" })
  }

  @Test("conserving memory can be set later and reaches every normalization") func conservesMemory() {
    var network = network
    #expect(network.conservesMemory)
    network.conservesMemory = false
    let normalizations = network.children.flatMap(\.children).compactMap { $0 as? BatchNormalization }
    #expect(normalizations.map(\.conservesMemory) == [false, false])
  }

  @Test("switches, epsilon, time steps and broadcast axes reach every normalization") func normalization() {
    var network = network
    network.normalization = BatchNormalization(
      broadcastable: [true], epsilon: 0.5, timeSteps: 4, pastEnd: .strict, meanOnly: true, learnsScale: false,
      learnsShift: false)
    let normalizations = network.children.flatMap(\.children).compactMap { $0 as? BatchNormalization }
    #expect(normalizations.map(\.inputDimensions) == [[7], [9]])
    for normalization in normalizations {
      var expected = network.normalization
      expected.inputDimensions = normalization.inputDimensions
      #expect(normalization == expected)
    }
  }

  @Test("the switches decide which tensors exist, and time steps and broadcast axes decide their shapes")
  func allocation()
    throws
  {
    var network = network
    func shapes() throws -> [Name: [Int]] {
      let steps = network.normalization.timeSteps != nil
      let model = try Model(network, input: .features(5), withTimeStep: steps, seed: 1)
      let tensors = model.tensors.filter { $0.key.brick == "/mlp/batch_norm_activation_1/batchnormalization" }
      return Dictionary(uniqueKeysWithValues: tensors.map { ($0.key.name, $0.value.shape.dimensions) })
    }
    network.normalization.meanOnly = true
    #expect(try shapes() == ["population_mean": [9], "batch_norm_shift": [9]])
    network.normalization.learnsShift = false
    #expect(try shapes() == ["population_mean": [9]])
    network.normalization.meanOnly = false
    network.normalization.timeSteps = 4
    network.normalization.broadcastable = [true]
    #expect(
      try shapes() == ["population_mean": [4, 1], "population_stdev": [4, 1], "batch_norm_scale": [1]])
    network.normalization.learnsScale = false
    #expect(try shapes() == ["population_mean": [4, 1], "population_stdev": [4, 1]])
  }

  @Test("statistics stay if parameters are initialized again or graphs are made, and only a reset changes them")
  func statisticsStay() throws {
    var model = try Model(network, input: .features(5), seed: 1)
    for path in model.origins.keys {
      try model.set(path.spelling, to: [Double](repeating: 0.5, count: model.tensor(path).shape.elementCount))
    }
    let statistics = model.tensors.filter { $0.key.collection == .statistics }
    for (path, tensor) in try Model(network, input: .features(5), seed: 2).tensors where path.collection == .parameters
    {
      try model.set(path, to: tensor)
    }
    _ = try model.training(uniformInput([9, 5], type: .float32))
    #expect(model.tensors.filter { $0.key.collection == .statistics } == statistics)
    #expect(model.statisticStates.values.allSatisfy { $0 == .stale })
    try model.resetStatistics()
    #expect(model.statisticStates.values.allSatisfy { $0 == .neverEstimated })
    #expect(try model.tensors == Model(network, input: .features(5), seed: 2).tensors)
  }

  @Test("without an activation, only the normalization remains") func absentActivation() throws {
    let network = BatchNormalizedMLP(activations: [.tanh, nil], dimensions: [5, 7, 9])
    let model = try Model(network, input: .features(5), seed: 1)
    #expect(model.bricks[0].children.last?.children.map(\.type) == ["BatchNormalization"])
    #expect(try model.graph.trainingGraph().updatePairs().count == 4)
  }

  @Test(
    "there must be one dimension more than activations, and all must be positive",
    arguments: [[5], [5, 7], [5, 7, 9, 1], [5, 0, 9]])
  func dimensions(_ dimensions: [Int]) {
    let network = BatchNormalizedMLP(activations: [.tanh, .tanh], dimensions: dimensions)
    expectError(.invalidConfiguration, mentioning: "/mlp", "2 activations", "\(dimensions)") {
      _ = try Model(network, input: .features(5), seed: 1)
    }
  }

  @Test("an input of another width is refused, naming the linear map") func width() {
    expectError(.invalidConfiguration, mentioning: "/mlp/linear_0", "width 5", "batch×6") {
      _ = try Model(network, input: .features(6), seed: 1)
    }
  }
}
