import Tensors

/// An extent of a symbolic shape: a number, or a name such as `batch` for a number that is only known at evaluation.
public enum Extent: Hashable, Sendable {
  /// A number of elements.
  case fixed(Int)
  /// The name of a number that the inputs of an evaluation determine, such as `batch`.
  case symbolic(Name)

  /// The number of elements; nil for a symbolic extent.
  public var fixed: Int? {
    if case .fixed(let value) = self { value } else { nil }
  }
}

extension Extent: ExpressibleByIntegerLiteral, ExpressibleByStringLiteral, CustomStringConvertible {
  /// Creates a fixed extent.
  public init(integerLiteral value: Int) { self = .fixed(value) }
  /// Creates a symbolic extent with the given name.
  public init(stringLiteral value: String) { self = .symbolic(Name(value)) }
  /// The number or the name of the extent.
  public var description: String {
    switch self {
    case .fixed(let value): String(value)
    case .symbolic(let name): name.text
    }
  }
}

/// The scalar type and symbolic shape of a variable.
public struct VariableType: Hashable, Sendable, CustomStringConvertible {
  /// The type of the elements.
  public var scalar: ScalarType
  /// The extents, outermost first.
  public var shape: [Extent]

  /// Creates a type from its scalar type and extents.
  public init(_ scalar: ScalarType, _ shape: [Extent]) {
    self.scalar = scalar
    self.shape = shape
  }

  /// Creates the type of a tensor. All of its extents are fixed.
  public init(_ tensor: Tensor) {
    self.init(tensor.type, tensor.shape.dimensions.map(Extent.fixed))
  }

  /// The number of axes.
  public var rank: Int { shape.count }

  /// The shape; nil if an extent is symbolic.
  public var fixedShape: Shape? {
    let dimensions = shape.compactMap(\.fixed)
    guard dimensions.count == shape.count else { return nil }
    return try? Shape(checking: dimensions)
  }

  /// The type in words, such as `float32 batch×64`.
  public var description: String {
    "\(scalar.rawValue) \(shape.isEmpty ? "scalar" : shape.map(\.description).joined(separator: "×"))"
  }
}
