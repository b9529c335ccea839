extension Tensor {
  /// The elements in opposite order along one axis.
  ///
  /// - Throws: `TensorError` with code `.outOfRange` for an axis that does not exist.
  public func reversed(axis: Int) throws(TensorError) -> Tensor {
    guard shape.dimensions.indices.contains(axis) else {
      throw TensorError(
        .outOfRange, "reversing axis \(axis) of shape \(shape) is not possible: the shape has \(shape.rank) axes")
    }
    let inner = shape.strides[axis]
    let extent = shape[axis]
    return try picking(runs: inner) { run in
      let position = run % extent
      return run - position + (extent - 1 - position)
    }
  }

  /// The rows along axis 0 with the given indices. The shape is the shape of `indices` followed by the shape of a row.
  ///
  /// - Throws: `TensorError` with code `.typeMismatch` if the indices are not int64, or `.outOfRange` for a scalar or an index that
  ///   does not exist. Negative indices are not allowed.
  public func gatheringRows(_ indices: Tensor) throws(TensorError) -> Tensor {
    guard case .int64(let rows) = indices.storage else {
      throw TensorError(.typeMismatch, "rows are gathered by int64 indices, not \(indices.type.rawValue)")
    }
    guard let count = shape.dimensions.first else { throw TensorError(.outOfRange, "a scalar has no rows to gather") }
    for row in rows where !(0..<Int64(count)).contains(row) {
      throw TensorError(.outOfRange, "row \(row) is not within axis 0 of shape \(shape)")
    }
    let result = try Shape(checking: indices.shape.dimensions + shape.dimensions.dropFirst())
    try result.checkFitsMemory(as: type)
    let length = count == 0 ? 0 : shape.elementCount / count
    return try picking(runs: length, into: result) { Int(rows[$0]) }
  }

  /// A tensor that consists of runs of `length` elements. Run k is the run `source(k)` of this tensor.
  private func picking(
    runs length: Int, into result: Shape? = nil, _ source: (Int) -> Int
  ) throws(TensorError) -> Tensor {
    let result = result ?? shape
    let count = length == 0 ? 0 : result.elementCount / length
    switch storage {
    case .float32(let elements): return try Tensor(Self.picking(elements, length, count, source), shape: result)
    case .float64(let elements): return try Tensor(Self.picking(elements, length, count, source), shape: result)
    case .int64(let elements): return try Tensor(Self.picking(elements, length, count, source), shape: result)
    }
  }

  private static func picking<Element>(
    _ elements: [Element], _ length: Int, _ count: Int, _ source: (Int) -> Int
  ) -> [Element] {
    var picked: [Element] = []
    picked.reserveCapacity(length * count)
    for run in 0..<count {
      let start = source(run) * length
      picked.append(contentsOf: elements[start..<start + length])
    }
    return picked
  }
}
