import ComputationGraphs
import Names
import Tensors

/// A layer that takes the maximum or the mean of every window of sequences, images or volumes.
struct KerasPooling: KerasOperation {
  let axes: Int
  let summary: Pooling.Summary
  let window: [Int]
  let stride: [Int]
  let isSame: Bool
  let isChannelsFirst: Bool

  init(_ configuration: KerasConfiguration, axes: Int, _ summary: Pooling.Summary) throws {
    self.axes = axes
    self.summary = summary
    window = try configuration.extents("pool_size", axes, default: 2)
    stride = configuration["strides"] == nil ? window : try configuration.extents("strides", axes)
    isSame = try configuration.word("padding", among: ["valid", "same"], default: "valid") == "same"
    isChannelsFirst = try configuration.isChannelsFirst()
  }

  func apply(_ inputs: KerasInputs, in scope: KerasScope) throws -> [KerasValue] {
    let value = try inputs.single()
    let image = try isChannelsFirst ? value.inKerasOrder() : value.withChannelsInFront()
    let extents = image.shape.dropFirst().compactMap(\.fixed)
    guard image.rank == axes + 2, extents.count == axes + 1 else {
      throw scope.problem(
        "the input \(image.type) does not have \(axes + 2) axes with known extents; save the model with a fixed "
          + "shape of its input",
        .incomplete)
    }
    let output: Variable
    switch axes {
    case 1: output = try pooled(image.asImageRow(), [nil, 0], in: scope).asSequence()
    case 2: output = try pooled(image, [0, 1], in: scope)
    default:
      // Volumes are pooled in two steps: first each slice as an image, and then along the depth, with each slice as one row.
      let slices = try pooled(
        image.reshaped(to: [extents[0] * extents[1], extents[2], extents[3]]), [1, 2], in: scope)
      let size = slices.shape.suffix(2).compactMap(\.fixed)
      let columns = try pooled(
        slices.reshaped(to: [extents[0], extents[1], size[0] * size[1]]), [0, nil], in: scope)
      guard let depth = columns.shape[2].fixed else { throw scope.problem("the pooled depth is unknown") }
      output = try columns.reshaped(to: [extents[0], depth, size[0], size[1]])
    }
    return [KerasValue(output, hasChannelsInFront: !isChannelsFirst)]
  }

  /// Pools an image along its rows and columns.
  ///
  /// - Parameter spatial: The layer's spatial axes for height and width; nil for an axis that is not pooled.
  private func pooled(_ image: Variable, _ spatial: [Int?], in scope: KerasScope) throws -> Variable {
    let window = spatial.map { $0.map { self.window[$0] } ?? 1 }
    let stride = spatial.map { $0.map { self.stride[$0] } ?? 1 }
    let extents = image.shape.suffix(2).compactMap(\.fixed)
    let margins = (0..<2).map { axis -> (low: Int, high: Int) in
      isSame ? KerasPadding.same(extents[axis], window: window[axis], stride: stride[axis]) : (0, 0)
    }
    var pooling = Pooling(
      summary, window: SpatialExtents(window[0], window[1]), stride: SpatialExtents(stride[0], stride[1]))
    if margins.allSatisfy({ $0.low == $0.high }) {
      pooling.padding = SpatialExtents(margins[0].low, margins[1].low)
      return try image.pooled(pooling)
    }
    let padded = try image.padded(
      low: [0, 0] + margins.map(\.low), high: [0, 0] + margins.map(\.high), interior: [0, 0, 0, 0],
      with: summary == .maximum ? -Double(Float.greatestFiniteMagnitude) : 0)
    let output = try padded.pooled(pooling)
    guard summary == .average else { return output }
    // The mean does not include the padding. So the sum is divided by the number of image elements in the window.
    var result = output
    for axis in 0..<2 where margins[axis] != (0, 0) {
      guard let count = output.shape[2 + axis].fixed, count <= 1 << 16 else {
        throw scope.problem(
          "the mean of windows is supported only for a known number of windows along an axis, at most \(1 << 16)",
          .unsupported)
      }
      var factors = try scope.constants(
        (0..<count).map { index in
          let start = index * stride[axis] - margins[axis].low
          let covered = min(start + window[axis], extents[axis]) - max(start, 0)
          return Double(window[axis]) / Double(covered)
        })
      if axis == 0 { factors = try factors.expandingDimensions(at: 1) }
      result = try result * factors
    }
    return result
  }
}

/// A layer that takes the maximum or the mean over all spatial axes.
struct KerasGlobalPooling: KerasOperation {
  let axes: Int
  let summary: Pooling.Summary
  let keepsAxes: Bool
  let isChannelsFirst: Bool

  init(_ configuration: KerasConfiguration, axes: Int, _ summary: Pooling.Summary) throws {
    self.axes = axes
    self.summary = summary
    keepsAxes = try configuration.boolean("keepdims", default: false)
    isChannelsFirst = try configuration.isChannelsFirst()
  }

  func apply(_ inputs: KerasInputs, in scope: KerasScope) throws -> [KerasValue] {
    var value = try inputs.single()
    guard value.rank == axes + 2 else {
      throw scope.problem("the layer needs an input of \(axes + 2) axes, not \(value.variable.type)")
    }
    let spatial = try (0..<axes).map { try value.axis($0 + (isChannelsFirst ? 2 : 1)) }
    if axes == 1, summary == .average, let mask = value.mask {
      let mask = try mask.expandingDimensions(at: isChannelsFirst ? 1 : 2)
      let ordered = try value.inKerasOrder()
      let axis = isChannelsFirst ? 2 : 1
      let sum = try mask.selecting(ordered, else: scope.constant(0))
        .reduced(.sum, over: [axis], keepingDimensions: keepsAxes)
      return [KerasValue(try sum / mask.reduced(.sum, over: [axis], keepingDimensions: keepsAxes))]
    }
    value.mask = nil
    let output = try value.variable.reduced(
      summary == .average ? .mean : .maximum, over: spatial, keepingDimensions: keepsAxes)
    return [KerasValue(output, hasChannelsInFront: keepsAxes && value.hasChannelsInFront)]
  }
}
