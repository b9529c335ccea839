import Tensors

/// The path of a saved tensor: the path of its brick, and its name within the brick.
///
/// People write `/mlp/linear_0.W`. A checkpoint stores the tensor at `/parameters/mlp/linear_0/W`.
public struct TensorPath: Hashable, Sendable {
  /// The three kinds of saved values. A checkpoint has a group with the name of each kind.
  public enum Collection: String, Hashable, Sendable, CaseIterable {
    /// Values that are optimized and saved.
    case parameters
    /// Values that are saved, but not optimized.
    case statistics
    /// Other values that must be saved.
    case persistent

    /// Returns the collection of tensors with a role; nil if the role is not persistent.
    public init?(_ role: Role) {
      guard role.refines(.persistent) else { return nil }
      self = role.refines(.parameter) ? .parameters : role.refines(.populationStatistics) ? .statistics : .persistent
    }

    /// Returns the collection of tensors with some roles; nil if no role is persistent, or if the roles contradict each other.
    public init?(_ roles: RoleSet) {
      let collections = Set(roles.roles.compactMap { Collection($0) })
      guard collections.count == 1, let collection = collections.first else { return nil }
      self = collection
    }
  }

  /// The kind of value.
  public let collection: Collection
  /// The path of the brick, such as `/mlp/linear_0`.
  public let brick: Name
  /// The name within the brick, such as `W`.
  public let name: Name

  /// Creates the path of a tensor of a brick.
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
  /// - Throws: `GraphError` with code `.invalidName` for any other text.
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

  /// The path as people write it, such as `/mlp/linear_0.W`. It does not contain the collection.
  public var spelling: Name { "\(brick).\(name)" }

  /// The path of the tensor in a checkpoint.
  public var datasetPath: Name { "/\(collection.rawValue)\(brick)/\(name)" }
}

extension TensorPath: CustomStringConvertible, Comparable {
  /// The spelling, such as `/mlp/linear_0.W`.
  public var description: String { spelling.text }

  /// Whether a path comes before another in canonical order, which compares the bytes of the dataset paths.
  public static func < (left: TensorPath, right: TensorPath) -> Bool {
    left.datasetPath < right.datasetPath
  }
}

/// The values of saved tensors by path.
public typealias TensorStore = [TensorPath: Tensor]
