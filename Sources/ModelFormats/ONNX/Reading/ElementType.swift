import Tensors

/// The types of elements that ONNX tensors have, by their numbers in files.
enum ElementType: Int {
  case float32 = 1
  case uint8, int8, uint16, int16, int32, int64
  case text
  case boolean
  case float16, float64, uint32, uint64
  case complex64, complex128
  case bfloat16
  case float8E4M3FN, float8E4M3FNUZ, float8E5M2, float8E5M2FNUZ
  case uint4, int4, float4E2M1

  /// The name in messages.
  var name: String {
    switch self {
    case .text: "string"
    case .boolean: "bool"
    default: "\(self)"
    }
  }

  /// The type of the elements in a file; nil for a type that tensors here do not have.
  var stored: ScalarType? {
    switch self {
    case .float32: .float32
    case .float64: .float64
    case .float16: .float16
    case .bfloat16: .bfloat16
    case .int8: .int8
    case .int16: .int16
    case .int32: .int32
    case .int64: .int64
    case .uint8, .boolean: .uint8
    case .uint16: .uint16
    case .uint32: .uint32
    case .uint64: .uint64
    default: nil
    }
  }

  /// The type that a graph computes with; nil if it cannot compute with the type. Numbers of 16 bits are widened, which is exact. Truth
  /// values are the numbers 1 and 0 of any type.
  var computed: ScalarType? {
    switch self {
    case .float32, .float16, .bfloat16: .float32
    case .float64: .float64
    case .int64, .int32, .boolean: .int64
    default: nil
    }
  }

  /// Whether the elements are floating-point numbers.
  var isFloatingPoint: Bool { stored?.isFloatingPoint ?? false }

  /// Whether the elements are 16-bit floating-point numbers.
  var isWidened: Bool { self == .float16 || self == .bfloat16 }

  /// Whether the elements are integers.
  var isInteger: Bool { !isFloatingPoint && self != .boolean && stored != nil }
}
