/// A function that is applied to each element of a tensor.
///
/// The raw values are the names in files.
public enum UnaryOperation: String, Hashable, Sendable, Codable, CaseIterable {
  /// -x
  case negate
  /// √x, NaN for negative x
  case squareRoot = "square_root"
  /// eˣ
  case exponential
  /// The natural logarithm of x, -∞ for 0 and NaN for negative x
  case logarithm
  /// tanh x
  case hyperbolicTangent = "hyperbolic_tangent"
  /// 1 / (1 + e⁻ˣ), without overflow and without loss of small results
  case logistic
  /// max(x, 0); NaN stays NaN, and -0 becomes 0
  case rectify
  /// x · x
  case square
  /// 1 / x
  case reciprocal
  /// |x|
  case absolute
  /// The error function, 2/√π ∫₀ˣ e^(−t²) dt.
  case errorFunction = "error_function"
  /// The largest integer that is not above x.
  case floor
}

/// A function that is applied to each pair of corresponding elements of two tensors.
///
/// The raw values are the names in files.
public enum BinaryOperation: String, Hashable, Sendable, Codable, CaseIterable {
  /// x + y
  case add
  /// x - y
  case subtract
  /// x · y
  case multiply
  /// x / y
  case divide
  /// The larger of x and y, or NaN if one of them is NaN
  case maximum
  /// The smaller of x and y, or NaN if one of them is NaN
  case minimum
  /// xʸ, as the C library's `pow` computes it
  case power
}
