import Bricks
import Foundation
import Testing

@Suite struct ConvolutionalSequenceTests {
  /// Upstream's network: convolution, normalization by channel, average pool, normalization by element, max pool.
  private func network(normalized: Bool) -> ConvolutionalSequence {
    let layers: [(any Brick)?] = [
      Convolutional(filterSize: 3, filterCount: 4),
      normalized ? BatchNormalization(broadcastable: [false, true, true], name: "norm_0") : nil, AveragePooling(2),
      normalized ? BatchNormalization(broadcastable: [false, false, false], name: "norm_1") : nil,
      MaxPooling(2, step: 1),
    ]
    return ConvolutionalSequence(
      layers.compactMap { $0 }, image: ImageShape(channelCount: 9, height: 10, width: 8),
      weightsInitialization: .constant(1), biasesInitialization: .constant(2), name: "net")
  }

  @Test(
    "with fresh statistics it is exactly the network without; with a stdev of 3, exactly a third",
    arguments: [ScalarType.float32, .float64])
  func upstream(_ scalar: ScalarType) throws {
    let images = ModelInput.images(channels: 9, height: 10, width: 8)
    var model = try Model(network(normalized: true), input: images, scalar: scalar, seed: 1)
    let plain = try Model(network(normalized: false), input: images, scalar: scalar, seed: 1)
    let input = try uniformInput([2, 9, 10, 8], type: scalar)
    let expected = try plain(input)
    #expect(expected.shape == [2, 4, 3, 2])
    #expect(try model(input) == expected)
    try model.set("/net/norm_1.population_stdev", to: [Double](repeating: 3, count: 4 * 4 * 3))
    let three = try Tensor(repeating: 3, shape: [], type: scalar)
    #expect(try model(input) == expected.combined(with: three, by: .divide))
    #expect(try model.graph.trainingGraph().updatePairs().count == 4)
  }

  @Test("image size and channels go through every layer, border mode and biases to every convolution") func pushing() {
    let layers: [any Brick] = [
      Convolutional(filterSize: 3, filterCount: 4, usesBias: false, name: "a"), BatchNormalization(), Rectifier(),
      MaxPooling(2), SpatialBatchNormalization(), Convolutional(filterSize: 2, filterCount: 5, step: 2, name: "b"),
      Rectifier(),
    ]
    var sequence = ConvolutionalSequence(
      layers, image: ImageShape(channelCount: 3, height: 9, width: 8), borderMode: .half, tiesBiases: false)
    #expect(sequence.outputShape == ImageShape(channelCount: 5, height: 3, width: 3))
    let children = sequence.children
    let first = children[0] as? Convolutional
    #expect(first?.image == sequence.image && first?.borderMode == .half && first?.tiesBiases == false)
    #expect(first?.usesBias == false)
    #expect((children[1] as? BatchNormalization)?.inputDimensions == [4, 9, 8])
    #expect((children[4] as? SpatialBatchNormalization)?.normalization.inputDimensions == [4, 4, 4])
    #expect((children[5] as? Convolutional)?.image == ImageShape(channelCount: 4, height: 4, width: 4))

    sequence.options = ConvolutionOptions(usesBias: true)
    #expect((sequence.children[0] as? Convolutional)?.usesBias == true)
    #expect((sequence.children[0] as? Convolutional)?.borderMode == .valid)
    sequence.image = ImageShape(channelCount: 3)
    #expect(sequence.outputShape == ImageShape(channelCount: 5))
    #expect((sequence.children[1] as? BatchNormalization)?.inputDimensions == [4, nil, nil])
    // An image that no window fits leaves the size open; building the graph says why.
    sequence.image = ImageShape(channelCount: 3, height: 2, width: 2)
    #expect(sequence.outputShape == ImageShape(channelCount: 5))
    #expect(ConvolutionalSequence([Rectifier()], image: sequence.image).outputShape == sequence.image)
  }

