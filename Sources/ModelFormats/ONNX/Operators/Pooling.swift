import ComputationGraphs
import Tensors

extension ONNXOperators {
  /// Maxima and means of windows.
  static let pooling: [String: ONNXOperator] = [
    "MaxPool": .direct { node in
      node.ignoreAttributes("storage_order")
      return try node.output(node.pooled(.maximum, includesPadding: false))
    },
    "AveragePool": .direct { node in
      let includes = try node.integer("count_include_pad") ?? 0 != 0
      return try node.output(node.pooled(.average, includesPadding: includes))
    },
    "GlobalAveragePool": global(.mean), "GlobalMaxPool": global(.maximum),
  ]

  private static func global(_ reduction: GraphOperation.Reduction) -> ONNXOperator {
    ONNXOperator { node in
      let input = try node.floating(0)
      guard input.rank >= 3 else { throw node.malformed("\(input.type) has no spatial axes") }
      return try node.output(input.reduced(reduction, over: Array(2..<input.rank), keepingDimensions: true))
    }
  }
}

extension ONNXNode {
  /// Computes the maxima or means of the windows of input 0.
  fileprivate func pooled(_ summary: Pooling.Summary, includesPadding: Bool) throws -> Variable {
    let input = try floating(0)
    let image = try spatialExtents(of: input)
    let windows = try Windows(self, kernel: nil, image: image)
    let isCeiling = try integer("ceil_mode") ?? 0 != 0
    let pool = WindowPool(node: self, summary: summary, includesPadding: includesPadding, isCeiling: isCeiling)
    switch image.count {
    case 1:
      let result = try pool.plane(input.expandingDimensions(at: 2), windows.row)
      return try result.reshaped(keepingAxes: 2, to: result.shape.suffix(1).compactMap(\.fixed))
    case 2: return try pool.plane(input, windows)
    default:
      // The maximum of a box is the maximum of the maxima of its planes, and the same holds for means.
      guard let channels = input.shape[1].fixed else { throw unsupported("the dynamic axis 1 of \(input.type)") }
      let planes = try pool.plane(
        input.reshaped(to: [channels * image[0]] + image.suffix(2)), windows.axes(1...))
      let extents = planes.shape.suffix(2).compactMap(\.fixed)
      let columns = try planes.reshaped(to: [channels, image[0], extents[0] * extents[1]])
      let depth = try pool.plane(columns, windows.axes(0...0).column)
      return try depth.reshaped(keepingAxes: 2, to: depth.shape.dropFirst(2).prefix(1).compactMap(\.fixed) + extents)
    }
  }
}

/// The pooling of images (N, C, H, W) with ONNX's rules for padding and for windows at the end.
private struct WindowPool {
  let node: ONNXNode
  let summary: Pooling.Summary
  let includesPadding: Bool
  let isCeiling: Bool

  func plane(_ image: Variable, _ windows: Windows) throws -> Variable {
    let extents = try node.spatialExtents(of: image)
    let counts = extents.indices.map { count(extents[$0], windows, axis: $0) }
    guard counts.allSatisfy({ $0 > 0 }) else { throw node.malformed("no window fits into \(image.type)") }
    guard windows.low.allSatisfy({ $0 >= 0 }), windows.high.allSatisfy({ $0 >= 0 }) else {
      throw node.malformed("pads are negative")
    }
    if let result = try simple(image, extents, windows, counts) { return result }
    // The number of elements by which the last window exceeds the image.
    let high = extents.indices.map { axis in
      max((counts[axis] - 1) * windows.strides[axis] + windows.reaches[axis] - extents[axis] - windows.low[axis], 0)
    }
    let lowest =
      image.type.scalar == .float64 ? -Double.greatestFiniteMagnitude : -Double(Float.greatestFiniteMagnitude)
    let padded = try node.padded(
      image, low: [0, 0] + windows.low, high: [0, 0] + high, with: summary == .maximum ? lowest : 0)
    let pooled: Variable
    if windows.dilations.allSatisfy({ $0 == 1 }) {
      let window = SpatialExtents(windows.kernel[0], windows.kernel[1])
      let stride = SpatialExtents(windows.strides[0], windows.strides[1])
      pooled = try cut(
        padded.pooled(
          Pooling(summary, window: window, stride: stride, ignoresBorder: true, includesPadding: summary == .average)),
        to: counts)
    } else {
      pooled = try dilated(padded, windows, counts)
    }
    guard summary == .average else { return pooled }
    // The mean over the whole window includes the padding. It is scaled to the mean over the elements that count.
    let factors = extents.indices.map { axis in
      (0..<counts[axis]).map { Double(windows.kernel[axis]) / Double(members(of: $0, extents[axis], windows, axis)) }
    }
    guard factors.joined().contains(where: { $0 != 1 }) else { return pooled }
    let table = factors[0].flatMap { row in factors[1].map { row * $0 } }
    let tensor = try Tensor(table, shape: Shape(checking: counts)).converted(to: image.type.scalar)
    return try pooled * node.variable(.known(KnownValue(tensor: tensor, type: node.value(0).type)))
  }

