import ComputationGraphs
import Names
import Tensors

extension ONNXOperators {
  /// Normalizations.
  static let normalizations: [String: ONNXOperator] = [
    "BatchNormalization": .direct(batchNormalization),
    "InstanceNormalization": .direct { node in
      try node.module(parameter: 1) { input in
        let epsilon = try node.number("epsilon") ?? 1e-5
        guard input.rank >= 3 else { throw node.malformed("\(input.type) has no spatial axes") }
        let normalized = try normalized(input, over: Array(2..<input.rank), epsilon: epsilon).output
        return [
          try normalized * node.onChannels(node.variable(1), rank: input.rank)
            + node.onChannels(node.variable(2), rank: input.rank)
        ]
      }
    },
    "LayerNormalization": .direct { node in
      node.ignoreAttributes("stash_type")
      return try node.module(parameter: 1) { input in
        let epsilon = try node.number("epsilon") ?? 1e-5
        let axis = try node.axis(node.integer("axis") ?? -1, rank: input.rank)
        let parts = try normalized(input, over: Array(axis..<input.rank), epsilon: epsilon)
        let scaled = try parts.output * node.variable(1)
        let output = node.has(2) ? try scaled + node.variable(2) : scaled
        return node.proto.output.count > 1 ? [output, parts.mean, try parts.deviation.applying(.reciprocal)] : [output]
      }
    },
    "RMSNormalization": .direct { node in
      node.ignoreAttributes("stash_type")
      return try node.module(parameter: 1) { input in
        let epsilon = try node.number("epsilon") ?? 1e-5
        let axis = try node.axis(node.integer("axis") ?? -1, rank: input.rank)
        let square = try input.applying(.square).reduced(.mean, over: Array(axis..<input.rank), keepingDimensions: true)
        return [try input / (square + epsilon).applying(.squareRoot) * node.variable(1)]
      }
    },
    "GroupNormalization": .direct(groupNormalization),
    "MeanVarianceNormalization": ONNXOperator { node in
      let input = try node.floating(0)
      let axes = try node.axes(node.integers("axes") ?? [0, 2, 3], rank: input.rank)
      let mean = try input.reduced(.mean, over: axes, keepingDimensions: true)
      let variance = try input.reduced(.variance, over: axes, keepingDimensions: true)
      return try node.output((input - mean) / (variance.applying(.squareRoot) + 1e-9))
    },
    "LpNormalization": ONNXOperator { node in
      let input = try node.floating(0)
      let axis = try node.axis(node.integer("axis") ?? -1, rank: input.rank)
      let norm: Variable
      switch try node.integer("p") ?? 2 {
      case 1: norm = try input.applying(.absolute).reduced(.sum, over: [axis], keepingDimensions: true)
      case 2:
        norm = try input.applying(.square).reduced(.sum, over: [axis], keepingDimensions: true).applying(.squareRoot)
      case let p: throw node.unsupported("the norm \(p)")
      }
      // Zeros stay zeros.
      let isZero = try norm.compared(with: node.builder.constant(0, input.type.scalar), by: .equal)
      return try node.output(input / (norm + isZero))
    },
    "LRN": ONNXOperator(localResponse),
  ]

  /// Records a batch normalization with constant statistics as a normalization of the graph.
  private static func batchNormalization(_ node: ONNXNode) throws -> [ONNXValue] {
    let input = try node.floating(0)
    node.ignoreAttributes("momentum")
    guard try node.integer("training_mode") ?? 0 == 0, node.proto.output.dropFirst().allSatisfy(\.isEmpty) else {
      throw node.unsupported(
        "training_mode 1, or several outputs (the model was exported in training mode; export it after model.eval())")
    }
    if node.operatorSet < 7, try node.integer("is_test") ?? 0 == 0 { throw node.unsupported("is_test 0") }
    node.ignoreAttributes("consumed_inputs")
    guard try node.integer("spatial") ?? 1 == 1 else { throw node.unsupported("spatial 0") }
    let names = ["scale", "B", "mean", "var"]
    let parts = try names.indices.map { try node.known($0 + 1, names[$0]) }
    let values = parts.map { $0.changed(to: $0.tensor) }
    // Exporters create ones and zeros for layers without a scale or a shift.
    let hasScale = parts[0].source != nil || parts[0].tensor.doubles.contains { $0 != 1 }
    let hasShift = parts[1].source != nil || parts[1].tensor.doubles.contains { $0 != 0 }
    let named = [2, 3, 0, 1].compactMap { parts[$0].source }.first { ModulePath.parameter($0) != nil }
    let epsilon = try node.number("epsilon") ?? 1e-5
    let brick = node.importer.brick(
      parameter: named ?? parts[2].source, node: node,
      owner: "BatchNormalization \(epsilon) \(node.proto.input.dropFirst().joined(separator: " "))")
    let output = try node.importer.assembly.normalize(
      input, axis: 1,
      by: ForeignNormalization(
        brick: brick, configuration: node.configuration, epsilon: epsilon, scale: hasScale ? values[0] : nil,
        shift: hasShift ? values[1] : nil, mean: values[2], variance: values[3]),
      in: node.builder)
    return try node.output(output)
  }

