import JSON
import Tensors

// The document `/model/graph` of a checkpoint (schemas/GRAPH.md), reading beside writing.

extension Graph {
  /// Reads a graph and checks it.
  ///
  /// - Throws: `GraphError` with code `.malformed` where a key is missing or of another kind, or where the parts contradict each
  ///   other; `.duplicate` where the graph and the bodies of its loops mean two roles by one name.
  public init(json: JSONValue) throws(GraphError) {
    do {
      try self.init(reading: json)
    } catch {
      throw GraphError(reading: error)
    }
  }

  private init(reading json: JSONValue) throws {
    let definitions = try json.optionalMember("roles") { value in
      var definitions: [String: String] = [:]
      for (name, parent) in try value.members() { definitions[name] = try parent.text() }
      return definitions
    }
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

  /// The graph as JSON, with the definitions of user-defined roles, those in the bodies of loops too.
  ///
  /// - Throws: `GraphError` with code `.duplicate` where two user-defined roles of one name differ.
  public func json() throws(GraphError) -> JSONValue {
    let definitions = try RoleRegistry.definitions(of: allRoles)
    return .object(
      omittingNil: [
        "inputs": .list(inputs.map(\.json)), "outputs": .list(outputs.map(\.json)),
        "roles": definitions.isEmpty ? nil : .object(definitions.mapValues(JSONValue.text)),
        "variables": .list(variables.map(\.json)),
        "nodes": .list(try nodes.map { (node) throws(GraphError) in try node.json() }),
        "calls": .list(calls.map(\.json)),
      ])
  }

  /// The roles of the variables, in the bodies of loops too.
  private var allRoles: Set<Role> {
    loops.reduce(into: Set(variables.flatMap(\.roles.roles))) { $0.formUnion($1.scan.body.allRoles) }
  }
}

extension Graph: Codable {
  /// Reads the JSON; see `init(json:)`.
  public init(from decoder: any Decoder) throws { try self.init(json: JSONValue(from: decoder)) }

  /// Writes the JSON; see `json()`.
  public func encode(to encoder: any Encoder) throws { try json().encode(to: encoder) }
}

extension Graph.Port {
  init(json: JSONValue) throws {
    name = try json.text("name")
    variable = try json.integer("variable")
  }

  var json: JSONValue { ["name": .text(name), "variable": .integer(variable)] }
}

extension Graph.Variable {
  init(json: JSONValue, registry: RoleRegistry) throws {
    name = try json.optionalMember("name") { try $0.text() }
    let scalarName = try json.text("type")
    guard let scalar = ScalarType(rawValue: scalarName) else {
      throw GraphError(.malformed, "type: \"\(scalarName)\" is no type of number")
    }
    type = VariableType(scalar, try json.list("shape", Extent.init))
    roles = RoleSet(try json.list("roles") { value in try registry.role(named: value.text()) })
    source = try json.optionalMember("source") { try Graph.Source(json: $0, type: scalar) }
    brick = try json.optionalMember("brick") { value in
      let path = try value.text()
      try BrickPath.check(path)
      return path
    }
    call = try json.optionalMember("call") { try $0.integer() }
  }

  var json: JSONValue {
    .object(
      omittingNil: [
        "name": name.map(JSONValue.text), "type": .text(type.scalar.rawValue),
        "shape": .list(type.shape.map(\.json)),
        "roles": .list(roles.roles.map { .text($0.name) }), "source": source?.json(type: type.scalar),
        "brick": brick.map(JSONValue.text), "call": call.map(JSONValue.integer),
      ])
  }
}

extension Extent {
  init(json: JSONValue) throws {
    guard case .text(let name) = json else {
      let value = try json.integer()
      guard value >= 0 else { throw GraphError(.malformed, "an extent is \(value)") }
      self = .fixed(value)
      return
    }
    self = .symbolic(name)
  }

  var json: JSONValue {
    switch self {
    case .fixed(let value): .integer(value)
    case .symbolic(let name): .text(name)
    }
  }
}

extension Graph.Source {
  /// The source of a leaf of a type.
  init(json: JSONValue, type: ScalarType) throws {
    let members = try json.members()
    guard members.count == 1, let (key, value) = members.first else {
      throw GraphError(.malformed, "a variable's source is one of input, tensor, constant")
    }
    switch key {
    case "input": self = .input(try value.text())
    case "tensor": self = .tensor(try TensorPath(datasetPath: value.text()))
    case "constant": self = .constant(try Graph.Source.constant(value, type: type))
    default: throw GraphError(.malformed, "a variable's source is one of input, tensor, constant, not \"\(key)\"")
    }
  }

  private static func constant(_ value: JSONValue, type: ScalarType) throws -> Double {
    guard type.isFloatingPoint else {
      let integer = try value.integer()
      guard let constant = Double(exactly: integer), abs(constant) <= 0x1p53 else {
        throw GraphError(.malformed, "the constant \(integer) is greater than 2⁵³ in size")
      }
      return constant
    }
    switch value {
    case .text("nan"): return .nan
    case .text("inf"): return .infinity
    case .text("-inf"): return -.infinity
    default: return try value.number()
    }
  }

  func json(type: ScalarType) -> JSONValue {
    switch self {
    case .input(let name): ["input": .text(name)]
    case .tensor(let path): ["tensor": .text(path.datasetPath)]
    case .constant(let value):
      if !type.isFloatingPoint, let integer = Int(exactly: value) {
        ["constant": .integer(integer)]
      } else {
        ["constant": value.isFinite ? .real(value) : .text(value.isNaN ? "nan" : value > 0 ? "inf" : "-inf")]
      }
    }
  }
}

extension Graph.Node {
  init(json: JSONValue) throws {
    let attributes = try json.member("attributes") { try $0.members() }
    operation = try GraphOperation(name: try json.text("operation"), attributes: attributes)
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
