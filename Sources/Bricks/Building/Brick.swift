@_exported import ComputationGraphs
@_exported import Tensors

/// A building block of a model: a value with a configuration and an `apply` that records a computation.
///
/// A brick holds no parameters. It declares them on the scope while it is applied, and the model keeps them by path. By default,
/// its children are the stored properties that are bricks or arrays of bricks. Files identify a brick by the name of its type.
public protocol Brick: Codable, Equatable, Sendable {
  /// The type's name in files; the Swift name by default.
  static var typeName: String { get }
  /// The name among its siblings; by default, the type name in lower case.
  var name: String { get }
  /// The child bricks, which `apply` may apply through the scope.
  var children: [any Brick] { get }
  /// Records the brick's computation.
  func apply(_ input: Variable, in scope: inout Scope) throws -> Variable
}

extension Brick {
  /// The Swift name without generic arguments.
  public static var typeName: String { String(String(describing: Self.self).prefix { $0 != "<" }) }

  /// The lower-cased type name.
  public var name: String { Self.typeName.lowercased() }

  /// The stored properties that are bricks or arrays of bricks, in the order of declaration.
  public var children: [any Brick] {
    Mirror(reflecting: self).children.flatMap { _, value -> [any Brick] in
      switch value {
      case let brick as any Brick: [brick]
      case let erased as AnyBrick: [erased.brick]
      case let bricks as [(any Brick)?]: bricks.compactMap { $0 }
      case let erased as [AnyBrick?]: erased.compactMap { $0?.brick }
      default: []
      }
    }
  }

  /// The children without repeated activations. Activations have no parameters, so equal activations count as one brick that is
  /// applied several times.
  var distinctChildren: [any Brick] {
    var activations: [any Brick] = []
    return children.filter { child in
      guard child is any Activation else { return true }
      guard !activations.contains(where: child.isEqual(to:)) else { return false }
      activations.append(child)
      return true
    }
  }

  func isEqual(to other: any Brick) -> Bool { (other as? Self) == self }
}

/// A brick without parameters that keeps the shape of its input, usually an elementwise function.
public protocol Activation: Brick {
  /// The function.
  func activated(_ input: Variable) throws -> Variable
}

extension Activation {
  /// Records the activation function.
  public func apply(_ input: Variable, in scope: inout Scope) throws -> Variable { try activated(input) }
}
