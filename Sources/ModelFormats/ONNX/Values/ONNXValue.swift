import ComputationGraphs
import Names
import Tensors

/// A value of an ONNX graph while it is imported.
enum ONNXValue {
  /// Numbers in the file, or numbers that are computed from them.
  case known(KnownValue)
  /// Integers, such as a shape. At least one integer depends on a symbolic extent.
  case symbolic(SymbolicIntegers)
  /// A value that the model computes when it runs.
  case variable(Variable, ElementType)
  /// A sequence of values.
  case sequence([ONNXValue])

  /// The type of the elements.
  var type: ElementType {
    switch self {
    case .known(let known): known.type
    case .symbolic: .int64
    case .variable(_, let type): type
    case .sequence(let values): values.first?.type ?? .float32
    }
  }

  /// Whether the model computes the value when it runs.
  var isVariable: Bool { if case .variable = self { true } else { false } }

  /// The extents.
  var shape: [Extent] {
    switch self {
    case .known(let known): known.tensor.shape.dimensions.map(Extent.fixed)
    case .symbolic(let integers): integers.shape.map(Extent.fixed)
    case .variable(let variable, _): variable.shape
    case .sequence(let values): [.fixed(values.count)]
    }
  }

  /// The integers of a value that is known or symbolic, in row-major order; nil for other values.
  var integers: SymbolicIntegers? {
    switch self {
    case .symbolic(let integers): return integers
    case .variable, .sequence: return nil
    case .known(let known):
      guard case .int64(let elements) = known.tensor.storage else { return nil }
      return SymbolicIntegers(elements.map { Dimension(Int($0)) }, shape: known.tensor.shape.dimensions)
    }
  }
}

/// A value of an ONNX graph whose numbers are known during the import.
struct KnownValue {
  /// The numbers. Integers and truth values of all types are int64.
  var tensor: Tensor
  /// The type of the elements in ONNX.
  var type: ElementType
  /// The initializer that the numbers come from; nil for other numbers.
  var source: Name?
  /// The change from the initializer's numbers in words; empty if they are unchanged.
  var conversion = ""

  /// Numbers that were computed from these numbers, as the values of a saved tensor.
  ///
  /// - Parameter change: The change in words; empty if it should not be mentioned.
  func changed(to tensor: Tensor, by change: String = "") -> ModelAssembly.Value {
    let changes = [conversion, change].filter { !$0.isEmpty }
    return ModelAssembly.Value(tensor, source: source, conversion: changes.joined(separator: ", "))
  }
}

/// A value of an ONNX graph that consists of integers. At least one of them depends on symbolic extents.
struct SymbolicIntegers {
  /// The integers in row-major order.
  var elements: [Dimension]
  /// The extents of the array.
  var shape: [Int]

  /// Integers in row-major order.
  init(_ elements: [Dimension], shape: [Int]) { (self.elements, self.shape) = (elements, shape) }

  /// A list of integers.
  init(_ elements: [Dimension]) { self.init(elements, shape: [elements.count]) }

  /// Converts the integers to a value. The value is known if no integer depends on a symbolic extent.
  func value(_ type: ElementType = .int64) throws -> ONNXValue {
    let numbers = elements.compactMap(\.fixed)
    guard numbers.count == elements.count else { return .symbolic(self) }
    return .known(KnownValue(tensor: try Tensor(numbers.map { Int64($0) }, shape: Shape(checking: shape)), type: type))
  }
}
