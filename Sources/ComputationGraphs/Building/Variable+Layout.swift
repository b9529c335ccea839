import Tensors

extension Variable {
  private func recorded(_ operation: LayoutOperation, _ others: Variable...) throws(GraphError) -> Variable {
    try builder.record(.layout(operation), [self] + others)[0]
  }

  /// Takes `count` elements along an axis, from element `start` on.
  public func slicing(axis: Int, from start: Int, count: Int) throws(GraphError) -> Variable {
    try recorded(.slice(axis: axis, start: start, count: count))
  }

  /// Divides an axis into equal parts, and returns the parts in order.
  ///
  /// - Throws: `GraphError` with code `.shapeMismatch` if the axis cannot be divided into that many equal parts.
  public func split(into count: Int, axis: Int) throws(GraphError) -> [Variable] {
    guard shape.indices.contains(axis), let extent = shape[axis].fixed, count > 0, extent % count == 0 else {
      throw builder.locate(
        GraphError(.shapeMismatch, "axis \(axis) of \(type) cannot be divided into \(count) equal parts"))
    }
    let width = extent / count
    var parts: [Variable] = []
    for part in 0..<count { parts.append(try slicing(axis: axis, from: part * width, count: width)) }
    return parts
  }

  /// Joins variables along an axis that they have.
  ///
  /// - Precondition: There is at least one variable.
  public static func concatenating(_ variables: [Variable], axis: Int) throws(GraphError) -> Variable {
    try variables[0].builder.record(.layout(.concatenate(axis: axis)), variables)[0]
  }

  /// Stacks variables of the same shape along a new axis.
  ///
  /// - Precondition: There is at least one variable.
  public static func stacking(_ variables: [Variable], axis: Int = 0) throws(GraphError) -> Variable {
    try variables[0].builder.record(.layout(.stack(axis: axis)), variables)[0]
  }

  /// The elements in the opposite order along an axis.
  public func reversed(axis: Int) throws(GraphError) -> Variable { try recorded(.reverse(axis: axis)) }

  /// The same elements with other extents after the first `kept` axes. The kept axes may be symbolic.
  public func reshaped(keepingAxes kept: Int = 1, to shape: [Int]) throws(GraphError) -> Variable {
    try recorded(.reshape(keepingAxes: kept, shape: shape))
  }

  /// The same elements with all axes after axis 0 joined into one.
  public func flattened() throws(GraphError) -> Variable {
    let extents = shape.dropFirst().map(\.fixed)
    let count = extents.reduce(1 as Int?) { product, extent in
      guard let product, let extent else { return nil }
      let (next, overflow) = product.multipliedReportingOverflow(by: extent)
      return overflow ? nil : next
    }
    guard let count else { throw builder.locate(GraphError(.shapeMismatch, "\(type) cannot be flattened")) }
    return try reshaped(to: [count])
  }

  /// The variable with its axes in another order: axis i of the result is axis `permutation[i]`.
  public func transposed(_ permutation: [Int]) throws(GraphError) -> Variable { try recorded(.transpose(permutation)) }

  /// Copies of this variable along a new axis 0. The number of copies is the extent of an axis of another variable. This gives, for
  /// example, the same initial state to all examples of a batch.
  public func repeated(like other: Variable, axis: Int = 0) throws(GraphError) -> Variable {
    try recorded(.repeatLike(axis: axis), other)
  }

  /// This variable, padded with a value around it and between its elements, like XLA's `pad` with numbers of at least 0.
  ///
  /// ```swift
  /// // One row before an image's rows, one column after its columns.
  /// let padded = try images.padded(low: [0, 0, 1, 0], high: [0, 0, 0, 1], with: 0)
  /// ```
  ///
  /// - Parameters:
  ///   - low: For each axis, the number of elements before the first element. A symbolic axis cannot be padded: all its numbers
  ///     must be 0.
  ///   - high: For each axis, the number of elements after the last element.
  ///   - interior: For each axis, the number of elements between two neighbours; 0 by default.
  ///   - value: The value of the added elements: finite, and an integer for integer types. If a maximum over windows follows,
  ///     use the lowest finite number.
  public func padded(
    low: [Int], high: [Int], interior: [Int]? = nil, with value: Double
  ) throws(GraphError) -> Variable {
    let interior = interior ?? [Int](repeating: 0, count: rank)
    return try recorded(.pad(Padding(low: low, high: high, interior: interior, value: value)))
  }

  /// The rows along axis 0 with the given int64 indices.
  public func gatheringRows(_ indices: Variable) throws(GraphError) -> Variable { try recorded(.gather, indices) }
}