  private static func groupNormalization(_ node: ONNXNode) throws -> [ONNXValue] {
    node.ignoreAttributes("stash_type")
    return try node.module(parameter: 1) { input in
      let epsilon = try node.number("epsilon") ?? 1e-5
      guard let groups = try node.integer("num_groups"), groups > 0 else {
        throw node.malformed("num_groups is missing or below 1")
      }
      guard input.rank >= 3, let channels = input.shape[1].fixed, channels % groups == 0 else {
        throw node.malformed(
          "\(input.type) must have at least 3 axes, and a known number of channels that is divisible by \(groups)")
      }
      let shape = input.shape.map(Dimension.init)
      let grouped = try node.reshape(
        input, to: [shape[0], Dimension(groups), Dimension(channels / groups)] + shape[2...])
      var output = try normalized(grouped, over: Array(2..<grouped.rank), epsilon: epsilon).output
      let (scale, shift) = (try node.variable(1), try node.variable(2))
      if node.operatorSet < 21 {
        // Each group has one scale and one shift.
        output = try output * node.onChannels(scale, rank: grouped.rank) + node.onChannels(shift, rank: grouped.rank)
        return [try node.reshape(output, to: shape)]
      }
      return [
        try node.reshape(output, to: shape) * node.onChannels(scale, rank: input.rank)
          + node.onChannels(shift, rank: input.rank)
      ]
    }
  }

  /// The normalization (x − mean) / √(variance + ε) over some axes.
  private static func normalized(
    _ input: Variable, over axes: [Int], epsilon: Double
  ) throws -> (output: Variable, mean: Variable, deviation: Variable) {
    let mean = try input.reduced(.mean, over: axes, keepingDimensions: true)
    let variance = try input.reduced(.variance, over: axes, keepingDimensions: true)
    let deviation = try (variance + epsilon).applying(.squareRoot)
    return (try (input - mean) / deviation, mean, deviation)
  }

  /// The local response normalization x / (bias + alpha / size · Σ x²)^beta, with the sum over neighbouring channels.
  private static func localResponse(_ node: ONNXNode) throws -> [ONNXValue] {
    let input = try node.floating(0)
    guard let size = try node.integer("size"), (1...ONNXNode.mostParts).contains(size), input.rank >= 3,
      let channels = input.shape[1].fixed
    else { throw node.malformed("size is missing, or does not fit \(input.type)") }
    let (alpha, beta) = (try node.number("alpha") ?? 1e-4, try node.number("beta") ?? 0.75)
    let bias = try node.number("bias") ?? 1
    var (low, high) = ([Int](repeating: 0, count: input.rank), [Int](repeating: 0, count: input.rank))
    (low[1], high[1]) = ((size - 1) / 2, size - 1 - (size - 1) / 2)
    let squares = try node.padded(input.applying(.square), low: low, high: high, with: 0)
    let parts = try (0..<size).map { try squares.slicing(axis: 1, from: $0, count: channels) }
    let sum = try parts.dropFirst().reduce(parts[0]) { try $0 + $1 }
    let base = try sum * (alpha / Double(size)) + bias
    let power = try base.builder.record(.binary(.power), base, base.builder.constant(beta, base.type.scalar))
    return try node.output(input / power)
  }
}

extension ONNXNode {
  /// Records the application of the module that a parameter belongs to. If the name of
  /// the parameter does not contain a module, only the computation is recorded.
  func module(parameter position: Int, _ body: (Variable) throws -> [Variable]) throws -> [ONNXValue] {
    let input = try floating(0)
    let type = try value(0).type
    guard case .known(let parameter) = try value(position), parameter.source.flatMap(ModulePath.parameter) != nil else {
      return try body(input).map { .variable($0, type) }
    }
    let assembly = importer.assembly
    let brick = importer.brick(parameter: parameter.source, node: self)
    try assembly.declare(brick, type: Name(proto.opType), configuration: configuration)
    return try assembly.call(brick, type: Name(proto.opType), on: [input], in: builder) { try body(input) }
      .map { .variable($0, type) }
  }
}
