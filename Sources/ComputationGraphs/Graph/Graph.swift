@_exported import Names
import JSON
import Tensors

/// An immutable symbolic computation: an arena of variables and the nodes that compute them.
///
/// Indices identify variables, nodes and calls. Nodes are in topological order. Queries read the arrays. Transforms return
/// another graph.
public struct Graph: Hashable, Sendable {
  /// A named input or output.
  public struct Port: Hashable, Sendable {
    /// The name of the input or output.
    public let name: Name
    /// The variable.
    public let variable: Int

    /// Creates a port with its name and variable.
    public init(name: Name, variable: Int) {
      self.name = name
      self.variable = variable
    }
  }

  /// The source of a leaf variable's value.
  public enum Source: Hashable, Sendable {
    /// Evaluation feeds the value by name.
    case input(Name)
    /// The value is a saved tensor.
    case tensor(TensorPath)
    /// The value is a constant: the same number for all elements.
    case constant(Double)

    /// Whether two sources are the same. A NaN constant equals itself.
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
    /// The name; nil for a variable without a name.
    public var name: Name?
    /// Scalar type and symbolic shape.
    public var type: VariableType
    /// The roles of the variable, only the most specific ones.
    public var roles: RoleSet
    /// The source of a leaf's value; nil for a variable that a node computes.
    public var source: Source?
    /// The path of the brick to which the variable belongs.
    public var brick: Name?
    /// The call that recorded the variable, as an index into `calls`.
    public var call: Int?
  }

  /// One operation on variables.
  public struct Node: Hashable, Sendable {
    /// The operation.
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
    /// The name of the brick's type; nil if it is unknown.
    public var brickType: Name?
    /// The name of the brick's method that was applied, such as `apply`.
    public var application: Name
    /// The inputs of the application.
    public var inputs: [Int]
    /// The outputs of the application.
    public var outputs: [Int]
    /// Additional facts about the call.
    public var metadata: [Name: JSONValue] = [:]
    /// The normalization of the call, with its mode; nil if the call does not normalize.
    public var normalization: Normalization?

    /// The name that the caller gave to this call, `call_id` of the metadata.
    public var id: Name? {
      if case .text(let id) = metadata["call_id"] { Name(id) } else { nil }
    }
  }

  /// The inputs of the graph.
  public internal(set) var inputs: [Port]
  /// The outputs of the graph.
  public internal(set) var outputs: [Port]
  /// All variables, leaves first.
  public internal(set) var variables: [Variable]
  /// All operations, in topological order.
  public internal(set) var nodes: [Node]
  /// All applications of bricks, in the order in which they began.
  public internal(set) var calls: [Call]
}
