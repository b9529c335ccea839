import Tensors

extension Variable {
  /// The elements of `first` at positions where this variable is not 0, and the elements of `second` at all other positions.
  /// Elements that are not selected have no influence, even if they are NaN.
  public func selecting(_ first: Variable, else second: Variable) throws(GraphError) -> Variable {
    try builder.record(.selection(.select), self, first, second)
  }

  /// Compares corresponding elements: 1 if the relation holds, and 0 if not.
  public func compared(with other: Variable, by comparison: Comparison) throws(GraphError) -> Variable {
    try builder.record(.selection(.compare(comparison)), self, other)
  }

  /// Limits each element to an interval.
  public func clipped(_ interval: ClosedRange<Double>) throws(GraphError) -> Variable {
    try builder.record(.selection(.clip(minimum: interval.lowerBound, maximum: interval.upperBound)), self)
  }
}
