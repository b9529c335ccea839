/// The types of numbers in tensors, in memory or in files.
///
/// Models compute in `float32` or `float64`, and count in `int64`. The other types occur only in files, and are converted when they
/// are read or written.
public enum ScalarType: String, Hashable, Sendable, Codable, CaseIterable {
  /// IEEE half precision.
  case float16
  /// The upper half of a `float32`.
  case bfloat16
  /// IEEE single precision.
  case float32
  /// IEEE double precision.
  case float64
  /// 8-bit signed integers.
  case int8
  /// 16-bit signed integers.
  case int16
  /// 32-bit signed integers.
  case int32
  /// 64-bit signed integers.
  case int64
  /// 8-bit unsigned integers.
  case uint8
  /// 16-bit unsigned integers.
  case uint16
  /// 32-bit unsigned integers.
  case uint32
  /// 64-bit unsigned integers.
  case uint64

  /// The size of one element in bytes.
  public var byteCount: Int {
    switch self {
    case .int8, .uint8: 1
    case .float16, .bfloat16, .int16, .uint16: 2
    case .float32, .int32, .uint32: 4
    case .float64, .int64, .uint64: 8
    }
  }

  /// The type in which tensors in memory hold numbers of this type. The conversion is exact, except that uint64 numbers beyond the
  /// range of int64 cannot be converted.
  public var inMemory: ScalarType {
    switch self {
    case .float16, .bfloat16, .float32: .float32
    case .float64: .float64
    case .int8, .int16, .int32, .int64, .uint8, .uint16, .uint32, .uint64: .int64
    }
  }

  /// Whether the type is a floating-point type.
  public var isFloatingPoint: Bool {
    switch self {
    case .float16, .bfloat16, .float32, .float64: true
    default: false
    }
  }
}
