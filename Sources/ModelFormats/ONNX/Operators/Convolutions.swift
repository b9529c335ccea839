import ComputationGraphs
import Names
import Tensors

extension ONNXOperators {
  /// Convolutions.
  static let convolutions: [String: ONNXOperator] = [
    "Conv": .direct(convolution),
    "ConvTranspose": .direct(transposedConvolution),
  ]

  private static func convolution(_ node: ONNXNode) throws -> [ONNXValue] {
    let input = try node.floating(0)
    let groups = try node.groups()
    let image = try node.spatialExtents(of: input)
    guard case .known(let filters) = try node.value(1) else {
      let shape = try node.floating(1).shape.map(\.fixed)
      guard image.count == 2, shape.count == 4, let height = shape[2], let width = shape[3] else {
        throw node.unsupported(
          "filters that are computed when the model runs (except filters of images, with known height and width)")
      }
      let windows = try Windows(node, kernel: [height, width], image: image)
      let flipped = try node.floating(1).reversed(axis: 2).reversed(axis: 3)
      let result = try node.convolve(input, by: flipped, windows, groups: groups)
      return try node.output(node.addingBiases(to: result))
    }
    guard filters.tensor.shape.rank == image.count + 2, filters.tensor.type == input.type.scalar else {
      throw node.malformed("filters \(VariableType(filters.tensor)) do not fit \(input.type)")
    }
    let windows = try Windows(node, kernel: Array(filters.tensor.shape.dimensions.dropFirst(2)), image: image)
    var tensor = filters.tensor
    for axis in 2..<tensor.shape.rank { tensor = try tensor.reversed(axis: axis) }
    let value = filters.changed(to: tensor, by: "flipped along the spatial axes")
    return try node.output(node.convolve(input, by: value, windows, groups: groups))
  }

  /// A transposed convolution (the gradient of a convolution): the input, with zeros between its elements, is convolved with reversed
  /// filters.
  private static func transposedConvolution(_ node: ONNXNode) throws -> [ONNXValue] {
    let input = try node.floating(0)
    let groups = try node.groups()
    let image = try node.spatialExtents(of: input)
    let filters = try node.known(1, "W")
    var extents = filters.tensor.shape.dimensions
    guard extents.count == image.count + 2, filters.tensor.type == input.type.scalar,
      extents[0] % groups == 0
    else {
      throw node.malformed("filters \(VariableType(filters.tensor)) do not fit \(input.type) in \(groups) groups")
    }
    let rank = image.count
    let mode = try node.text("auto_pad") ?? "NOTSET"
    let more = try node.integers("output_padding") ?? [Int](repeating: 0, count: rank)
    let wanted = try node.integers("output_shape").map { Array($0.suffix(rank)) }
    guard more.count == rank, more.allSatisfy({ (0...Windows.largest).contains($0) }), wanted?.count ?? rank == rank
    else {
      throw node.malformed("output_padding \(more) or output_shape does not fit \(rank) spatial axes")
    }
    var windows = try Windows(node, kernel: Array(extents.dropFirst(2)), image: image)
    if wanted != nil || mode.hasPrefix("SAME") {
      for axis in 0..<rank {
        let full = windows.strides[axis] * (image[axis] - 1) + more[axis] + windows.reaches[axis]
        let total = full - (wanted?[axis] ?? image[axis] * windows.strides[axis])
        // Missing elements are added at the end.
        let low = total < 0 ? 0 : mode == "SAME_UPPER" ? total / 2 : total - total / 2
        windows.low[axis] = low
        windows.high[axis] = total - low
      }
    }
    // (C, M / groups, …) → (groups, C / groups, M / groups, …) → (M, C / groups, …)
    let (inputs, outputs) = (extents[0] / groups, extents[1])
    let rest = Array(extents.dropFirst(2))
    extents = [groups * outputs, inputs] + rest
    let permutation = [0, 2, 1] + (3..<(3 + rank))
    let tensor = try filters.tensor.reshaped(to: Shape(checking: [groups, inputs, outputs] + rest))
      .transposed(permutation).reshaped(to: Shape(checking: extents))
    var interior = [Int](repeating: 0, count: rank + 2)
    var convolution = windows
    for axis in 0..<rank {
      interior[axis + 2] = windows.strides[axis] - 1
      convolution.low[axis] = windows.reaches[axis] - 1 - windows.low[axis]
      convolution.high[axis] = windows.reaches[axis] - 1 - windows.high[axis] + more[axis]
      convolution.strides[axis] = 1
    }
    let none = [Int](repeating: 0, count: rank + 2)
    let spread =
      interior == none ? input : try input.padded(low: none, high: none, interior: interior, with: 0)
    let value = filters.changed(to: tensor, by: "exchanged inputs and outputs of each group")
    return try node.output(node.convolve(spread, by: value, convolution, groups: groups))
  }
}

