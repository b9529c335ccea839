import Tensors

/// The windows of a convolution or pooling along each spatial axis, as ONNX describes them.
struct Windows {
  /// The extents of the window.
  var kernel: [Int]
  /// The distances between windows.
  var strides: [Int]
  /// The distances between the elements of a window.
  var dilations: [Int]
  /// The number of padding elements before each axis. Negative numbers remove elements.
  var low: [Int]
  /// The number of padding elements after each axis. Negative numbers remove elements.
  var high: [Int]

  /// The extents of the image that a window covers.
  var reaches: [Int] { zip(kernel, dilations).map { ($0 - 1) * $1 + 1 } }

  /// The windows of a node.
  ///
  /// - Parameters:
  ///   - node: The node, with `strides`, `dilations`, `pads` and `auto_pad`.
  ///   - kernel: The extents of the window; by default, the extents of the node's attribute.
  ///   - image: The spatial extents of the input.
  init(_ node: ONNXNode, kernel: [Int]?, image: [Int]) throws {
    let given = try node.integers("kernel_shape")
    guard let kernel = kernel ?? given else { throw node.malformed("the attribute kernel_shape is missing") }
    guard given == nil || given == kernel else {
      throw node.malformed("kernel_shape \(given ?? []) is not the shape of the filters")
    }
    let rank = image.count
    func list(_ name: String) throws -> [Int] {
      let list = try node.integers(name) ?? [Int](repeating: 1, count: rank)
      guard list.count == rank, list.allSatisfy({ (1...Windows.largest).contains($0) }) else {
        throw node.malformed("\(name) \(list) does not fit \(rank) spatial axes")
      }
      return list
    }
    guard kernel.count == rank, kernel.allSatisfy({ (1...Windows.largest).contains($0) }) else {
      throw node.malformed("a window \(kernel) does not fit \(rank) spatial axes")
    }
    self.kernel = kernel
    strides = try list("strides")
    dilations = try list("dilations")
    let pads = try node.integers("pads") ?? [Int](repeating: 0, count: 2 * rank)
    guard pads.count == 2 * rank, pads.allSatisfy((-Windows.largest...Windows.largest).contains) else {
      throw node.malformed("pads \(pads) do not fit \(rank) spatial axes")
    }
    (low, high) = (Array(pads[..<rank]), Array(pads[rank...]))
    switch try node.text("auto_pad") ?? "NOTSET" {
    case "NOTSET", "": break
    case "VALID": (low, high) = ([Int](repeating: 0, count: rank), [Int](repeating: 0, count: rank))
    case let mode where mode == "SAME_UPPER" || mode == "SAME_LOWER":
      for axis in 0..<rank {
        let count = (image[axis] + strides[axis] - 1) / strides[axis]
        let total = max((count - 1) * strides[axis] + reaches[axis] - image[axis], 0)
        low[axis] = mode == "SAME_UPPER" ? total / 2 : total - total / 2
        high[axis] = total - low[axis]
      }
    case let mode: throw node.malformed("auto_pad \"\(mode)\" is unknown")
    }
  }

  /// The largest number in attributes. With this limit, products fit in an integer.
  static let largest = 1 << 24

  /// The number of windows along each axis.
  func counts(in image: [Int]) -> [Int] {
    image.indices.map { axis in
      let space = image[axis] + low[axis] + high[axis] - reaches[axis]
      return space < 0 ? 0 : space / strides[axis] + 1
    }
  }
}

extension Windows {
  /// The windows along a range of the axes.
  func axes(_ range: some RangeExpression<Int>) -> Windows {
    let range = range.relative(to: kernel)
    return Windows(
      kernel: Array(kernel[range]), strides: Array(strides[range]), dilations: Array(dilations[range]),
      low: Array(low[range]), high: Array(high[range]))
  }

  /// The windows along one axis, as windows along the rows of an image.
  var row: Windows {
    Windows(
      kernel: [1] + kernel, strides: [1] + strides, dilations: [1] + dilations, low: [0] + low, high: [0] + high)
  }

  /// The windows along one axis, as windows along the columns of an image.
  var column: Windows {
    Windows(
      kernel: kernel + [1], strides: strides + [1], dilations: dilations + [1], low: low + [0], high: high + [0])
  }

  /// Windows from their parts.
  init(kernel: [Int], strides: [Int], dilations: [Int], low: [Int], high: [Int]) {
    (self.kernel, self.strides, self.dilations, self.low, self.high) = (kernel, strides, dilations, low, high)
  }
}