  /// The number of windows along an axis.
  private func count(_ extent: Int, _ windows: Windows, axis: Int) -> Int {
    let space = extent + windows.low[axis] + windows.high[axis] - windows.reaches[axis]
    let stride = windows.strides[axis]
    guard isCeiling else { return space < 0 ? 0 : space / stride + 1 }
    let count = space < 0 ? 1 : (space + stride - 1) / stride + 1
    // A window does not count if it begins beyond the image and the padding before the image.
    return (count - 1) * stride >= extent + windows.low[axis] ? count - 1 : count
  }

  /// The number of elements in a window over which the mean is computed.
  private func members(of window: Int, _ extent: Int, _ windows: Windows, _ axis: Int) -> Int {
    let start = window * windows.strides[axis] - windows.low[axis]
    let range = includesPadding ? -windows.low[axis]..<(extent + windows.high[axis]) : 0..<extent
    let inside = (0..<windows.kernel[axis]).count { range.contains(start + $0 * windows.dilations[axis]) }
    return max(inside, 1)
  }

  /// Records the graph's pooling operation. Returns nil if this operation cannot compute the windows and padding of the node.
  private func simple(_ image: Variable, _ extents: [Int], _ windows: Windows, _ counts: [Int]) throws -> Variable? {
    guard windows.dilations.allSatisfy({ $0 == 1 }) else { return nil }
    for axis in 0..<2 {
      let (padding, kernel) = (windows.low[axis], windows.kernel[axis])
      let space = extents[axis] + 2 * padding - kernel
      guard padding < kernel, space >= 0, space / windows.strides[axis] + 1 == counts[axis] else { return nil }
      if summary == .average, includesPadding, windows.high[axis] != padding { return nil }
    }
    return try image.pooled(
      Pooling(
        summary, window: SpatialExtents(windows.kernel[0], windows.kernel[1]),
        stride: SpatialExtents(windows.strides[0], windows.strides[1]),
        padding: SpatialExtents(windows.low[0], windows.low[1]), ignoresBorder: true,
        includesPadding: summary == .average && includesPadding))
  }

  private func cut(_ pooled: Variable, to counts: [Int]) throws -> Variable {
    try counts.indices.reduce(pooled) { result, axis in
      guard result.shape[axis + 2] != .fixed(counts[axis]) else { return result }
      return try result.slicing(axis: axis + 2, from: 0, count: counts[axis])
    }
  }

  /// Pools windows with gaps. For one axis after the other, the elements of a window are combined one by one.
  private func dilated(_ image: Variable, _ windows: Windows, _ counts: [Int]) throws -> Variable {
    var result = image
    for axis in 0..<2 {
      guard windows.kernel[axis] <= ONNXNode.mostParts else { throw node.unsupported("a window \(windows.kernel)") }
      let elements = try (0..<windows.kernel[axis]).map { element in
        try node.slice(
          result, axis: axis + 2, from: element * windows.dilations[axis], step: windows.strides[axis],
          count: counts[axis])
      }
      result = try elements.dropFirst().reduce(elements[0]) { left, right in
        try left.builder.record(.binary(summary == .maximum ? .maximum : .add), left, right)
      }
      if summary == .average { result = try result / Double(windows.kernel[axis]) }
    }
    return result
  }
}
