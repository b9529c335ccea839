import ComputationGraphs
import Names
import Tensors

/// The common settings of all kinds of convolutions.
struct KerasConvolutionSettings {
  let axes: Int
  let window: [Int]
  let stride: [Int]
  let dilation: [Int]
  let padding: String
  let isChannelsFirst: Bool
  let usesBias: Bool
  let activation: KerasActivation

  init(_ configuration: KerasConfiguration, axes: Int, allowsCausal: Bool = false) throws {
    self.axes = axes
    window = try configuration.extents("kernel_size", axes)
    stride = try configuration.extents("strides", axes, default: 1)
    dilation = try configuration.extents("dilation_rate", axes, default: 1)
    padding = try configuration.word(
      "padding", among: ["valid", "same"] + (allowsCausal ? ["causal"] : []), default: "valid")
    isChannelsFirst = try configuration.isChannelsFirst()
    usesBias = try configuration.boolean("use_bias", default: true)
    activation = try KerasActivation(configuration)
    try configuration.refuse("lora_rank", because: "merge the low-rank weights into the kernel first")
    try configuration.refuse("quantization_config", because: "save the model without quantization")
  }

  /// Returns a value as an image (batch, channels, spatial axes…), and the extents of the image.
  func image(of value: KerasValue, in scope: KerasScope) throws -> (variable: Variable, channels: Int, spatial: [Int]) {
    let variable = try isChannelsFirst ? value.inKerasOrder() : value.withChannelsInFront()
    let extents = variable.shape.dropFirst().compactMap(\.fixed)
    guard variable.rank == axes + 2 else {
      throw scope.problem("the layer needs an input of \(axes + 2) axes, not \(variable.type)")
    }
    guard extents.count == axes + 1 else {
      throw scope.problem(
        "the input \(variable.type) has unknown extents; save the model with a fixed shape of its input", .incomplete)
    }
    return (variable, extents[0], Array(extents.dropFirst()))
  }

  /// Adds the bias to an image, applies the activation, and returns the image as a value.
  func finish(_ image: Variable, filters: Int, in scope: KerasScope) throws -> [KerasValue] {
    var image = image
    if usesBias {
      var bias = try scope.weight("bias", shape: [filters])
      for axis in 1...axes { bias = try bias.expandingDimensions(at: axis) }
      image = try image + bias
    }
    return [try activation.applied(to: KerasValue(image, hasChannelsInFront: !isChannelsFirst))]
  }

  /// The numbers of zeros to put before and after each spatial axis.
  func margins(of spatial: [Int]) -> [(low: Int, high: Int)] {
    (0..<axes).map { axis in
      let window = (self.window[axis] - 1) * dilation[axis] + 1
      switch padding {
      case "same": return KerasPadding.same(spatial[axis], window: window, stride: stride[axis])
      case "causal": return (window - 1, 0)
      default: return (0, 0)
      }
    }
  }

  /// The conversion from a kernel, whose spatial axes come first, to filters, whose spatial axes come last. `permutation` gives the
  /// order of the other axes.
  func kernelConversion(permutation: [Int], _ description: String) -> KerasConversion {
    let spatial = Array(0..<axes)
    return KerasConversion(
      steps: [.transpose(permutation + spatial)] + (axes == 1 ? [.insert(axis: 2)] : []) + [
        .flip(axes == 1 ? [3] : [2, 3])
      ],
      description: description)
  }
}

/// The padding of Keras's mode "same".
enum KerasPadding {
  /// The numbers of elements before and after an axis, so that there is one window for each `stride` elements.
  static func same(_ extent: Int, window: Int, stride: Int) -> (low: Int, high: Int) {
    let count = extent / stride + (extent % stride == 0 ? 0 : 1)
    let total = max(0, (count - 1) * stride + window - extent)
    return (total / 2, total - total / 2)
  }
}

extension Variable {
  /// Convolves an image (batch, channels, height, width) with filters, with the given margins of zeros.
  func convolved(
    with filters: Variable, margins: [(low: Int, high: Int)], stride: [Int], dilation: [Int], groups: Int
  ) throws -> Variable {
    var image = self
    var padding: SpatialExtents = 0
    if margins.allSatisfy({ $0.low == $0.high }) {
      padding = SpatialExtents(margins[0].low, margins[1].low)
    } else {
      image = try image.padded(
        low: [0, 0] + margins.map(\.low), high: [0, 0] + margins.map(\.high), interior: [0, 0, 0, 0], with: 0)
    }
    return try image.convolved(
      with: filters,
      Convolution(
        padding: padding, stride: SpatialExtents(stride[0], stride[1]), groups: groups,
        dilation: SpatialExtents(dilation[0], dilation[1])))
  }

