import Tensors

/// The name of a saved tensor: the brick it belongs to, and its own name there.
///
/// People write `/mlp/linear_0.W`; a checkpoint keeps it at `/parameters/mlp/linear_0/W`.
public struct TensorPath: Hashable, Sendable {
  /// The three kinds of saved value, named as their groups in a checkpoint.
  public enum Collection: String, Hashable, Sendable, CaseIterable {
    /// Optimized and saved.
    case parameters
    /// Saved, not optimized.
    case statistics
    /// Anything else that must be saved.
    case persistent

    /// The collection that a role belongs to; nil if the role is not persistent.
    public init?(_ role: Role) {
      guard role.refines(.persistent) else { return nil }
      self = role.refines(.parameter) ? .parameters : role.refines(.populationStatistics) ? .statistics : .persistent
    }

    /// The collection that the persistent ones of some roles belong to; nil if there is none, or if they contradict each other.
    public init?(_ roles: RoleSet) {
      let collections = Set(roles.roles.compactMap { Collection($0) })
      guard collections.count == 1, let collection = collections.first else { return nil }
      self = collection
    }
  }

  /// The kind of value.
  public let collection: Collection
  /// The brick's path, `/mlp/linear_0`.
  public let brick: Name
  /// The name within the brick, `W`.
  public let name: Name

  /// The path of a brick's tensor.
  ///
  /// - Throws: `GraphError` with code `.invalidName` if a name is empty or contains `/`, `.`, `|` or a control character.
  public init(_ collection: Collection, brick: Name, name: Name) throws(GraphError) {
    try BrickPath.check(brick)
    try BrickPath.check(component: name)
    self.collection = collection
    self.brick = brick
    self.name = name
  }

  /// Reads a dataset path such as `/parameters/mlp/linear_0/W`.
  ///
  /// - Throws: `GraphError` with code `.invalidName` for anything else.
  public init(datasetPath path: Name) throws(GraphError) {
    let slash = UInt8(ascii: "/")
    guard path.utf8.first == slash, let brickStart = path.utf8.dropFirst().firstIndex(of: slash),
      let brickEnd = path.utf8.lastIndex(of: slash), brickStart < brickEnd,
      let collection = Collection(rawValue: String(path.text[..<brickStart].dropFirst()))
    else {
      throw GraphError(.invalidName, "\"\(path)\" is not a tensor path such as /parameters/mlp/linear_0/W")
    }
    try self.init(
      collection, brick: Name(path.text[brickStart..<brickEnd]),
      name: Name(path.text[path.utf8.index(after: brickEnd)...]))
  }

  /// The path as people write it, `/mlp/linear_0.W`. It does not tell the collection.
  public var spelling: Name { "\(brick).\(name)" }

  /// Where a checkpoint keeps the tensor.
  public var datasetPath: Name { "/\(collection.rawValue)\(brick)/\(name)" }
}

extension TensorPath: CustomStringConvertible, Comparable {
  /// `/mlp/linear_0.W`.
  public var description: String { spelling.text }

  /// The canonical order: by the bytes of the dataset path.
  public static func < (left: TensorPath, right: TensorPath) -> Bool {
    left.datasetPath < right.datasetPath
  }
}

/// The values of saved tensors by path.
public typealias TensorStore = [TensorPath: Tensor]
