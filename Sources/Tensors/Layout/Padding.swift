/// The settings for padding a tensor with a value around it and between its elements.
public struct Padding: Hashable, Sendable {
  /// For each axis, the number of added elements before the first element.
  public var low: [Int]
  /// For each axis, the number of added elements after the last element.
  public var high: [Int]
  /// For each axis, the number of added elements between two neighbours.
  public var interior: [Int]
  /// The value of the added elements, rounded to the tensor's type.
  public var value: Double

  /// Creates a padding. Each list has one number for each axis.
  public init(low: [Int], high: [Int], interior: [Int], value: Double) {
    self.low = low
    self.high = high
    self.interior = interior
    self.value = value
  }

  /// Whether an axis is not padded.
  public func keeps(axis: Int) -> Bool { low[axis] == 0 && high[axis] == 0 && interior[axis] == 0 }

  /// Checks that there is a number of at least 0 for each axis.
  ///
  /// - Throws: `TensorError` with code `.invalidShape`.
  public func check(rank: Int) throws(TensorError) {
    for (name, numbers) in [("low", low), ("high", high), ("interior", interior)] {
      guard numbers.count == rank else {
        throw TensorError(.invalidShape, "`\(name)` needs one number for each of \(rank) axes, not \(numbers)")
      }
      guard numbers.allSatisfy({ $0 >= 0 }) else {
        throw TensorError(.invalidShape, "`\(name)` needs numbers of at least 0, not \(numbers)")
      }
    }
  }

  /// The extent of an axis with its padding: low + n + (n − 1) · interior + high, where n is the extent without padding.
  ///
  /// - Throws: `TensorError` with code `.invalidShape` if the extent is too large for this machine.
  /// - Precondition: The padding was checked for the axis.
  public func extent(of count: Int, axis: Int) throws(TensorError) -> Int {
    let (between, multiplied) = max(count - 1, 0).multipliedReportingOverflow(by: interior[axis])
    var (sum, hasOverflow) = (between, multiplied)
    for part in [count, low[axis], high[axis]] {
      let (next, overflow) = sum.addingReportingOverflow(part)
      (sum, hasOverflow) = (next, hasOverflow || overflow)
    }
    guard !hasOverflow else {
      throw TensorError(
        .invalidShape, "an extent of \(count) with the padding of axis \(axis) is too large for this machine")
    }
    return sum
  }
}

extension Tensor {
  /// This tensor, padded with a value around it and between its elements.
  ///
  /// - Throws: `TensorError` with code `.invalidShape` if the padding does not have one number of at least 0 for each axis, or there
  ///   is no memory for the result; `.notRepresentable` if the tensor has integers and the value of the padding is not an integer.
  public func padded(_ padding: Padding) throws(TensorError) -> Tensor {
    try padding.check(rank: shape.rank)
    var dimensions: [Int] = []
    for (axis, count) in shape.dimensions.enumerated() { dimensions.append(try padding.extent(of: count, axis: axis)) }
    let result = try Shape(checking: dimensions)
    try result.checkFitsMemory(as: type)
    let background = try Tensor(repeating: padding.value, shape: result, type: type)
    guard shape.elementCount > 0 else { return background }
    var offset = 0
    var strides = result.strides
    for axis in dimensions.indices {
      offset += padding.low[axis] * strides[axis]
      // With a single element, the distance between neighbours has no meaning and may not be representable.
      if shape[axis] > 1 { strides[axis] *= padding.interior[axis] + 1 }
    }
    let nest = LoopNest(extents: shape.dimensions, firstStrides: shape.strides, secondStrides: strides)
    switch (storage, background.storage) {
    case (.float32(let elements), .float32(let target)):
      return try Tensor(Self.placing(elements, on: target, from: offset, nest), shape: result)
    case (.float64(let elements), .float64(let target)):
      return try Tensor(Self.placing(elements, on: target, from: offset, nest), shape: result)
    case (.int64(let elements), .int64(let target)):
      return try Tensor(Self.placing(elements, on: target, from: offset, nest), shape: result)
    default: preconditionFailure("the background has the tensor's type")
    }
  }

  private static func placing<Element>(
    _ elements: [Element], on background: [Element], from offset: Int, _ nest: LoopNest
  ) -> [Element] {
    var result = background
    nest.forEachRun { source, target in
      for index in 0..<nest.runLength {
        result[offset + target + index * nest.secondRunStride] = elements[source + index * nest.firstRunStride]
      }
    }
    return result
  }
}
