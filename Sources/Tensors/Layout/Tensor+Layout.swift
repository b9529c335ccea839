extension Tensor {
  /// This tensor repeated to a larger shape, under NumPy's broadcasting rule.
  ///
  /// - Throws: `TensorError` with code `.shapeMismatch` if the shape does not broadcast to `result`.
  public func broadcast(to result: Shape) throws(TensorError) -> Tensor {
    guard shape.rank <= result.rank, try shape.broadcast(with: result) == result else {
      throw TensorError(.shapeMismatch, "shape \(shape) does not broadcast to \(result)")
    }
    try result.checkFitsMemory(as: type)
    return try gathering(result, from: 0, strides: shape.broadcastStrides(to: result))
  }

  /// The tensor with its axes in another order: axis i of the result is axis `permutation[i]`.
  ///
  /// - Throws: `TensorError` with code `.outOfRange` if `permutation` does not name every axis once.
  public func transposed(_ permutation: [Int]) throws(TensorError) -> Tensor {
    guard permutation.sorted() == Array(shape.dimensions.indices) else {
      throw TensorError(.outOfRange, "\(permutation) does not name every axis of shape \(shape) once")
    }
    let strides = shape.strides
    return try gathering(
      Shape(checking: permutation.map { shape[$0] }), from: 0, strides: permutation.map { strides[$0] })
  }

  /// The same elements with a new axis of extent 1 before axis `axis`, or after the last axis if `axis` is the rank.
  ///
  /// - Throws: `TensorError` with code `.outOfRange` for any other axis.
  public func expandingDimensions(at axis: Int) throws(TensorError) -> Tensor {
    guard (0...shape.rank).contains(axis) else {
      throw TensorError(.outOfRange, "a new axis \(axis) cannot be added to shape \(shape): use 0 to \(shape.rank)")
    }
    var dimensions = shape.dimensions
    dimensions.insert(1, at: axis)
    return try reshaped(to: Shape(checking: dimensions))
  }

  /// The same elements without an axis of extent 1.
  ///
  /// - Throws: `TensorError` with code `.outOfRange` if there is no such axis, or `.shapeMismatch` if its extent is not 1.
  public func squeezing(at axis: Int) throws(TensorError) -> Tensor {
    try requireAxis(axis, "squeezing")
    guard shape[axis] == 1 else {
      throw TensorError(.shapeMismatch, "axis \(axis) of shape \(shape) has extent \(shape[axis]), not 1")
    }
    var dimensions = shape.dimensions
    dimensions.remove(at: axis)
    return try reshaped(to: Shape(checking: dimensions))
  }

  /// The part of this tensor with `count` elements from `start` along one axis.
  ///
  /// - Throws: `TensorError` with code `.outOfRange` for an axis or a range that does not exist.
  public func slicing(axis: Int, from start: Int, count: Int) throws(TensorError) -> Tensor {
    try requireAxis(axis, "slicing")
    guard start >= 0, count >= 0, start <= shape[axis], count <= shape[axis] - start else {
      throw TensorError(
        .outOfRange, "\(count) elements from \(start) on are not within axis \(axis) of shape \(shape)")
    }
    var dimensions = shape.dimensions
    dimensions[axis] = count
    let strides = shape.strides
    return try gathering(Shape(checking: dimensions), from: start * strides[axis], strides: strides)
  }

  /// The part of this tensor at one index of the first axis, such as a time step or an example. The result does not have this axis.
  ///
  /// - Throws: `TensorError` with code `.outOfRange` for a scalar or an index that does not exist.
  public func taking(_ index: Int) throws(TensorError) -> Tensor {
    try requireAxis(0, "taking an element")
    guard (0..<shape[0]).contains(index) else {
      throw TensorError(.outOfRange, "index \(index) is not within axis 0 of shape \(shape)")
    }
    return try slicing(axis: 0, from: index, count: 1).squeezing(at: 0)
  }

  /// Tensors joined along an axis. Their extents along this axis may differ.
  ///
  /// - Throws: `TensorError` with code `.shapeMismatch` if there are no tensors or if extents along other axes differ,
  ///   `.typeMismatch` for different types, or `.outOfRange` for an axis that does not exist.
  public static func concatenating(_ tensors: [Tensor], axis: Int) throws(TensorError) -> Tensor {
    guard let first = tensors.first else { throw TensorError(.shapeMismatch, "there are no tensors to concatenate") }
    try first.requireAxis(axis, "concatenating")
    var dimensions = first.shape.dimensions
    dimensions[axis] = 0
    for tensor in tensors {
      guard tensor.type == first.type else {
        throw TensorError(
          .typeMismatch, "a \(tensor.type.rawValue) tensor cannot be joined to a \(first.type.rawValue) tensor")
      }
      guard tensor.shape.rank == first.shape.rank,
        dimensions.indices.allSatisfy({ $0 == axis || tensor.shape[$0] == dimensions[$0] })
      else {
        throw TensorError(
          .shapeMismatch, "shape \(tensor.shape) cannot be joined to \(first.shape) along axis \(axis)")
      }
      let (extent, overflow) = dimensions[axis].addingReportingOverflow(tensor.shape[axis])
      guard !overflow else {
        throw TensorError(.invalidShape, "the tensors joined along axis \(axis) have too many elements")
      }
      dimensions[axis] = extent
    }
    let result = try Shape(checking: dimensions)
    try result.checkFitsMemory(as: first.type)
    let parts = tensors.filter { $0.shape.elementCount > 0 }
    let outerCount = dimensions[..<axis].reduce(1, *)
    switch first.storage {
    case .float32: return try Tensor(interleaving(parts, outerCount, result, \.floats), shape: result)
    case .float64: return try Tensor(interleaving(parts, outerCount, result, \.exactDoubles), shape: result)
    case .int64: return try Tensor(interleaving(parts, outerCount, result, \.integers), shape: result)
    }
  }
}