extension ONNXNode {
  /// The largest number of operations that a single node may become.
  static let mostParts = 4096

  /// The number of groups of channels, at least 1.
  fileprivate func groups() throws -> Int {
    let groups = try integer("group") ?? 1
    guard (1...Windows.largest).contains(groups) else {
      throw malformed("the number of groups is \(groups), not from 1 to \(Windows.largest)")
    }
    return groups
  }

  /// The extents of the spatial axes of (N, C, …).
  func spatialExtents(of input: Variable) throws -> [Int] {
    guard (3...5).contains(input.rank) else {
      throw unsupported("an input \(input.type), which does not have one to three spatial axes")
    }
    return try input.shape.dropFirst(2).map { extent in
      guard let number = extent.fixed, number > 0 else {
        throw unsupported("a dynamic or empty spatial axis of \(input.type)")
      }
      return number
    }
  }

  /// Records a convolution with saved filters (F, C / groups, …) and the biases of input 2 as an application of a brick.
  func convolve(
    _ input: Variable, by filters: ModelAssembly.Value, _ windows: Windows, groups: Int
  ) throws -> Variable {
    let assembly = importer.assembly
    let type = Name(proto.opType)
    let brick = importer.brick(parameter: filters.source, node: self)
    try assembly.declare(brick, type: type, configuration: configuration)
    var filters = filters
    let extents = filters.tensor.shape.dimensions
    var axes: [Name] = ["filter", "channel", "height", "width"]
    switch extents.count {
    case 3: filters.tensor = try filters.tensor.reshaped(to: Shape(checking: [extents[0], extents[1], 1, extents[2]]))
    case 5:
      // The planes in a window of a volume become channels of an image, in the volume's order.
      filters.tensor = try filters.tensor.reversed(axis: 2)
      filters.tensor = try filters.tensor.reshaped(
        to: Shape(checking: [extents[0], extents[1] * extents[2], extents[3], extents[4]]))
      axes[1] = "channel_and_depth"
    default: break
    }
    return try assembly.call(brick, type: type, on: [input], in: builder) {
      let weights = try assembly.tensor("W", of: brick, filters, role: .filter, axes: axes)
      let result = try convolve(input, by: weights, windows, groups: groups)
      guard has(2), case .known(let biases) = try value(2), try !isZero(biases) else {
        return [try addingBiases(to: result)]
      }
      guard biases.tensor.shape.rank == 1, biases.tensor.type == result.type.scalar else {
        throw malformed("biases \(VariableType(biases.tensor)) do not fit \(result.type)")
      }
      let vector = try assembly.tensor(
        "b", of: brick, biases.changed(to: biases.tensor), role: .bias, axes: ["filter"])
      return [try result + onChannels(vector, rank: result.rank)]
    }[0]
  }

  /// Whether biases are zeros without an initializer. Exporters create such zeros for layers without biases.
  private func isZero(_ biases: KnownValue) throws -> Bool {
    biases.source == nil && biases.tensor.doubles.allSatisfy { $0 == 0 }
  }

  /// Adds the biases of input 2 to a result, unless the biases are constant zeros.
  func addingBiases(to result: Variable) throws -> Variable {
    guard has(2) else { return result }
    if case .known(let biases) = try value(2), try isZero(biases) { return result }
    return try result + onChannels(floating(2), rank: result.rank)
  }