  /// Converts a sequence (batch, channels, width) to an image of one row.
  func asImageRow() throws -> Variable { try expandingDimensions(at: 2) }

  /// Converts an image of one row to a sequence.
  func asSequence() throws -> Variable {
    guard let channels = shape[1].fixed, let width = shape[3].fixed else { return self }
    return try reshaped(to: [channels, width])
  }
}

/// A convolution of sequences, images or volumes.
struct KerasConvolution: KerasOperation {
  let settings: KerasConvolutionSettings
  let filters: Int
  let groups: Int

  init(_ configuration: KerasConfiguration, axes: Int) throws {
    settings = try KerasConvolutionSettings(configuration, axes: axes, allowsCausal: axes == 1)
    filters = try configuration.count("filters")
    groups = try configuration.count("groups", default: 1)
  }

  var weights: [KerasWeight] {
    let conversion: KerasConversion
    let axes: [Name]
    switch settings.axes {
    case 1:
      conversion = settings.kernelConversion(
        permutation: [2, 1], "transposed (width, in, out) → (out, in, 1, width), flipped")
      axes = ["filter", "channel", "height", "width"]
    case 2:
      conversion = settings.kernelConversion(
        permutation: [3, 2], "transposed (height, width, in, out) → (out, in, height, width), flipped")
      axes = ["filter", "channel", "height", "width"]
    default:
      conversion = KerasConversion(
        steps: [.transpose([4, 3, 0, 1, 2]), .join(axis: 1, with: settings.window[0]), .flip([2, 3])],
        description: "transposed (depth, height, width, in, out) → (out, in · depth, height, width), flipped")
      axes = ["filter", "channel_and_depth", "height", "width"]
    }
    return [KerasWeight("kernel", as: "W", .filter, axes: axes, conversion)]
      + (settings.usesBias ? [.bias("filter")] : [])
  }

  func apply(_ inputs: KerasInputs, in scope: KerasScope) throws -> [KerasValue] {
    let (image, channels, spatial) = try settings.image(of: inputs.single(), in: scope)
    guard channels % groups == 0, filters % groups == 0 else {
      throw scope.problem("\(groups) groups do not divide \(channels) channels and \(filters) filters evenly")
    }
    let kernel = try scope.weight("kernel", shape: settings.window + [channels / groups, filters])
    let margins = settings.margins(of: spatial)
    let output: Variable
    switch settings.axes {
    case 1:
      output = try image.asImageRow().convolved(
        with: kernel, margins: [(0, 0)] + margins, stride: [1] + settings.stride, dilation: [1] + settings.dilation,
        groups: groups
      ).asSequence()
    case 2:
      output = try image.convolved(
        with: kernel, margins: margins, stride: settings.stride, dilation: settings.dilation, groups: groups)
    default: output = try volume(image, channels, spatial, kernel, margins, in: scope)
    }
    return try settings.finish(output, filters: filters, in: scope)
  }

  /// Computes a convolution of volumes slice by slice. For each slice of the result, the channels of all slices in the window become
  /// the channels of one image, and this image is convolved.
  private func volume(
    _ volume: Variable, _ channels: Int, _ spatial: [Int], _ kernel: Variable, _ margins: [(low: Int, high: Int)],
    in scope: KerasScope
  ) throws -> Variable {
    var volume = volume
    if margins[0] != (0, 0) {
      volume = try volume.padded(
        low: [0, 0, margins[0].low, 0, 0], high: [0, 0, margins[0].high, 0, 0], interior: [0, 0, 0, 0, 0], with: 0)
    }
    let (window, dilation) = (settings.window[0], settings.dilation[0])
    let depth = spatial[0] + margins[0].low + margins[0].high
    let span = (window - 1) * dilation + 1
    guard depth >= span else {
      throw scope.problem("the window of depth \(span) is larger than the input of depth \(depth)")
    }
    let count = (depth - span) / settings.stride[0] + 1
    guard count <= 4096 else { throw scope.problem("a result of \(count) slices is not supported", .unsupported) }
    var slices: [Variable] = []
    for index in 0..<count {
      let first = index * settings.stride[0]
      let parts = try (0..<window).map { try volume.slicing(axis: 2, from: first + $0 * dilation, count: 1) }
      let joined = try Variable.concatenating(parts, axis: 2)
        .reshaped(to: [channels * window, spatial[1], spatial[2]])
      slices.append(
        try joined.convolved(
          with: kernel, margins: Array(margins.dropFirst()), stride: Array(settings.stride.dropFirst()),
          dilation: Array(settings.dilation.dropFirst()), groups: groups))
    }
    return try Variable.stacking(slices, axis: 2)
  }
}
