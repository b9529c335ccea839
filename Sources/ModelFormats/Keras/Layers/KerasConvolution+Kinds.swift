import ComputationGraphs
import Names
import Tensors

/// A convolution in which each channel has its own filters.
struct KerasDepthwiseConvolution: KerasOperation {
  let settings: KerasConvolutionSettings
  let multiplier: Int

  init(_ configuration: KerasConfiguration, axes: Int) throws {
    settings = try KerasConvolutionSettings(configuration, axes: axes)
    multiplier = try configuration.count("depth_multiplier", default: 1)
  }

  /// In Keras 3, the kernel of a separable convolution is `depthwise_kernel`, and the kernel of a depthwise convolution is
  /// `kernel`.
  static func weight(
    _ name: Name, as tensor: Name, _ settings: KerasConvolutionSettings, multiplier: Int
  ) -> KerasWeight {
    let axes = settings.axes
    return KerasWeight(
      name, as: tensor, .filter, axes: ["filter", "channel", "height", "width"],
      KerasConversion(
        steps: [.transpose([axes, axes + 1] + Array(0..<axes)), .join(axis: 0, with: multiplier), .insert(axis: 1)]
          + (axes == 1 ? [.insert(axis: 2), .flip([3])] : [.flip([2, 3])]),
        description: "transposed (…, channel, multiplier) → (channel · multiplier, 1, …), flipped"))
  }

  var weights: [KerasWeight] {
    [Self.weight("kernel", as: "W", settings, multiplier: multiplier)] + (settings.usesBias ? [.bias("filter")] : [])
  }

  func apply(_ inputs: KerasInputs, in scope: KerasScope) throws -> [KerasValue] {
    let (image, channels, spatial) = try settings.image(of: inputs.single(), in: scope)
    let output = try Self.convolve(
      image, channels, spatial, scope.weight("kernel", shape: settings.window + [channels, multiplier]), settings)
    return try settings.finish(output, filters: channels * multiplier, in: scope)
  }

  static func convolve(
    _ image: Variable, _ channels: Int, _ spatial: [Int], _ kernel: Variable, _ settings: KerasConvolutionSettings
  ) throws -> Variable {
    let margins = settings.margins(of: spatial)
    guard settings.axes == 1 else {
      return try image.convolved(
        with: kernel, margins: margins, stride: settings.stride, dilation: settings.dilation, groups: channels)
    }
    return try image.asImageRow().convolved(
      with: kernel, margins: [(0, 0)] + margins, stride: [1] + settings.stride, dilation: [1] + settings.dilation,
      groups: channels
    ).asSequence()
  }
}

/// A depthwise convolution, followed by a convolution that mixes the channels of each pixel.
struct KerasSeparableConvolution: KerasOperation {
  let settings: KerasConvolutionSettings
  let filters: Int
  let multiplier: Int

  init(_ configuration: KerasConfiguration, axes: Int) throws {
    settings = try KerasConvolutionSettings(configuration, axes: axes)
    filters = try configuration.count("filters")
    multiplier = try configuration.count("depth_multiplier", default: 1)
  }

  var weights: [KerasWeight] {
    [
      KerasDepthwiseConvolution.weight(
        "depthwise_kernel", as: "W_depthwise", settings, multiplier: multiplier),
      KerasWeight(
        "pointwise_kernel", as: "W", .filter, axes: ["filter", "channel", "height", "width"],
        settings.kernelConversion(
          permutation: [settings.axes + 1, settings.axes], "transposed (…, in, out) → (out, in, …), flipped")),
    ] + (settings.usesBias ? [.bias("filter")] : [])
  }

  func apply(_ inputs: KerasInputs, in scope: KerasScope) throws -> [KerasValue] {
    let (image, channels, spatial) = try settings.image(of: inputs.single(), in: scope)
    let depthwise = try scope.weight("depthwise_kernel", shape: settings.window + [channels, multiplier])
    let between = try KerasDepthwiseConvolution.convolve(image, channels, spatial, depthwise, settings)
    let ones = [Int](repeating: 1, count: settings.axes)
    let pointwise = try scope.weight("pointwise_kernel", shape: ones + [channels * multiplier, filters])
    let output =
      try settings.axes == 1
      ? between.asImageRow().convolved(with: pointwise).asSequence() : between.convolved(with: pointwise)
    return try settings.finish(output, filters: filters, in: scope)
  }
}

/// A transposed convolution: each element of the input adds the filters, scaled by the element, to the output.
///
/// It is computed as a convolution of the input with zeros between its elements. The graph's convolution flips the filters, so Keras's
/// filters are used unchanged.
struct KerasTransposedConvolution: KerasOperation {
  let settings: KerasConvolutionSettings
  let filters: Int
  let outputPadding: [Int]?

  init(_ configuration: KerasConfiguration, axes: Int) throws {
    settings = try KerasConvolutionSettings(configuration, axes: axes)
    filters = try configuration.count("filters")
    outputPadding =
      configuration["output_padding"] == nil ? nil : try configuration.extents("output_padding", axes, minimum: 0)
    guard try configuration.integer("groups", default: 1) == 1 else {
      throw configuration.problem("groups of a transposed convolution are not supported", .unsupported)
    }
  }

  var weights: [KerasWeight] {
    let spatial = Array(0..<settings.axes)
    return [
      KerasWeight(
        "kernel", as: "W", .filter, axes: ["filter", "channel", "height", "width"],
        KerasConversion(
          steps: [.transpose([settings.axes, settings.axes + 1] + spatial)]
            + (settings.axes == 1 ? [.insert(axis: 2)] : []),
          description: "transposed (…, out, in) → (out, in, …)"))
    ] + (settings.usesBias ? [.bias("filter")] : [])
  }

  func apply(_ inputs: KerasInputs, in scope: KerasScope) throws -> [KerasValue] {
    let (image, channels, _) = try settings.image(of: inputs.single(), in: scope)
    let kernel = try scope.weight("kernel", shape: settings.window + [filters, channels])
    let margins = (0..<settings.axes).map(margins)
    guard margins.allSatisfy({ $0.low >= 0 && $0.high >= 0 }) else {
      throw scope.problem("the output would be smaller than the image; this is not supported", .unsupported)
    }
    let isRow = settings.axes == 1
    let padded = try (isRow ? image.asImageRow() : image).padded(
      low: (isRow ? [0, 0, 0] : [0, 0]) + margins.map(\.low),
      high: (isRow ? [0, 0, 0] : [0, 0]) + margins.map(\.high),
      interior: (isRow ? [0, 0, 0] : [0, 0]) + settings.stride.map { $0 - 1 }, with: 0)
    let dilation = isRow ? [1] + settings.dilation : settings.dilation
    let output = try padded.convolved(
      with: kernel, Convolution(dilation: SpatialExtents(dilation[0], dilation[1])))
    return try settings.finish(isRow ? output.asSequence() : output, filters: filters, in: scope)
  }

  /// The numbers of zeros before and after an axis. With these zeros, the result has the same extent as in Keras.
  private func margins(_ axis: Int) -> (low: Int, high: Int) {
    let window = (settings.window[axis] - 1) * settings.dilation[axis] + 1
    let stride = settings.stride[axis]
    if settings.padding == "valid" {
      return (window - 1, window - 1 + (outputPadding?[axis] ?? max(window, stride) - window))
    }
    let total = outputPadding.map { window + window % 2 - 2 + $0[axis] } ?? (stride + window - 2)
    let low = min(total / 2 + total % 2, window - 1)
    return (low, total - low)
  }
}
