/// An immutable array of numbers: a shape and its elements in row-major order.
///
/// Copies share storage, and each operation creates a new tensor.
public struct Tensor: Hashable, Sendable {
  /// The elements, by type.
  public enum Storage: Hashable, Sendable {
    /// Elements in single precision.
    case float32([Float])
    /// Elements in double precision.
    case float64([Double])
    /// Integers.
    case int64([Int64])
  }

  /// The extent of each axis.
  public let shape: Shape
  /// The elements in row-major order.
  public let storage: Storage

  /// Creates a tensor of single-precision elements.
  ///
  /// - Throws: `TensorError` with code `.shapeMismatch` if the number of elements does not fit the shape.
  public init(_ elements: [Float], shape: Shape) throws(TensorError) {
    try self.init(.float32(elements), count: elements.count, shape: shape)
  }

  /// Creates a tensor of double-precision elements.
  ///
  /// - Throws: `TensorError` with code `.shapeMismatch` if the number of elements does not fit the shape.
  public init(_ elements: [Double], shape: Shape) throws(TensorError) {
    try self.init(.float64(elements), count: elements.count, shape: shape)
  }

  /// Creates a tensor of integers, such as labels, counts or time steps.
  ///
  /// - Throws: `TensorError` with code `.shapeMismatch` if the number of elements does not fit the shape.
  public init(_ elements: [Int64], shape: Shape) throws(TensorError) {
    try self.init(.int64(elements), count: elements.count, shape: shape)
  }

  private init(_ storage: Storage, count: Int, shape: Shape) throws(TensorError) {
    guard count == shape.elementCount else {
      throw TensorError(.shapeMismatch, "shape \(shape) needs \(shape.elementCount) elements, but \(count) are given")
    }
    self.shape = shape
    self.storage = storage
  }

  /// Creates a tensor whose elements all have one value, rounded to the type.
  ///
  /// - Throws: `TensorError` with code `.typeMismatch` for a type that occurs only in files, or `.notRepresentable` for a value
  ///   that is not an integer if the type is int64.
  public init(repeating value: Double, shape: Shape, type: ScalarType) throws(TensorError) {
    self.shape = shape
    switch type {
    case .float32: storage = .float32([Float](repeating: Float(value), count: shape.elementCount))
    case .float64: storage = .float64([Double](repeating: value, count: shape.elementCount))
    case .int64:
      guard let integer = Int64(exactly: value) else {
        throw TensorError(.notRepresentable, "\(value) is not an integer")
      }
      storage = .int64([Int64](repeating: integer, count: shape.elementCount))
    default: throw TensorError(.typeMismatch, "tensors in memory are float32, float64 or int64, not \(type.rawValue)")
    }
  }

  /// The type of the elements.
  public var type: ScalarType {
    switch storage {
    case .float32: .float32
    case .float64: .float64
    case .int64: .int64
    }
  }

  /// The elements as doubles, in row-major order. They are exact, except for integers beyond 2⁵³.
  public var doubles: [Double] {
    switch storage {
    case .float32(let elements): elements.map(Double.init)
    case .float64(let elements): elements
    case .int64(let elements): elements.map(Double.init)
    }
  }

  /// The same elements in another in-memory type, rounded to nearest.
  ///
  /// - Throws: `TensorError` with code `.typeMismatch` for a type that occurs only in files, or `.notRepresentable` if a
  ///   floating-point element is not an integer.
  public func converted(to type: ScalarType) throws(TensorError) -> Tensor {
    guard type != self.type else { return self }
    switch type {
    case .float32:
      // Round integers directly. A conversion through Double would round twice.
      if case .int64(let elements) = storage { return try Tensor(elements.map { Float($0) }, shape: shape) }
      return try Tensor(doubles.map { Float($0) }, shape: shape)
    case .float64: return try Tensor(doubles, shape: shape)
    case .int64:
      var integers: [Int64] = []
      integers.reserveCapacity(shape.elementCount)
      for value in doubles {
        guard let integer = Int64(exactly: value) else {
          throw TensorError(.notRepresentable, "\(value) is not an integer")
        }
        integers.append(integer)
      }
      return try Tensor(integers, shape: shape)
    default: throw TensorError(.typeMismatch, "tensors in memory are float32, float64 or int64, not \(type.rawValue)")
    }
  }

  /// The same elements in another shape.
  ///
  /// - Throws: `TensorError` with code `.shapeMismatch` if the element counts differ.
  public func reshaped(to shape: Shape) throws(TensorError) -> Tensor {
    guard shape.elementCount == self.shape.elementCount else {
      throw TensorError(.shapeMismatch, "shape \(self.shape) cannot be reshaped to \(shape)")
    }
    switch storage {
    case .float32(let elements): return try Tensor(elements, shape: shape)
    case .float64(let elements): return try Tensor(elements, shape: shape)
    case .int64(let elements): return try Tensor(elements, shape: shape)
    }
  }
}
