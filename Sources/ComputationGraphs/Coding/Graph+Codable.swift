import Tensors

/// The document `/model/graph` of a checkpoint (schemas/CHECKPOINT.md, section 6).
extension Graph: Codable {
  private enum Keys: String, CodingKey {
    case inputs, outputs, roles, variables, nodes, calls
  }

  /// Writes the graph, with the definitions of user-defined roles.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Keys.self)
    try container.encode(inputs, forKey: .inputs)
    try container.encode(outputs, forKey: .outputs)
    let definitions = try RoleRegistry.definitions(of: variables.flatMap(\.roles.roles))
    if !definitions.isEmpty { try container.encode(definitions, forKey: .roles) }
    try container.encode(variables.map(VariableDocument.init), forKey: .variables)
    try container.encode(nodes, forKey: .nodes)
    try container.encode(calls, forKey: .calls)
  }

  /// Reads a graph and checks it.
  ///
  /// - Throws: `GraphError` with code `.malformed` where its parts contradict each other, `DecodingError` for another shape of
  ///   JSON.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Keys.self)
    let definitions = try container.decodeIfPresent([String: String].self, forKey: .roles) ?? [:]
    let registry = try RoleRegistry(definitions: definitions)
    self.init(
      inputs: try container.decode([Port].self, forKey: .inputs),
      outputs: try container.decode([Port].self, forKey: .outputs),
      variables: try container.decode([VariableDocument].self, forKey: .variables).map { try $0.variable(registry) },
      nodes: try container.decode([Node].self, forKey: .nodes),
      calls: try container.decode([Call].self, forKey: .calls))
    try validate()
  }
}

extension Extent: Codable {
  /// Reads a number or a name.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let value = try? container.decode(Int.self) {
      guard value >= 0 else { throw GraphError(.malformed, "a variable has the extent \(value)") }
      self = .fixed(value)
    } else {
      self = .symbolic(try container.decode(String.self))
    }
  }

  /// Writes the number or the name.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .fixed(let value): try container.encode(value)
    case .symbolic(let name): try container.encode(name)
    }
  }
}

/// A variable as JSON has it: roles by name.
private struct VariableDocument: Codable {
  var name: String?
  var type: ScalarType
  var shape: [Extent]
  var roles: [String]
  var source: Graph.Source?
  var brick: String?
  var call: Int?

  init(_ variable: Graph.Variable) {
    name = variable.name
    type = variable.type.scalar
    shape = variable.type.shape
    roles = variable.roles.roles.map(\.name)
    source = variable.source
    brick = variable.brick
    call = variable.call
  }

  func variable(_ registry: RoleRegistry) throws -> Graph.Variable {
    Graph.Variable(
      name: name, type: VariableType(type, shape), roles: RoleSet(try roles.map(registry.role(named:))), source: source,
      brick: brick, call: call)
  }
}

extension Graph.Source: Codable {
  private enum Keys: String, CodingKey { case input, tensor, constant }

  /// Reads `{"input": …}`, `{"tensor": …}` or `{"constant": …}`.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Keys.self)
    guard container.allKeys.count == 1, let key = container.allKeys.first else {
      throw GraphError(.malformed, "a variable's source is one of input, tensor, constant")
    }
    switch key {
    case .input: self = .input(try container.decode(String.self, forKey: .input))
    case .tensor: self = .tensor(try TensorPath(datasetPath: container.decode(String.self, forKey: .tensor)))
    case .constant:
      if let value = try? container.decode(Double.self, forKey: .constant) {
        self = .constant(value)
      } else {
        switch try container.decode(String.self, forKey: .constant) {
        case "nan": self = .constant(.nan)
        case "inf": self = .constant(.infinity)
        case "-inf": self = .constant(-.infinity)
        case let word: throw GraphError(.malformed, "\"\(word)\" is no constant")
        }
      }
    }
  }

  /// Writes the one member.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Keys.self)
    switch self {
    case .input(let name): try container.encode(name, forKey: .input)
    case .tensor(let path): try container.encode(path.datasetPath, forKey: .tensor)
    case .constant(let value):
      if value.isFinite {
        try container.encode(value, forKey: .constant)
      } else {
        try container.encode(value.isNaN ? "nan" : value > 0 ? "inf" : "-inf", forKey: .constant)
      }
    }
  }
}

extension Graph.Node: Codable {
  private enum Keys: String, CodingKey { case operation, inputs, outputs, attributes }

  /// Reads a node; an operation of a later version is kept as it stands.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Keys.self)
    let attributes = try container.decodeIfPresent([String: AttributeValue].self, forKey: .attributes) ?? [:]
    operation = try Operation(name: container.decode(String.self, forKey: .operation), attributes: attributes)
    inputs = try container.decode([Int].self, forKey: .inputs)
    outputs = try container.decode([Int].self, forKey: .outputs)
  }

  /// Writes the node.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Keys.self)
    try container.encode(operation.name, forKey: .operation)
    try container.encode(inputs, forKey: .inputs)
    try container.encode(outputs, forKey: .outputs)
    try container.encode(operation.attributes, forKey: .attributes)
  }
}
