import Bricks
import Testing

/// A brick as a case's configuration describes it, in the words of Blocks.
final class BrickDescription: Decodable, Sendable {
  enum Border: Decodable, Sendable {
    case named(String)
    case explicit([Int])

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      self = try (try? .named(container.decode(String.self))) ?? .explicit(container.decode([Int].self))
    }
  }

  let brick: String
  let name: String
  let bricks: [BrickDescription]?
  // Layers.
  let activations: [String?]?
  let dims: [Int]?
  let inputDim: Int?
  let outputDim: Int?
  let useBias: Bool?
  let leak: Double?
  // Normalizations.
  let inputDims: [Int?]?
  let broadcastable: [Bool]?
  let conserveMemory: Bool?
  let epsilon: Double?
  let nIter: Int?
  let pastEnd: String?
  let meanOnly: Bool?
  let learnScale: Bool?
  let learnShift: Bool?
  // Bricks on images.
  let filterSize: [Int]?
  let numFilters: Int?
  let step: [Int]?
  let borderMode: Border?
  let groups: Int?
  let tiedBiases: Bool?
  let poolingSize: [Int]?
  let padding: [Int]?
  let ignoreBorder: Bool?
  let includePadding: Bool?
  let image: [Int]?
  // Recurrent bricks and loops.
  let dim: Int?
  let activation: String?
  let gateActivation: String?
  let peepholes: Bool?
  let inputStatistics: String?
  let reverse: Bool?
  let n: Int?
  let steps: [Int]?

  /// The brick.
  ///
  /// - Throws: `UnknownName`, and if the configuration lacks something.
  func built() throws -> any Brick {
    switch brick {
    case "Linear":
      return Linear(inputDim, try #require(outputDim), usesBias: try #require(useBias as Bool?), name: name)
    case "Bias": return Bias(inputDim, name: name)
    case "LeakyRectifier": return LeakyRectifier(leak: leak ?? 0.01, name: name)
    case "LogSoftmax": return LogSoftmax()
    case "Sequence": return Sequential(try builtBricks(), name: name)
    case "MLP":
      return MLP(
        activations: try builtActivations(), dimensions: try #require(dims), usesBias: try #require(useBias as Bool?),
        name: name
      )
    case "BatchNormalizedMLP":
      return BatchNormalizedMLP(
        activations: try builtActivations(), dimensions: try #require(dims), usesBias: try #require(useBias as Bool?),
        normalization: try first.normalization(), name: name)
    case "BatchNormalization": return try normalization()
    case "SpatialBatchNormalization":
      return SpatialBatchNormalization(normalization: try normalization(), name: name)
    case "Convolutional", "MaxPooling", "AveragePooling", "Flattener", "ConvolutionalSequence":
      return try builtOnImages()
    case "Bidirectional", "SimpleRecurrent", "LSTM", "GatedRecurrent", "BatchNormalizedLSTM":
      return try builtOverTime()
    case "Loop":
      let bricks = try builtBricks()
      return Loop(
        name: name, transition: AnyBrick(bricks[0]), readout: AnyBrick(bricks[1]),
        isReversed: try #require(reverse as Bool?))
    case "Refinement":
      return Refinement(name: name, inner: AnyBrick(try first.built()), stepCount: try #require(n))
    case "Repeated": return Repeated(name: name, inner: AnyBrick(try first.built()), steps: try #require(steps))
    default: return try namedActivation(brick)
    }
  }

  var first: BrickDescription { get throws { try #require(bricks?.first) } }

  func builtBricks() throws -> [any Brick] { try #require(bricks).map { try $0.built() } }

  private func builtActivations() throws -> [(any Brick)?] {
    try #require(activations).map { try $0.map(namedActivation) }
  }

  func normalization() throws -> BatchNormalization {
    var normalization = BatchNormalization(
      broadcastable: broadcastable, conservesMemory: try #require(conserveMemory as Bool?),
      epsilon: try #require(epsilon),
      timeSteps: nIter, pastEnd: pastEnd == "strict" ? .strict : .clampToLast,
      meanOnly: try #require(meanOnly as Bool?),
      learnsScale: try #require(learnScale as Bool?), learnsShift: try #require(learnShift as Bool?), name: name)
    normalization.inputDimensions = inputDims
    return normalization
  }
}

extension BrickDescription {
  private func builtOnImages() throws -> any Brick {
    switch brick {
    case "Convolutional":
      return Convolutional(
        filterSize: try extents(filterSize), filterCount: try #require(numFilters), step: try extents(step),
        borderMode: try #require(try builtBorderMode()), groups: try #require(groups),
        usesBias: try #require(useBias as Bool?),
        tiesBiases: try #require(tiedBiases as Bool?), name: name)
    case "MaxPooling":
      return MaxPooling(
        try extents(poolingSize), step: try step.map(extents), padding: try extents(padding),
        ignoresBorder: try #require(ignoreBorder as Bool?), name: name)
    case "AveragePooling":
      return AveragePooling(
        try extents(poolingSize), step: try step.map(extents), padding: try extents(padding),
        ignoresBorder: try #require(ignoreBorder as Bool?), includesPadding: try #require(includePadding as Bool?),
        name: name)
    case "ConvolutionalSequence":
      let shape = image.map { ImageShape(channelCount: $0[0], height: $0[1], width: $0[2]) }
      return ConvolutionalSequence(
        try builtBricks(), image: shape ?? ImageShape(), borderMode: try builtBorderMode(), tiesBiases: tiedBiases,
        usesBias: useBias, name: name)
    default: return Flattener(name: name)
    }
  }

  private func extents(_ numbers: [Int]?) throws -> SpatialExtents {
    let numbers = try #require(numbers)
    return SpatialExtents(numbers[0], numbers[1])
  }

  private func builtBorderMode() throws -> BorderMode? {
    switch borderMode {
    case nil: return nil
    case .explicit(let padding): return .explicit(padding: try extents(padding))
    case .named("valid"): return .valid
    case .named("full"): return .full
    case .named("half"): return .half
    case .named(let name): throw UnknownName(name: name)
    }
  }

  private func builtOverTime() throws -> any Brick {
    if brick == "Bidirectional" { return Bidirectional(try first.recurrent(), name: name) }
    return try recurrent()
  }

  /// The recurrent brick for one direction.
  func recurrent() throws -> any Recurrent {
    let (width, activation) = (try #require(dim), try namedActivation(#require(activation)))
    let gates = try namedActivation(#require(gateActivation))
    switch brick {
    case "SimpleRecurrent": return SimpleRecurrent(width, activation: activation, name: name)
    case "LSTM":
      return LSTM(
        width, activation: activation, gateActivation: gates, hasPeepholes: try #require(peepholes as Bool?), name: name
      )
    case "GatedRecurrent": return GatedRecurrent(width, activation: activation, gateActivation: gates, name: name)
    case "BatchNormalizedLSTM":
      let normalization = try first.normalization()
      var brick = BatchNormalizedLSTM(
        width, timeSteps: try #require(normalization.timeSteps), activation: activation, gateActivation: gates,
        name: name)
      brick.normalization = normalization
      brick.inputStatistics = try #require(inputStatistics.flatMap(BatchNormalizedLSTM.InputStatistics.init))
      return brick
    default: throw UnknownName(name: brick)
    }
  }
}
