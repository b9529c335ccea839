/// The elements of a tensor that a mask selects, for reductions over these elements.
///
/// The mask has the tensor's type and rank. Each of its extents is the tensor's extent, or 1 for all elements along the axis.
/// Elements with mask 0 are left out, even if they are NaN. Every other value of the mask selects its element. If no element is
/// selected, the sum, mean and variance are 0, because NaN would spread to other results. Results are in double precision.
///
/// The elements are not copied. A selection takes one byte of memory for each element.
struct Selection {
  /// Whether each element is selected, in row-major order.
  private let isSelected: [Bool]
  private let tensor: Tensor

  /// The elements that a mask selects.
  ///
  /// - Throws: `TensorError` with code `.typeMismatch` for integers or types that differ, or `.shapeMismatch` for a mask that does
  ///   not fit.
  init(of tensor: Tensor, by mask: Tensor) throws(TensorError) {
    guard tensor.type != .int64 else {
      throw TensorError(
        .typeMismatch,
        "a masked reduction of an int64 tensor of shape \(tensor.shape) is not possible: convert it to a float type")
    }
    self.tensor = tensor
    let selected = try mask.selected(in: tensor)
    isSelected =
      mask.shape == tensor.shape
      ? selected
      : [Bool](unsafeUninitializedCapacity: tensor.shape.elementCount) { elements, count in
        let nest = LoopNest(
          extents: tensor.shape.dimensions, firstStrides: tensor.shape.strides,
          secondStrides: mask.shape.broadcastStrides(to: tensor.shape))
        nest.forEachRun { first, second in
          for index in 0..<nest.runLength {
            elements[first + index * nest.firstRunStride] = selected[second + index * nest.secondRunStride]
          }
        }
        count = tensor.shape.elementCount
      }
  }

  /// The sums of the selected elements.
  func sums(_ plan: ReductionPlan) -> [Double] { sums(plan) { value, _ in value } }

  /// The means of the selected elements.
  func means(_ plan: ReductionPlan) -> [Double] { Selection.quotients(sums(plan), counts(plan)) }

  /// The biased variances of the selected elements, in two passes.
  func variances(_ plan: ReductionPlan) -> [Double] {
    let counts = counts(plan)
    let means = Selection.quotients(sums(plan), counts)
    let squares = sums(plan) { value, result in
      let deviation = value - means[result]
      return deviation * deviation
    }
    return Selection.quotients(squares, counts)
  }

  private func counts(_ plan: ReductionPlan) -> [Double] { plan.sums { index, _ in isSelected[index] ? 1 : 0 } }

  /// The sums of `term` over the selected elements. An element that is not selected counts as 0, so that the order of summation is
  /// the same as without a mask.
  @inline(__always)
  private func sums(_ plan: ReductionPlan, _ term: (Double, _ result: Int) -> Double) -> [Double] {
    switch tensor.storage {
    case .float32(let elements):
      return plan.sums { index, result in isSelected[index] ? term(Double(elements[index]), result) : 0 }
    case .float64(let elements):
      return plan.sums { index, result in isSelected[index] ? term(elements[index], result) : 0 }
    case .int64: preconditionFailure("a selection of integers was already refused")
    }
  }

  private static func quotients(_ sums: [Double], _ counts: [Double]) -> [Double] {
    sums.indices.map { sums[$0] / max(counts[$0], 1) }
  }
}

extension Tensor {
  /// The number of elements that a reduction over some axes summarizes in each result; with a mask, only the selected elements count.
  ///
  /// - Parameters:
  ///   - axes: Axes of the tensor, without repetition.
  ///   - mask: A mask of the tensor's type and rank. Its extent along axes that are not reduced is 1, so that the number is the
  ///     same for all results.
  /// - Throws: `TensorError` with code `.typeMismatch` or `.shapeMismatch` for a mask that does not fit.
  public func elementCount(over axes: [Int], where mask: Tensor? = nil) throws(TensorError) -> Int {
    if let mask, mask.type != type {
      throw TensorError(
        .typeMismatch, "a \(mask.type.rawValue) mask does not fit a \(type.rawValue) tensor: convert the mask")
    }
    return try shape.elementCount(over: axes, where: mask)
  }

  /// Returns, for each element of this mask, whether it selects elements of `other`, after checking type and shape.
  fileprivate func selected(in other: Tensor) throws(TensorError) -> [Bool] {
    guard type == other.type else {
      throw TensorError(
        .typeMismatch, "a \(type.rawValue) mask does not fit a \(other.type.rawValue) tensor: convert the mask")
    }
    return try selected(in: other.shape)
  }

  /// Returns, for each element of this mask, whether it selects elements of a tensor of shape `other`, after checking the shape.
  fileprivate func selected(in other: Shape) throws(TensorError) -> [Bool] {
    guard shape.rank == other.rank, zip(shape.dimensions, other.dimensions).allSatisfy({ $0 == 1 || $0 == $1 }) else {
      throw TensorError(.shapeMismatch, "a mask of shape \(shape) does not fit a tensor of shape \(other)")
    }
    switch storage {
    case .float32(let elements): return elements.map { $0 != 0 }
    case .float64(let elements): return elements.map { $0 != 0 }
    case .int64(let elements): return elements.map { $0 != 0 }
    }
  }
}

extension Shape {
  /// The number of elements that a reduction over some axes summarizes in each result; with a mask, only the selected elements count.
  ///
  /// - Parameters:
  ///   - axes: Axes of the shape, without repetition.
  ///   - mask: A mask of the shape's rank. Its extent along axes that are not reduced is 1, so that the number is the same for all
  ///     results.
  /// - Throws: `TensorError` with code `.shapeMismatch` for a mask that does not fit.
  package func elementCount(over axes: [Int], where mask: Tensor?) throws(TensorError) -> Int {
    guard let mask else { return axes.reduce(1) { $0 * self[$1] } }
    let selected = try mask.selected(in: self)
    guard dimensions.indices.allSatisfy({ axes.contains($0) || mask.shape[$0] == 1 }) else {
      throw TensorError(
        .shapeMismatch,
        "elements are counted over the axes \(axes), but the mask of shape \(mask.shape) also varies along other axes")
    }
    let repetitions = axes.reduce(1) { $0 * (mask.shape[$1] == 1 ? self[$1] : 1) }
    return selected.count { $0 } * repetitions
  }
}
