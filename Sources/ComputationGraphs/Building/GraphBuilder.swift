import Tensors

/// Records operations into an arena, and returns an immutable `Graph` at the end.
///
/// Use a builder on one thread. Its `Variable`s are handles to values in the arena. Expressions with variables record nodes.
public final class GraphBuilder {
  var arena: Graph
  private var tensorVariables: [TensorPath: Int] = [:]
  private var constants: [VariableType: [UInt64: Int]] = [:]
  /// The calls that are being recorded, outermost first.
  var openCalls: [Int] = []
  /// The scopes whose normalizations are in training mode.
  var trainingScopes = TrainingScopes()
  /// The surrounding builder, if this builder records the body of a loop.
  let outer: GraphBuilder?
  /// The number of surrounding loops.
  private let depth: Int
  /// The variables of the surrounding builder that the body of this loop uses, in the order of first use.
  private(set) var captures: [(name: Name, variable: Variable)] = []

  /// Creates a builder of a new graph.
  public init() {
    arena = Graph(inputs: [], outputs: [], variables: [], nodes: [], calls: [])
    outer = nil
    depth = 0
  }

  /// Creates a builder of the body of a loop. The builder `outer` records the loop.
  init(inside outer: GraphBuilder) {
    arena = Graph(inputs: [], outputs: [], variables: [], nodes: [], calls: [])
    self.outer = outer
    depth = outer.depth + 1
  }

  /// Creates a builder that continues a graph. The variables of the graph keep their indices.
  public convenience init(continuing graph: Graph) { self.init(continuing: graph, inside: nil, captures: []) }

  /// Creates a builder that continues a graph. If the graph is the body of a loop, `outer` is the surrounding builder.
  init(continuing graph: Graph, inside outer: GraphBuilder?, captures: [(name: Name, variable: Variable)]) {
    arena = graph
    self.outer = outer
    self.captures = captures
    depth = outer.map { $0.depth + 1 } ?? 0
    for (index, variable) in graph.variables.enumerated() {
      switch variable.source {
      case .tensor(let path): tensorVariables[path] = index
      case .constant(let value): constants[variable.type, default: [:]][value.bitPattern] = index
      default: break
      }
    }
  }

  // MARK: Leaves

  /// A variable that evaluation feeds by name.
  ///
  /// - Throws: `GraphError` with code `.duplicate` if the name is taken.
  public func input(_ name: Name, _ type: VariableType) throws(GraphError) -> Variable {
    guard !arena.inputs.contains(where: { $0.name == name }) else {
      throw GraphError(.duplicate, "the graph has an input named \"\(name)\" already")
    }
    let variable = append(Graph.Variable(name: name, type: type, roles: [.input], source: .input(name)))
    arena.inputs.append(Graph.Port(name: name, variable: variable.index))
    return variable
  }

  /// A scalar with a constant value. Calls with the same value and type return the same variable.
  ///
  /// - Throws: `GraphError` with code `.malformed` for an int64 constant that is not an integer from −2⁵³ to 2⁵³.
  public func constant(_ value: Double, _ scalar: ScalarType) throws(GraphError) -> Variable {
    try Graph.check(constant: value, of: scalar)
    let type = VariableType(scalar, [])
    if let index = constants[type]?[value.bitPattern] { return Variable(builder: self, index: index) }
    let variable = append(Graph.Variable(name: nil, type: type, roles: [], source: .constant(value)))
    constants[type, default: [:]][value.bitPattern] = variable.index
    return variable
  }

  /// A saved tensor. Calls with the same path return the same variable.
  ///
  /// - Throws: `GraphError` with code `.duplicate` if the path already has another type.
  public func tensor(_ path: TensorPath, type: VariableType, roles: RoleSet) throws(GraphError) -> Variable {
    if let index = tensorVariables[path] {
      guard arena.variables[index].type == type else {
        throw locate(
          GraphError(
            .duplicate, "\(path) is \(arena.variables[index].type) in one application and \(type) in another",
            brick: path.brick))
      }
      return Variable(builder: self, index: index)
    }
    let variable = append(
      Graph.Variable(name: path.name, type: type, roles: roles, source: .tensor(path), brick: path.brick))
    tensorVariables[path] = variable.index
    return variable
  }

