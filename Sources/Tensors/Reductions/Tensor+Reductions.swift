extension Tensor {
  /// The sum over axes. It is accumulated in double precision and rounded once. Sums of integers are exact.
  ///
  /// The sum of no elements is 0. If there are no axes, the result is the tensor itself. With `keepingDimensions`, the reduced axes stay
  /// with extent 1. The order of summation depends only on the shape and the axes. With a mask, only the elements that it selects
  /// count; see `Selection`.
  ///
  /// - Parameter type: The type that a floating-point sum is rounded to, `float32` or `float64`; by default the tensor's own.
  /// - Throws: `TensorError` with code `.outOfRange` for an axis that does not exist or is named twice, or `.notRepresentable` if
  ///   integers overflow, even in a partial sum; the errors of `Selection` for a mask.
  public func sum(
    over axes: [Int], where mask: Tensor? = nil, keepingDimensions: Bool = false, as type: ScalarType? = nil
  ) throws(TensorError) -> Tensor {
    let plan = try ReductionPlan(shape, over: axes, keepingDimensions: keepingDimensions, operation: "sum")
    if let mask { return try plan.result(Selection(of: self, by: mask).sums(plan), as: type ?? self.type) }
    switch storage {
    case .float32(let elements):
      return try plan.result(plan.sums(of: elements) { element, _ in Double(element) }, as: type ?? .float32)
    case .float64(let elements):
      return try plan.result(plan.sums(of: elements) { element, _ in element }, as: type ?? .float64)
    case .int64(let elements):
      var overflowed = false
      let sums = plan.folded(elements, initial: 0) {
        let (value, overflow) = $0.addingReportingOverflow($1)
        overflowed = overflowed || overflow
        return value
      }
      guard !overflowed else {
        throw TensorError(.notRepresentable, "sum over axes \(axes) of an int64 tensor of shape \(shape) overflows")
      }
      return try Tensor(sums, shape: plan.resultShape)
    }
  }

  /// The mean over axes. It is accumulated in double precision and rounded once.
  ///
  /// With a mask, only the elements that it selects count, and the mean of no elements is 0; see `Selection`.
  ///
  /// - Parameter type: The type that the mean is rounded to, `float32` or `float64`; by default the tensor's own.
  /// - Throws: `TensorError` with code `.outOfRange` for an axis that does not exist or is named twice, `.invalidShape` for the
  ///   mean of no elements without a mask, or `.typeMismatch` for integers; the errors of `Selection` for a mask.
  public func mean(
    over axes: [Int], where mask: Tensor? = nil, keepingDimensions: Bool = false, as type: ScalarType? = nil
  ) throws(TensorError) -> Tensor {
    let plan = try ReductionPlan(shape, over: axes, keepingDimensions: keepingDimensions, operation: "mean")
    if let mask { return try plan.result(Selection(of: self, by: mask).means(plan), as: type ?? self.type) }
    try plan.requireElements(of: shape, operation: "mean")
    switch storage {
    case .float32(let elements): return try plan.result(Self.means(of: elements, plan), as: type ?? .float32)
    case .float64(let elements): return try plan.result(Self.means(of: elements, plan), as: type ?? .float64)
    case .int64:
      throw TensorError(
        .typeMismatch, "mean of an int64 tensor of shape \(shape) is not possible: convert it to a float type")
    }
  }

  /// The biased variance over axes: the mean of squared deviations from the mean, divided by n and not by n − 1.
  ///
  /// There are two passes, because squares of large means would hide small variances. Both accumulate in double precision, and
  /// the mean is not rounded in between. The result is rounded once. With a mask, only the elements that it selects count, and
  /// the variance of no elements is 0; see `Selection`.
  ///
  /// - Parameter type: The type that the variance is rounded to, `float32` or `float64`; by default the tensor's own.
  /// - Throws: `TensorError` with code `.outOfRange` for an axis that does not exist or is named twice, `.invalidShape` for the
  ///   variance of no elements without a mask, or `.typeMismatch` for integers; the errors of `Selection` for a mask.
  public func variance(
    over axes: [Int], where mask: Tensor? = nil, keepingDimensions: Bool = false, as type: ScalarType? = nil
  ) throws(TensorError) -> Tensor {
    let plan = try ReductionPlan(shape, over: axes, keepingDimensions: keepingDimensions, operation: "variance")
    if let mask { return try plan.result(Selection(of: self, by: mask).variances(plan), as: type ?? self.type) }
    try plan.requireElements(of: shape, operation: "variance")
    switch storage {
    case .float32(let elements): return try plan.result(Self.variances(of: elements, plan), as: type ?? .float32)
    case .float64(let elements): return try plan.result(Self.variances(of: elements, plan), as: type ?? .float64)
    case .int64:
      throw TensorError(
        .typeMismatch, "variance of an int64 tensor of shape \(shape) is not possible: convert it to a float type")
    }
  }

  /// The largest element over axes; NaN if an element is NaN.
  ///
  /// - Throws: `TensorError` with code `.outOfRange` for an axis that does not exist or is named twice, or `.invalidShape` for the
  ///   maximum of no elements.
  public func maximum(over axes: [Int], keepingDimensions: Bool = false) throws(TensorError) -> Tensor {
    let plan = try ReductionPlan(shape, over: axes, keepingDimensions: keepingDimensions, operation: "maximum")
    try plan.requireElements(of: shape, operation: "maximum")
    switch storage {
    case .float32(let elements):
      return try Tensor(plan.folded(elements, initial: -.infinity, Float.maximumOrNaN), shape: plan.resultShape)
    case .float64(let elements):
      return try Tensor(plan.folded(elements, initial: -.infinity, Double.maximumOrNaN), shape: plan.resultShape)
    case .int64(let elements):
      return try Tensor(plan.folded(elements, initial: .min) { max($0, $1) }, shape: plan.resultShape)
    }
  }

  /// The smallest element over axes; NaN if an element is NaN.
  ///
  /// - Throws: `TensorError` with code `.outOfRange` for an axis that does not exist or is named twice, or `.invalidShape` for the
  ///   minimum of no elements.
  public func minimum(over axes: [Int], keepingDimensions: Bool = false) throws(TensorError) -> Tensor {
    let plan = try ReductionPlan(shape, over: axes, keepingDimensions: keepingDimensions, operation: "minimum")
    try plan.requireElements(of: shape, operation: "minimum")
    switch storage {
    case .float32(let elements):
      return try Tensor(plan.folded(elements, initial: .infinity, Float.minimumOrNaN), shape: plan.resultShape)
    case .float64(let elements):
      return try Tensor(plan.folded(elements, initial: .infinity, Double.minimumOrNaN), shape: plan.resultShape)
    case .int64(let elements):
      return try Tensor(plan.folded(elements, initial: .max) { min($0, $1) }, shape: plan.resultShape)
    }
  }
}

extension Tensor {
  private static func means<Element: FloatingElement>(of elements: [Element], _ plan: ReductionPlan) -> [Double] {
    let count = Double(plan.reducedCount)
    return plan.sums(of: elements) { element, _ in Double(element) }.map { $0 / count }
  }

  private static func variances<Element: FloatingElement>(of elements: [Element], _ plan: ReductionPlan) -> [Double] {
    let count = Double(plan.reducedCount)
    let squares = means(of: elements, plan).withUnsafeBufferPointer { means in
      plan.sums(of: elements) { element, result in
        let deviation = Double(element) - means[result]
        return deviation * deviation
      }
    }
    return squares.map { $0 / count }
  }
}

extension ReductionPlan {
  /// The results of the reduction as a tensor, rounded to a type.
  fileprivate func result(_ values: [Double], as type: ScalarType) throws(TensorError) -> Tensor {
    try type == .float32 ? Tensor(values.map(Float.init), shape: resultShape) : Tensor(values, shape: resultShape)
  }
}
