/// The elements of a tensor that a mask selects, for reductions over these elements.
///
/// The mask has the tensor's type and rank. Each of its extents is the tensor's, or 1 for all elements along the axis. Elements
/// with mask 0 are left out, even if they are NaN. Every other mask value selects its element, however small it is. If no element
/// is selected, the sum, mean and variance are 0, because NaN would spread to other results. Results are in double precision.
struct Selection {
  /// The tensor that is 1 for selected elements and 0 for others, in double precision.
  private let mask: Tensor
  /// The elements in double precision, with 0 for elements that are not selected.
  private let elements: Tensor

  /// The elements that a mask selects.
  ///
  /// - Throws: `TensorError` with code `.typeMismatch` for integers or types that differ, `.shapeMismatch` for a mask that does not
  ///   fit.
  init(of tensor: Tensor, by mask: Tensor) throws(TensorError) {
    guard tensor.type != .int64 else {
      throw TensorError(
        .typeMismatch, "a masked reduction of an int64 tensor of shape \(tensor.shape): convert it first")
    }
    self.mask = try mask.selected(in: tensor).broadcast(to: tensor.shape).converted(to: .float64)
    elements = try self.mask.selecting(tensor.converted(to: .float64), else: Selection.zero)
  }

  /// The sum of the selected elements.
  func sum(over axes: [Int], _ keepingDimensions: Bool) throws(TensorError) -> Tensor {
    try elements.sum(over: axes, keepingDimensions: keepingDimensions)
  }

  /// The mean of the selected elements.
  func mean(over axes: [Int], _ keepingDimensions: Bool) throws(TensorError) -> Tensor {
    try mean(of: elements, over: axes, keepingDimensions)
  }

  /// The biased variance of the selected elements, in two passes.
  func variance(over axes: [Int], _ keepingDimensions: Bool) throws(TensorError) -> Tensor {
    let deviations = try elements.combined(with: mean(of: elements, over: axes, true), by: .subtract)
    let squares = try mask.selecting(deviations.applying(.square), else: Selection.zero)
    return try mean(of: squares, over: axes, keepingDimensions)
  }

  private func mean(of values: Tensor, over axes: [Int], _ keepingDimensions: Bool) throws(TensorError) -> Tensor {
    let counts = try mask.sum(over: axes, keepingDimensions: keepingDimensions)
    return try values.sum(over: axes, keepingDimensions: keepingDimensions)
      .combined(with: counts.combined(with: Selection.one, by: .maximum), by: .divide)
  }

  private static var zero: Tensor { get throws(TensorError) { try Tensor([0 as Double], shape: []) } }
  private static var one: Tensor { get throws(TensorError) { try Tensor([1 as Double], shape: []) } }
}

extension Tensor {
  /// The number of elements along some axes; with a mask, the number of those that it selects.
  ///
  /// - Parameters:
  ///   - axes: Axes of the tensor, without repetition.
  ///   - mask: A mask of the tensor's type and rank, with extent 1 on all other axes, so that one number serves all elements.
  /// - Throws: `TensorError` with code `.typeMismatch` or `.shapeMismatch` for a mask that does not fit.
  public func elementCount(over axes: [Int], where mask: Tensor? = nil) throws(TensorError) -> Int {
    if let mask, mask.type != type {
      throw TensorError(.typeMismatch, "a \(mask.type.rawValue) mask of a \(type.rawValue) tensor: convert one")
    }
    return try shape.elementCount(over: axes, where: mask)
  }

  /// The selection of this mask of another tensor: 1 for selected elements, 0 for others.
  fileprivate func selected(in other: Tensor) throws(TensorError) -> Tensor {
    guard type == other.type else {
      throw TensorError(.typeMismatch, "a \(type.rawValue) mask of a \(other.type.rawValue) tensor: convert one")
    }
    return try selected(in: other.shape)
  }

  /// The selection of this mask of a tensor with the given shape: 1 for selected elements, 0 for others.
  fileprivate func selected(in other: Shape) throws(TensorError) -> Tensor {
    guard shape.rank == other.rank, zip(shape.dimensions, other.dimensions).allSatisfy({ $0 == 1 || $0 == $1 }) else {
      throw TensorError(.shapeMismatch, "a mask of shape \(shape) does not fit a tensor of shape \(other)")
    }
    return try compared(with: Tensor(repeating: 0, shape: [], type: type), by: .notEqual)
  }
}

extension Shape {
  /// The number of elements of a tensor with this shape along some axes; with a mask, the number of those that it selects.
  ///
  /// - Parameters:
  ///   - axes: Axes of the shape, without repetition.
  ///   - mask: A mask of the shape's rank, with extent 1 on all other axes, so that one number serves all elements.
  /// - Throws: `TensorError` with code `.shapeMismatch` for a mask that does not fit.
  package func elementCount(over axes: [Int], where mask: Tensor?) throws(TensorError) -> Int {
    guard let mask else { return axes.reduce(1) { $0 * self[$1] } }
    let selected = try mask.selected(in: self)
    guard dimensions.indices.allSatisfy({ axes.contains($0) || mask.shape[$0] == 1 }) else {
      throw TensorError(
        .shapeMismatch, "a mask of shape \(mask.shape) differs along axes that are not counted over \(axes)")
    }
    let repetitions = axes.reduce(1) { $0 * (mask.shape[$1] == 1 ? self[$1] : 1) }
    return selected.doubles.count { $0 != 0 } * repetitions
  }
}