  /// The handle of a variable in the arena. After `init(continuing:)`, the indices of the continued graph are valid, too.
  ///
  /// - Precondition: The arena has the variable.
  public func variable(_ index: Int) -> Variable {
    precondition(arena.variables.indices.contains(index), "the builder has no variable \(index)")
    return Variable(builder: self, index: index)
  }

  private func append(_ variable: Graph.Variable) -> Variable {
    arena.variables.append(variable)
    return Variable(builder: self, index: arena.variables.count - 1)
  }

  // MARK: Nodes

  /// Records an operation.
  ///
  /// - Throws: `GraphError` if the operands do not fit. It names the brick and the application that are being recorded.
  public func record(_ operation: GraphOperation, _ inputs: Variable...) throws(GraphError) -> Variable {
    try record(operation, inputs)[0]
  }

  /// Records an operation with any number of results.
  func record(_ operation: GraphOperation, _ operands: [Variable]) throws(GraphError) -> [Variable] {
    // If operands come from different depths of loops, the innermost loop records the operation, because all operands are known
    // only there.
    if let inner = operands.map(\.builder).max(by: { $0.depth < $1.depth }), inner.depth > depth {
      return try inner.record(operation, operands)
    }
    let inputs = try operands.map { (operand) throws(GraphError) in try adopted(operand) }
    let types: [VariableType]
    do {
      types = try operation.resultTypes(of: inputs.map(\.type))
    } catch {
      throw locate(error)
    }
    let call = openCalls.last
    let outputs = types.map { type in
      append(
        Graph.Variable(
          name: nil, type: type, roles: [], source: nil, brick: brickInProgress, call: call))
    }
    arena.nodes.append(
      Graph.Node(operation: operation, inputs: inputs.map(\.index), outputs: outputs.map(\.index)))
    return outputs
  }

  /// Returns the variable itself if it belongs to this builder, or the input that captures it if it comes from outside the loop.
  ///
  /// - Precondition: The variable belongs to this builder or to a surrounding builder.
  public func adopted(_ variable: Variable) throws(GraphError) -> Variable {
    if variable.builder === self { return variable }
    guard let outer else { preconditionFailure("an operand belongs to another builder") }
    let outside = try outer.adopted(variable)
    if let known = captures.first(where: { $0.variable.index == outside.index }) {
      guard let index = arena.input(named: known.name) else {
        preconditionFailure("the body of a loop captures \"\(known.name)\", but has no such input")
      }
      return self.variable(index)
    }
    var number = captures.count
    while arena.input(named: "capture_\(number)") != nil { number += 1 }
    captures.append(("capture_\(number)", outside))
    return try input("capture_\(number)", outside.type)
  }

  // MARK: Finishing

  /// The graph with the given outputs. Nodes that no output, call or auxiliary variable needs are left out.
  ///
  /// - Throws: `GraphError` with code `.duplicate` if two outputs have the same name, `.missingValue` if a brick was not called
  ///   in its training scope, `.malformed` or `.shapeMismatch` if a normalization does not fit its statistics.
  public func finish(outputs: NamedVariables) throws(GraphError) -> Graph {
    if let brick = trainingScopes.withoutCalls.first {
      throw GraphError(
        .missingValue,
        "neither \(brick) nor a brick below it is applied in its training scope; write a path like /mlp/linear_0")
    }
    let outputs = outputs.elements
    let indices = try outputs.map { (output) throws(GraphError) in try adopted(output.variable).index }
    var graph = arena
    graph.outputs = []
    for ((name, _), index) in zip(outputs, indices) {
      guard !graph.outputs.contains(where: { $0.name == name }) else {
        throw GraphError(.duplicate, "two outputs are named \"\(name)\"")
      }
      graph.outputs.append(Graph.Port(name: name, variable: index))
    }
    let result = try graph.canonical(substituting: [:])
    try result.validateNormalizations()
    return result
  }
}
