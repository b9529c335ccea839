@_exported import Names
import JSON
import Tensors

/// An immutable symbolic computation: an arena of variables and the nodes that compute them.
///
/// Variables, nodes and calls are named by their index. Nodes are in topological order. Queries read the arrays;
/// transforms return another graph.
public struct Graph: Hashable, Sendable {
  /// A named input or output.
  public struct Port: Hashable, Sendable {
    /// The name by which it is fed or read.
    public let name: Name
    /// The variable.
    public let variable: Int

    /// A port from its parts.
    public init(name: Name, variable: Int) {
      self.name = name
      self.variable = variable
    }
  }

  /// Where a leaf variable's value comes from.
  public enum Source: Hashable, Sendable {
    /// Fed at evaluation, by name.
    case input(Name)
    /// Looked up among the saved tensors.
    case tensor(TensorPath)
    /// The same number everywhere.
    case constant(Double)

    /// Equal where the meaning is equal; a NaN constant equals itself.
    public static func == (left: Source, right: Source) -> Bool {
      switch (left, right) {
      case (.input(let left), .input(let right)): left == right
      case (.tensor(let left), .tensor(let right)): left == right
      case (.constant(let left), .constant(let right)): left.bitPattern == right.bitPattern
      default: false
      }
    }
  }

  /// One value of the computation.
  public struct Variable: Hashable, Sendable {
    /// The name, where somebody gave one.
    public var name: Name?
    /// Scalar type and symbolic shape.
    public var type: VariableType
    /// What the variable is for, most specific roles only.
    public var roles: RoleSet
    /// Where a leaf's value comes from; nil for what a node computes.
    public var source: Source?
    /// The path of the brick that it belongs to.
    public var brick: Name?
    /// The call in which it arose, an index into `calls`.
    public var call: Int?
  }

  /// One operation on variables.
  public struct Node: Hashable, Sendable {
    /// What is computed.
    public var operation: GraphOperation
    /// The operands.
    public var inputs: [Int]
    /// The results.
    public var outputs: [Int]
  }

  /// One application of a brick.
  public struct Call: Hashable, Sendable {
    /// The brick's path.
    public var brick: Name
    /// The brick's type name, where known.
    public var brickType: Name?
    /// The method's name.
    public var application: Name
    /// What it was applied to.
    public var inputs: [Int]
    /// What it returned.
    public var outputs: [Int]
    /// Free-form facts about the call.
    public var metadata: [Name: JSONValue] = [:]
    /// Where the call normalizes: by what, and in which mode.
    public var normalization: Normalization?

    /// The name that whoever applied the brick gave this call, `call_id` of the metadata.
    public var id: Name? {
      if case .text(let id) = metadata["call_id"] { Name(id) } else { nil }
    }
  }

  /// What evaluation needs.
  public internal(set) var inputs: [Port]
  /// What evaluation yields.
  public internal(set) var outputs: [Port]
  /// Every value, leaves first.
  public internal(set) var variables: [Variable]
  /// Every operation, in topological order.
  public internal(set) var nodes: [Node]
  /// Every application of a brick, in the order in which they began.
  public internal(set) var calls: [Call]
}
