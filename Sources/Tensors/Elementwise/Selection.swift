/// The elements of a tensor that a mask selects, for reductions over them alone.
///
/// The mask has the tensor's type and rank, and extents that are 1, for all elements along the axis alike, or the tensor's. Elements
/// where it is 0 take no part, be they NaN; any other value selects, however small. Of no elements sum, mean and variance are 0:
/// where nothing was observed, a number that is not finite would spread to whatever is computed beside it. Results are in double
/// precision.
struct Selection {
  /// 1 where an element is selected, else 0, of the tensor's shape, in double precision.
  private let mask: Tensor
  /// The elements in double precision, 0 where they are not selected.
  private let elements: Tensor

  /// The selection by a mask.
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
  /// How many elements there are along some axes; with a mask, how many of them it selects.
  ///
  /// - Parameters:
  ///   - axes: Axes of the tensor, each once.
  ///   - mask: Of the tensor's type and rank, with extent 1 on all other axes, so that one number serves all elements.
  /// - Throws: `TensorError` with code `.typeMismatch` or `.shapeMismatch` for a mask that does not fit.
  public func elementCount(over axes: [Int], where mask: Tensor? = nil) throws(TensorError) -> Int {
    if let mask, mask.type != type {
      throw TensorError(.typeMismatch, "a \(mask.type.rawValue) mask of a \(type.rawValue) tensor: convert one")
    }
    return try shape.elementCount(over: axes, where: mask)
  }

  /// 1 where this tensor, as a mask of another one, selects its elements, else 0.
  fileprivate func selected(in other: Tensor) throws(TensorError) -> Tensor {
    guard type == other.type else {
      throw TensorError(.typeMismatch, "a \(type.rawValue) mask of a \(other.type.rawValue) tensor: convert one")
    }
    return try selected(in: other.shape)
  }

  /// 1 where this tensor, as a mask of a tensor of a shape, selects an element, else 0.
  fileprivate func selected(in other: Shape) throws(TensorError) -> Tensor {
    guard shape.rank == other.rank, zip(shape.dimensions, other.dimensions).allSatisfy({ $0 == 1 || $0 == $1 }) else {
      throw TensorError(.shapeMismatch, "a mask of shape \(shape) does not fit a tensor of shape \(other)")
    }
    return try compared(with: Tensor(repeating: 0, shape: [], type: type), by: .notEqual)
  }
}

extension Shape {
  /// How many elements a tensor of the shape has along some axes; with a mask, how many of them it selects.
  ///
  /// - Parameters:
  ///   - axes: Axes of the shape, each once.
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