extension Tensor {
  private var floats: [Float] {
    guard case .float32(let elements) = storage else { preconditionFailure("checked to be float32") }
    return elements
  }

  private var exactDoubles: [Double] {
    guard case .float64(let elements) = storage else { preconditionFailure("checked to be float64") }
    return elements
  }

  private var integers: [Int64] {
    guard case .int64(let elements) = storage else { preconditionFailure("checked to be int64") }
    return elements
  }

  /// Joins the parts. For each position along the axes before the joined axis, it takes a piece of each part in turn.
  private static func interleaving<Element>(
    _ parts: [Tensor], _ outerCount: Int, _ shape: Shape, _ elements: (Tensor) -> [Element]
  ) -> [Element] {
    var result: [Element] = []
    result.reserveCapacity(shape.elementCount)
    guard !parts.isEmpty else { return result }
    let sources = parts.map(elements)
    for outer in 0..<outerCount {
      for source in sources {
        let length = source.count / outerCount
        result.append(contentsOf: source[(outer * length)..<((outer + 1) * length)])
      }
    }
    return result
  }

  private func requireAxis(_ axis: Int, _ operation: String) throws(TensorError) {
    guard shape.dimensions.indices.contains(axis) else {
      throw TensorError(
        .outOfRange,
        "\(operation) along axis \(axis) of shape \(shape) is not possible: the shape has \(shape.rank) axes")
    }
  }

  /// A tensor whose element at a position is this tensor's element at `offset` plus the position times `strides`.
  private func gathering(_ result: Shape, from offset: Int, strides: [Int]) throws(TensorError) -> Tensor {
    let nest = LoopNest(extents: result.dimensions, firstStrides: strides, secondStrides: result.strides)
    switch storage {
    case .float32(let elements):
      return try Tensor(Self.gathering(elements, result.elementCount, offset, nest), shape: result)
    case .float64(let elements):
      return try Tensor(Self.gathering(elements, result.elementCount, offset, nest), shape: result)
    case .int64(let elements):
      return try Tensor(Self.gathering(elements, result.elementCount, offset, nest), shape: result)
    }
  }

  private static func gathering<Element>(
    _ elements: [Element], _ count: Int, _ offset: Int, _ nest: LoopNest
  ) -> [Element] {
    [Element](unsafeUninitializedCapacity: count) { result, initializedCount in
      elements.withUnsafeBufferPointer { elements in
        nest.forEachRun { source, target in
          let start = offset + source
          if nest.firstRunStride == 1 {
            _ = UnsafeMutableBufferPointer(rebasing: result[target..<(target + nest.runLength)])
              .initialize(fromContentsOf: elements[start..<(start + nest.runLength)])
          } else {
            for index in 0..<nest.runLength {
              result.initializeElement(at: target + index, to: elements[start + index * nest.firstRunStride])
            }
          }
        }
      }
      initializedCount = count
    }
  }
}
