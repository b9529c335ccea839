import Names
import Tensors

/// A value that a pickle builds. Containers are indices into `PickleHeap`, so values do not contain each other, and comparing or
/// releasing a deeply nested value needs no recursion. `StateDictionary` limits the depth to which it follows them.
enum PickleValue: Hashable, Sendable {
  case none
  case boolean(Bool)
  case integer(Int)
  case real(Double)
  case text(Name)
  case bytes
  case tuple(Int)
  case list(Int)
  case dictionary(Int)
  /// A known Python object, given by its module and name.
  case global(PickleGlobal)
  case storage(Int)
  case tensor(Int)
  /// An object that has no influence on tensors.
  case opaque
}

/// The containers and tensors of a pickle.
struct PickleHeap: Sendable {
  /// A storage: an array of numbers. Tensors are views of storages.
  struct Storage: Hashable, Sendable {
    /// The key by which the file finds the bytes.
    var key: Name
    /// The type of the elements; nil for untyped bytes.
    var type: PyTorchType?
    /// The number of elements, or of bytes if there is no type.
    var count: Int
    /// The index of the first element within these bytes.
    var offset = 0
  }

  /// A tensor: a view of a storage.
  struct View: Hashable, Sendable {
    var storage: Int
    var type: PyTorchType
    var offset: Int
    var extents: [Int]
    var strides: [Int]
  }

  var tuples: [[PickleValue]] = []
  var lists: [[PickleValue]] = []
  var dictionaries: [[(key: PickleValue, value: PickleValue)]] = []
  var storages: [Storage] = []
  var views: [View] = []

  /// The elements of a tuple or a list; nil for other values.
  func elements(_ value: PickleValue) -> [PickleValue]? {
    switch value {
    case .tuple(let index): tuples[index]
    case .list(let index): lists[index]
    default: nil
    }
  }

  /// The integers of a tuple or a list; nil for other values.
  func integers(_ value: PickleValue) -> [Int]? {
    guard let elements = elements(value) else { return nil }
    var integers: [Int] = []
    for element in elements {
      guard case .integer(let integer) = element else { return nil }
      integers.append(integer)
    }
    return integers
  }
}

/// A type of the elements of PyTorch's tensors.
struct PyTorchType: Hashable, Sendable {
  /// PyTorch's name, such as `float32`.
  let name: String
  /// The size of an element.
  let byteCount: Int
  /// The type that the elements are read as; nil if they cannot be read.
  let scalar: ScalarType?

  /// Whether elements are booleans.
  var isBoolean: Bool { name == "bool" }

  /// All types by PyTorch's names, with the names of their storages.
  private static let all: [(name: String, storage: String?, byteCount: Int, scalar: ScalarType?)] = [
    ("float32", "FloatStorage", 4, .float32), ("float64", "DoubleStorage", 8, .float64),
    ("float16", "HalfStorage", 2, .float16), ("bfloat16", "BFloat16Storage", 2, .bfloat16),
    ("int64", "LongStorage", 8, .int64), ("int32", "IntStorage", 4, .int32), ("int16", "ShortStorage", 2, .int16),
    ("int8", "CharStorage", 1, .int8), ("uint8", "ByteStorage", 1, .uint8), ("bool", "BoolStorage", 1, .uint8),
    ("uint16", nil, 2, .uint16), ("uint32", nil, 4, .uint32), ("uint64", nil, 8, .uint64),
    ("complex64", "ComplexFloatStorage", 8, nil), ("complex128", "ComplexDoubleStorage", 16, nil),
    ("complex32", nil, 4, nil), ("float8_e4m3fn", nil, 1, nil), ("float8_e5m2", nil, 1, nil),
    ("float8_e4m3fnuz", nil, 1, nil), ("float8_e5m2fnuz", nil, 1, nil), ("float8_e8m0fnu", nil, 1, nil),
  ]

  /// The types by their names.
  static let byName = Dictionary(
    uniqueKeysWithValues: all.map { ($0.name, PyTorchType(name: $0.name, byteCount: $0.byteCount, scalar: $0.scalar)) })
  /// The types by the names of their storages.
  static let byStorage = Dictionary(
    uniqueKeysWithValues: all.compactMap { item in
      item.storage.map { ($0, PyTorchType(name: item.name, byteCount: item.byteCount, scalar: item.scalar)) }
    })
}

/// The Python objects that a pickle of tensors may name.
///
/// PyTorch's own `weights_only` loading accepts the same objects for tensors. No code of these objects runs here. Each name stands
/// for a value that the interpreter builds itself.
enum PickleGlobal: Hashable, Sendable {
  case orderedDictionary
  case rebuildTensor
  case rebuildParameter
  case rebuildFromType
  case tensorType
  case size
  case device
  case untypedStorage
  case typedStorage
  case type(PyTorchType)
  case storage(PyTorchType)
  /// A kind of tensor that is not an array with strides, such as a sparse tensor. The text names the kind in messages.
  case unreadable(String)

  /// The object with a module and a name; nil if it is not known.
  init?(module: String, name: String) {
    switch (module, name) {
    case ("collections", "OrderedDict"), ("builtins", "dict"), ("__builtin__", "dict"): self = .orderedDictionary
    case ("torch._utils", "_rebuild_tensor"), ("torch._utils", "_rebuild_tensor_v2"),
      ("torch._utils", "_rebuild_tensor_v3"):
      self = .rebuildTensor
    case ("torch._utils", "_rebuild_parameter"), ("torch._utils", "_rebuild_parameter_with_state"):
      self = .rebuildParameter
    case ("torch._tensor", "_rebuild_from_type_v2"), ("torch._tensor", "_rebuild_from_type"): self = .rebuildFromType
    case ("torch", "Tensor"), ("torch.nn.parameter", "Parameter"), ("torch.nn.parameter", "Buffer"): self = .tensorType
    case ("torch", "Size"): self = .size
    case ("torch", "device"): self = .device
    case ("torch.storage", "UntypedStorage"), ("torch", "UntypedStorage"): self = .untypedStorage
    case ("torch.storage", "TypedStorage"), ("torch.storage", "_TypedStorage"): self = .typedStorage
    case ("torch._utils", "_rebuild_sparse_tensor"): self = .unreadable("sparse tensors")
    case ("torch._utils", "_rebuild_qtensor"): self = .unreadable("quantized tensors")
    case ("torch._utils", "_rebuild_nested_tensor"): self = .unreadable("nested tensors")
    case ("torch", _):
      let storage = name
      if let type = PyTorchType.byStorage[storage] {
        self = .storage(type)
      } else if let type = PyTorchType.byName[name] {
        self = .type(type)
      } else {
        return nil
      }
    default: return nil
    }
  }
}