  /// Reshapes a vector so that it broadcasts along axis 1 of arrays with the given rank.
  func onChannels(_ vector: Variable, rank: Int) throws -> Variable {
    guard vector.rank == 1, let count = vector.shape[0].fixed else { throw malformed("\(vector.type) is not a vector") }
    return try vector.reshaped(keepingAxes: 0, to: [count] + [Int](repeating: 1, count: max(rank - 2, 0)))
  }

  /// Records a convolution with filters that are already flipped.
  ///
  /// The filters are (F, C / groups, h, w) for images, (F, C / groups, 1, w) for rows, and (F, C / groups · d, h, w) for volumes.
  func convolve(_ input: Variable, by filters: Variable, _ windows: Windows, groups: Int) throws -> Variable {
    func plane(_ windows: Windows, _ image: Variable) throws -> Variable {
      var (low, high) = (windows.low, windows.high)
      var padding = [0, 0]
      for axis in 0..<2 where low[axis] == high[axis] && low[axis] >= 0 {
        padding[axis] = low[axis]
        (low[axis], high[axis]) = (0, 0)
      }
      let image = try padded(image, low: [0, 0] + low, high: [0, 0] + high, with: 0)
      return try image.convolved(
        with: filters,
        Convolution(
          padding: SpatialExtents(padding[0], padding[1]),
          stride: SpatialExtents(windows.strides[0], windows.strides[1]), groups: groups,
          dilation: SpatialExtents(windows.dilations[0], windows.dilations[1])))
    }
    switch input.rank {
    case 4: return try plane(windows, input)
    case 3:
      let result = try plane(windows.row, input.expandingDimensions(at: 2))
      return try result.reshaped(keepingAxes: 2, to: result.shape.suffix(1).compactMap(\.fixed))
    default: return try volume(input, windows, groups, plane)
    }
  }

  /// Records a convolution of a volume. For each plane of the result, the planes in the window become the channels of one image.
  private func volume(
    _ input: Variable, _ windows: Windows, _ groups: Int, _ plane: (Windows, Variable) throws -> Variable
  ) throws -> Variable {
    let image = windows.axes(1...)
    let volume = try padded(
      input, low: [0, 0, windows.low[0], 0, 0], high: [0, 0, windows.high[0], 0, 0], with: 0)
    let extents = volume.shape.compactMap(\.fixed).suffix(3)
    guard let channels = volume.shape[1].fixed, let depth = extents.first, depth >= windows.reaches[0] else {
      throw malformed("\(input.type) has an unknown number of channels, or is smaller than the window")
    }
    guard depth - windows.reaches[0] < ONNXNode.mostParts * windows.strides[0] else {
      throw unsupported("more than \(ONNXNode.mostParts) positions of the window along the depth")
    }
    let (kernel, dilation) = (windows.kernel[0], windows.dilations[0])
    var planes: [Variable] = []
    for start in stride(from: 0, through: depth - windows.reaches[0], by: windows.strides[0]) {
      let part: Variable
      if dilation == 1 {
        part = try volume.slicing(axis: 2, from: start, count: kernel)
      } else {
        part = try Variable.concatenating(
          (0..<kernel).map { try volume.slicing(axis: 2, from: start + $0 * dilation, count: 1) }, axis: 2)
      }
      planes.append(try plane(image, part.reshaped(keepingAxes: 1, to: [channels * kernel] + extents.suffix(2))))
    }
    return try Variable.stacking(planes, axis: 2)
  }

  /// Pads a variable with a value. A negative padding removes elements.
  func padded(_ variable: Variable, low: [Int], high: [Int], with value: Double) throws -> Variable {
    var result = variable
    for axis in low.indices where low[axis] < 0 || high[axis] < 0 {
      guard let extent = result.shape[axis].fixed else { throw unsupported("cutting the dynamic axis \(axis)") }
      let (start, end) = (max(-low[axis], 0), max(-high[axis], 0))
      guard start + end <= extent else { throw malformed("pads cut off more than axis \(axis) has") }
      result = try result.slicing(axis: axis, from: start, count: extent - start - end)
    }
    let (low, high) = (low.map { max($0, 0) }, high.map { max($0, 0) })
    guard (low + high).contains(where: { $0 > 0 }) else { return result }
    return try result.padded(low: low, high: high, with: value)
  }
}
