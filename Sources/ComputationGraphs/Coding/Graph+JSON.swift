import JSON
import Tensors

// Reads and writes the document `/model/graph` of a checkpoint (schemas/GRAPH.md).

extension Graph {
  /// Reads a graph and checks it.
  ///
  /// - Throws: `GraphError` with code `.malformed` if a key is missing or has a value of another kind, or if the parts contradict
  ///   each other; `.duplicate` if the graph and the bodies of its loops use one name for two roles.
  public init(json: JSONValue) throws(GraphError) {
    do {
      try self.init(reading: json)
    } catch {
      throw GraphError(reading: error)
    }
  }

  private init(reading json: JSONValue) throws {
    let definitions = try json.optionalMember("roles") { value in
      var definitions: [Name: Name] = [:]
      for (name, parent) in try value.members() { definitions[name] = try parent.name() }
      return definitions
    }
    try RoleRegistry.checkParents(in: json)
    let registry = try RoleRegistry(definitions: definitions ?? [:])
    inputs = try json.list("inputs", Port.init)
    outputs = try json.list("outputs", Port.init)
    variables = try json.list("variables") { value in
      try Variable(json: value, registry: registry)
    }
    nodes = try json.list("nodes", Node.init)
    calls = try json.list("calls", Call.init)
    _ = try RoleRegistry.definitions(of: allRoles)
    try validate()
  }

  /// The graph as JSON, with the definitions of all user-defined roles, including roles in the bodies of loops.
  ///
  /// - Throws: `GraphError` with code `.duplicate` if two different user-defined roles have the same name.
  public func json() throws(GraphError) -> JSONValue {
    let definitions = try RoleRegistry.definitions(of: allRoles)
    return .object(
      omittingNil: [
        "inputs": .list(inputs.map(\.json)), "outputs": .list(outputs.map(\.json)),
        "roles": definitions.isEmpty ? nil : .object(definitions.mapValues(JSONValue.name)),
        "variables": .list(variables.map(\.json)),
        "nodes": .list(try nodes.map { (node) throws(GraphError) in try node.json() }),
        "calls": .list(calls.map(\.json)),
      ])
  }

  /// The roles of all variables, also in the bodies of loops.
  private var allRoles: Set<Role> {
    loops.reduce(into: Set(variables.flatMap(\.roles.roles))) { $0.formUnion($1.scan.body.allRoles) }
  }
}

extension Graph: Codable {
  /// Reads a graph from JSON; see `init(json:)`.
  public init(from decoder: any Decoder) throws { try self.init(json: JSONValue(from: decoder)) }

  /// Writes the graph as JSON; see `json()`.
  public func encode(to encoder: any Encoder) throws { try json().encode(to: encoder) }
}

extension Graph.Port {
  init(json: JSONValue) throws {
    name = try json.name("name")
    variable = try json.integer("variable")
  }

  var json: JSONValue { ["name": .name(name), "variable": .integer(variable)] }
}

extension Graph.Variable {
  init(json: JSONValue, registry: RoleRegistry) throws {
    name = try json.optionalMember("name") { try $0.name() }
    let scalarName = try json.text("type")
    guard let scalar = ScalarType(rawValue: scalarName) else {
      throw GraphError(.malformed, "type: \"\(scalarName)\" is not a type of number")
    }
    type = VariableType(scalar, try json.list("shape", Extent.init))
    roles = RoleSet(try json.list("roles") { value in try registry.role(named: value.name()) })
    source = try json.optionalMember("source") { try Graph.Source(json: $0, of: scalar) }
    brick = try json.optionalMember("brick") { value in
      let path = try value.name()
      try BrickPath.check(path)
      return path
    }
    call = try json.optionalMember("call") { try $0.integer() }
  }

  var json: JSONValue {
    .object(
      omittingNil: [
        "name": name.map(JSONValue.name), "type": .text(type.scalar.rawValue),
        "shape": .list(type.shape.map(\.json)),
        "roles": .list(roles.roles.map { .name($0.name) }), "source": source?.json(of: type.scalar),
        "brick": brick.map(JSONValue.name), "call": call.map(JSONValue.integer),
      ])
  }
}

extension Extent {
  init(json: JSONValue) throws {
    guard case .text(let text) = json else {
      let value = try json.integer()
      guard value >= 0 else { throw GraphError(.malformed, "an extent is \(value)") }
      self = .fixed(value)
      return
    }
    self = .symbolic(Name(text))
  }

  var json: JSONValue {
    switch self {
    case .fixed(let value): .integer(value)
    case .symbolic(let name): .name(name)
    }
  }
}

extension Graph.Source {
  init(json: JSONValue, of scalar: ScalarType) throws {
    let sources: [Graph.Source] = [
      try json.optionalMember("input") { .input(try $0.name()) },
      try json.optionalMember("tensor") { .tensor(try TensorPath(datasetPath: $0.name())) },
      try json.optionalMember("constant") { .constant(try $0.constant(of: scalar)) },
    ].compactMap { $0 }
    guard sources.count == 1 else {
      throw GraphError(.malformed, "a variable's source is one of input, tensor and constant")
    }
    self = sources[0]
  }

  /// - Parameter scalar: The type of the variable. Values of an integer type are written as integers.
  func json(of scalar: ScalarType) -> JSONValue {
    switch self {
    case .input(let name): ["input": .name(name)]
    case .tensor(let path): ["tensor": .name(path.datasetPath)]
    case .constant(let value): ["constant": JSONValue(constant: value, of: scalar)]
    }
  }
}

extension JSONValue {
  fileprivate init(constant value: Double, of scalar: ScalarType) {
    if scalar == .int64, let integer = Int(exactly: value) {
      self = .integer(integer)
    } else if value.isFinite {
      self = .real(value)
    } else {
      self = .text(value.isNaN ? "nan" : value > 0 ? "inf" : "-inf")
    }
  }

  fileprivate func constant(of scalar: ScalarType) throws -> Double {
    if scalar == .int64 {
      let integer = try integer()
      // Constants are doubles, which cannot represent every integer beyond 2⁵³.
      guard integer.magnitude <= 1 << 53 else {
        throw GraphError(.malformed, "the int64 constant \(integer) is larger than 2⁵³")
      }
      return Double(integer)
    }
    switch self {
    case .text("nan"): return .nan
    case .text("inf"): return .infinity
    case .text("-inf"): return -.infinity
    default: return try number()
    }
  }
}

extension JSONValue {
  /// The text of a member, which must not be empty.
  func nonEmptyText(_ key: Name) throws -> String {
    try member(key) { value in
      let text = try value.text()
      guard !text.isEmpty else { throw JSONError("the text is empty") }
      return text
    }
  }
}

extension Graph.Node {
  init(json: JSONValue) throws {
    let attributes = try json.member("attributes") { try $0.members() }
    operation = try GraphOperation(name: try json.nonEmptyText("operation"), attributes: attributes)
    inputs = try json.integers("inputs")
    outputs = try json.integers("outputs")
  }

  func json() throws(GraphError) -> JSONValue {
    [
      "operation": .text(operation.name), "inputs": .integers(inputs), "outputs": .integers(outputs),
      "attributes": .object(try operation.attributes()),
    ]
  }
}
