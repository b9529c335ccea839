import Bricks
import Programs

/// The networks on which programs are tried.
enum Network: CaseIterable {
  case perceptron, images, recurrent, reversed

  static let all = Network.allCases

  /// The axis of the input and of the output that counts examples.
  var batchAxis: Int {
    switch self {
    case .perceptron, .images: 0
    case .recurrent, .reversed: 1
    }
  }

  /// The network with statistics that are neither 0 nor 1.
  func model() throws -> Model {
    let model = try untrained()
    var tensors = model.tensors
    for (path, tensor) in model.tensors where path.collection == .statistics || path.name.hasPrefix("batch_norm") {
      let isDivisor = path.name.hasSuffix("stdev") || path.name.hasSuffix("scale")
      tensors[path] = try Network.numbers(tensor.shape.dimensions, around: isDivisor ? 1 : 0)
    }
    return try Model(
      bricks: model.bricks, graph: model.graph, tensors: tensors, descriptions: model.descriptions,
      origins: model.origins)
  }

  private func untrained() throws -> Model {
    switch self {
    case .perceptron:
      return try Model(
        BatchNormalizedMLP(activations: [Tanh(), Logistic(), Softmax()], dimensions: [20, 33, 48, 10]),
        input: .features(20), seed: 1)
    case .images:
      let layers: [any Brick] = [
        Convolutional(filterSize: 3, filterCount: 20, borderMode: .half, name: "first"), SpatialBatchNormalization(),
        Rectifier(), MaxPooling(2), Convolutional(filterSize: 2, filterCount: 7, name: "second"), AveragePooling(2),
        Flattener(),
      ]
      return try Model(
        ConvolutionalSequence(layers, image: ImageShape(channelCount: 3, height: 9, width: 11)),
        input: .images(channels: 3, height: 9, width: 11), seed: 2)
    case .recurrent, .reversed:
      let brick = BatchNormalizedLSTM(12, timeSteps: 4)
      let both = Bidirectional(brick)
      return try Model([self == .reversed ? both : brick], seed: 3) { scope in
        let sequence = try scope.builder.input("sequence", VariableType(.float32, [6, "batch", 5]))
        return ["states": try self == .reversed ? scope.apply(both, to: sequence) : scope.apply(brick, to: sequence)]
      }
    }
  }

  /// Examples that differ from each other.
  func batch(of count: Int) throws -> Tensor {
    switch self {
    case .perceptron: try Network.numbers([count, 20], around: 0)
    case .images: try Network.numbers([count, 3, 9, 11], around: 0)
    case .recurrent, .reversed: try Network.numbers([6, count, 5], around: 0)
    }
  }

  func program(_ model: Model, for input: Tensor) throws -> Program? {
    try Program(
      model.graph, tensors: model.tensors, inputs: [VariableType(input)], wanted: model.graph.outputs.map(\.variable))
  }

  /// Numbers from `center` − 0.4 to `center` + 0.4, without a repeating pattern, so that a wrong order changes results.
  private static func numbers(_ dimensions: [Int], around center: Float) throws -> Tensor {
    let count = dimensions.reduce(1, *)
    return try Tensor(
      (0..<count).map { Float(($0 * 7919 + 31) % 1009) / 1261 - 0.4 + center }, shape: Shape(dimensions))
  }
}