  @Test("a nested sequence gets shapes and options, too, and layers after a flattener do not") func nesting() throws {
    let inner = ConvolutionalSequence([Convolutional(filterSize: 3, filterCount: 4)], borderMode: .full, name: "inner")
    let outer = ConvolutionalSequence(
      [inner, MaxPooling(2), Flattener(), BatchNormalization()],
      image: ImageShape(channelCount: 2, height: 5, width: 5), borderMode: .half, usesBias: false)
    let told = try #require(outer.children[0] as? ConvolutionalSequence)
    #expect(told.image == outer.image && told.options.borderMode == .half && told.options.usesBias == false)
    #expect((told.children[0] as? Convolutional)?.borderMode == .half)
    #expect((outer.children[3] as? BatchNormalization)?.inputDimensions == nil)
    #expect(outer.outputShape == ImageShape(channelCount: 4, height: 2, width: 2))
    let model = try Model(outer, input: .images(channels: 2, height: 5, width: 5), seed: 1)
    #expect(model.graph.variables[model.graph.outputs[0].variable].type.shape == ["batch", 16])
    expectError(.invalidConfiguration, mentioning: "/convolutionalsequence", "batch×2×5×5") {
      _ = try Model(outer, input: .images(channels: 2, height: 6, width: 5), seed: 1)
    }
  }

  // MARK: Against PyTorch

  struct Numbers: Decodable {
    let shape: [Int]
    let values: [String]
    func tensor(_ type: ScalarType) throws -> Tensor {
      try Tensor(values.map { try #require(Double($0)) }, shape: Shape(checking: shape)).converted(to: type)
    }
  }
  struct Case: Decodable {
    let type: ScalarType
    let groups: Int
    let images: Numbers
    let tensors: [String: Numbers]
    let inference: Numbers
    let training: Numbers
    let pairs: [String: Numbers]

    var brick: ConvolutionalSequence {
      ConvolutionalSequence(
        [
          Convolutional(filterSize: 3, filterCount: 4, groups: groups, name: "conv_0"),
          SpatialBatchNormalization(name: "norm_0"), Rectifier(), MaxPooling(2),
          Convolutional(filterSize: 2, filterCount: 6, groups: groups, tiesBiases: false, name: "conv_1"),
          BatchNormalization(broadcastable: [false, true, true], name: "norm_1"), Flattener(),
        ], borderMode: .half, name: "net")
    }
  }

  @Test("both modes and the pairs agree with PyTorch") func fixtureCases() throws {
    let file = Repository.fixture("convolutional_sequence.json", of: "BricksTests")
    let cases = try JSONDecoder().decode([Case].self, from: bytes(file))
    #expect(cases.count == 4)
    for fixture in cases {
      let tolerance = fixture.type == .float64 ? 1e-12 : 1e-6
      let images = ModelInput.images(channels: 2, height: 9, width: 8)
      var model = try Model(fixture.brick, input: images, scalar: fixture.type, seed: 1)
      #expect(fixture.tensors.count == model.tensors.count)
      for (path, numbers) in fixture.tensors { try model.set(Name(path), to: numbers.tensor(.float64).doubles) }
      let input = try fixture.images.tensor(fixture.type)
      #expect(try model(input).distance(to: fixture.inference.tensor(.float64)) < tolerance)
      #expect(try model.training(input).distance(to: fixture.training.tensor(.float64)) < tolerance)
      let graph = try model.graph.trainingGraph()
      let pairs = try graph.updatePairs()
      let values = try Interpreter(graph, tensors: model.tensors)
        .evaluate(pairs.map(\.minibatch), inputs: ["images": input])
      #expect(pairs.count == fixture.pairs.count)
      for (pair, value) in zip(pairs, values) {
        let expected = try #require(fixture.pairs[pair.population.description])
        #expect(try value.distance(to: expected.tensor(.float64)) < tolerance)
      }
    }
  }
}
