/// A relation of two numbers. With NaN, no relation except `notEqual` holds.
///
/// The raw values are the names in files.
public enum Comparison: String, Hashable, Sendable, Codable, CaseIterable {
  /// x > y
  case greater
  /// x ≥ y
  case greaterOrEqual = "greater_or_equal"
  /// x < y
  case less
  /// x ≤ y
  case lessOrEqual = "less_or_equal"
  /// x = y
  case equal
  /// x ≠ y
  case notEqual = "not_equal"

  func holds<Element: Comparable>(_ left: Element, _ right: Element) -> Bool {
    switch self {
    case .greater: left > right
    case .greaterOrEqual: left >= right
    case .less: left < right
    case .lessOrEqual: left <= right
    case .equal: left == right
    case .notEqual: left != right
    }
  }
}

extension Tensor {
  /// 1 if a relation holds between corresponding elements, otherwise 0, in the operands' type.
  ///
  /// The shapes broadcast as in NumPy.
  ///
  /// - Throws: `TensorError` with code `.shapeMismatch` for shapes that do not broadcast together, or `.typeMismatch` for operands
  ///   of different types.
  public func compared(with other: Tensor, by comparison: Comparison) throws(TensorError) -> Tensor {
    let result = try shape.broadcast(with: other.shape)
    let operands = (try broadcast(to: result), try other.broadcast(to: result))
    switch (operands.0.storage, operands.1.storage) {
    case (.float32(let left), .float32(let right)):
      return try Tensor(zip(left, right).map { comparison.holds($0, $1) ? 1 : 0 as Float }, shape: result)
    case (.float64(let left), .float64(let right)):
      return try Tensor(zip(left, right).map { comparison.holds($0, $1) ? 1 : 0 as Double }, shape: result)
    case (.int64(let left), .int64(let right)):
      return try Tensor(zip(left, right).map { comparison.holds($0, $1) ? 1 : 0 as Int64 }, shape: result)
    default:
      throw TensorError(
        .typeMismatch,
        "\(comparison.rawValue) of a \(type.rawValue) and a \(other.type.rawValue) tensor is not possible: convert one of them"
      )
    }
  }

  /// Takes each element from `first` if the element of this tensor is not 0, otherwise from `second`. The shapes broadcast as in
  /// NumPy. Elements that are not selected have no influence, even if they are NaN.
  ///
  /// - Throws: `TensorError` with code `.shapeMismatch` for shapes that do not broadcast together, or `.typeMismatch` for operands
  ///   of different types.
  public func selecting(_ first: Tensor, else second: Tensor) throws(TensorError) -> Tensor {
    let result = try shape.broadcast(with: first.shape).broadcast(with: second.shape)
    let mask = try broadcast(to: result).storage
    switch (mask, try first.broadcast(to: result).storage, try second.broadcast(to: result).storage) {
    case (.float32(let mask), .float32(let first), .float32(let second)):
      return try Tensor(Self.choosing(mask, first, second), shape: result)
    case (.float64(let mask), .float64(let first), .float64(let second)):
      return try Tensor(Self.choosing(mask, first, second), shape: result)
    case (.int64(let mask), .int64(let first), .int64(let second)):
      return try Tensor(Self.choosing(mask, first, second), shape: result)
    default:
      throw TensorError(
        .typeMismatch,
        "a \(type.rawValue) tensor cannot select between \(first.type.rawValue) and \(second.type.rawValue): all three types must be "
          + "the same")
    }
  }

  /// The elements, each limited to an interval; NaN stays NaN.
  ///
  /// - Throws: `TensorError` with code `.typeMismatch` for integers.
  /// - Precondition: `minimum` ≤ `maximum`.
  public func clipped(minimum: Double, maximum: Double) throws(TensorError) -> Tensor {
    precondition(minimum <= maximum)
    switch storage {
    case .float32(let elements):
      return try Tensor(Self.clipping(elements, Float(minimum), Float(maximum)), shape: shape)
    case .float64(let elements): return try Tensor(Self.clipping(elements, minimum, maximum), shape: shape)
    case .int64: throw TensorError(.typeMismatch, "an int64 tensor cannot be clipped: convert it to a float type")
    }
  }

  private static func choosing<Element: Numeric>(
    _ mask: [Element], _ first: [Element], _ second: [Element]
  ) -> [Element] {
    mask.indices.map { mask[$0] != 0 ? first[$0] : second[$0] }
  }

  private static func clipping<Element: FloatingPoint>(
    _ elements: [Element], _ minimum: Element, _ maximum: Element
  ) -> [Element] {
    // Comparisons with NaN are false, so NaN stays NaN.
    elements.map { $0 < minimum ? minimum : $0 > maximum ? maximum : $0 }
  }
}
