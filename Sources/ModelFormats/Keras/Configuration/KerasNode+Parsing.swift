import JSON
import Names

/// Inbound nodes, in the encodings of Keras 2 (nested lists) and Keras 3 (serialized arguments).
extension KerasNode {
  /// Reads the node of an application.
  init(_ json: JSONValue, of layer: Name) throws {
    inputs = []
    keywordInputs = [:]
    keywords = [:]
    constants = []
    switch json {
    case .object(let members): try readArguments(members, of: layer)
    case .list(let tensors): try readTensors(tensors, of: layer)
    default: throw KerasProblem(.malformed, "an inbound node is neither an object nor a list", at: layer)
    }
  }

  private mutating func readArguments(_ members: [Name: JSONValue], of layer: Name) throws {
    guard case .list(let arguments)? = members["args"],
      case .object(let named) = members["kwargs"] ?? JSONValue.object([:])
    else {
      throw KerasProblem(
        .malformed, "an inbound node has no list \"args\", or its \"kwargs\" are not an object", at: layer)
    }
    for argument in arguments {
      let before = inputs.count
      try Self.collect(argument, into: &inputs, of: layer)
      if inputs.count == before, argument != .null { constants.append((before, argument)) }
    }
    for (key, value) in named {
      var found: [KerasReference] = []
      try Self.collect(value, into: &found, of: layer)
      if found.isEmpty { keywords[key] = value } else { keywordInputs[key] = found }
    }
    // A layer may get its input as a keyword argument.
    if inputs.isEmpty, let found = keywordInputs.removeValue(forKey: "inputs") { inputs = found }
    if inputs.isEmpty, let found = keywordInputs.removeValue(forKey: "x") { inputs = found }
  }

  /// Reads the form of Keras 2: `[["conv", 0, 0, {}], …]` or a single `["conv", 0, 0, {}]`.
  private mutating func readTensors(_ tensors: [JSONValue], of layer: Name) throws {
    if case .text? = tensors.first { return try readTensor(tensors, of: layer) }
    for tensor in tensors {
      guard case .list(let parts) = tensor else {
        throw KerasProblem(.malformed, "an inbound node holds a value that is not a list", at: layer)
      }
      try readTensor(parts, of: layer)
    }
  }

  private mutating func readTensor(_ parts: [JSONValue], of layer: Name) throws {
    guard case .text(let name)? = parts.first else {
      throw KerasProblem(.malformed, "an inbound node does not begin with the name of a layer", at: layer)
    }
    if name == "_CONSTANT_VALUE" {
      guard parts.count >= 3 else { throw KerasProblem(.malformed, "an inbound constant has no value", at: layer) }
      constants.append((inputs.count, parts[2]))
    } else {
      guard let reference = try KerasReference(.list(Array(parts.prefix(3))), of: layer) else {
        throw KerasProblem(.malformed, "an inbound node is not [layer, node, tensor]", at: layer)
      }
      inputs.append(reference)
    }
    guard parts.count > 3, case .object(let named) = parts[3] else { return }
    for (key, value) in named {
      var found: [KerasReference] = []
      try Self.collectLists(value, into: &found, of: layer)
      if found.isEmpty { keywords[key] = value } else { keywordInputs[key] = found }
    }
  }

  /// Collects the tensors of an argument of Keras 3, at any depth of lists.
  private static func collect(_ value: JSONValue, into found: inout [KerasReference], of layer: Name) throws {
    switch value {
    case .list(let elements): for element in elements { try collect(element, into: &found, of: layer) }
    case .object(let members) where members["class_name"] == .text("__keras_tensor__"):
      guard case .object(let config)? = members["config"], let history = config["keras_history"],
        let reference = try KerasReference(history, of: layer)
      else { throw KerasProblem(.malformed, "an inbound tensor has no keras_history [layer, node, tensor]", at: layer) }
      found.append(reference)
    case .object(let members) where members["class_name"] == nil:
      for key in members.keys.sorted() { if let value = members[key] { try collect(value, into: &found, of: layer) } }
    default: break
    }
  }

  /// Collects the tensors of a keyword argument of Keras 2.
  private static func collectLists(_ value: JSONValue, into found: inout [KerasReference], of layer: Name) throws {
    guard case .list(let elements) = value else { return }
    if case .text? = elements.first, let reference = try KerasReference(value, of: layer) {
      found.append(reference)
    } else {
      for element in elements { try collectLists(element, into: &found, of: layer) }
    }
  }
}

extension KerasReference {
  /// Reads `[layer, node, tensor]`; nil for any other list.
  init?(_ json: JSONValue, of object: Name) throws {
    guard case .list(let parts) = json, parts.count == 3, case .text(let name) = parts[0],
      case .integer(let node) = parts[1], case .integer(let tensor) = parts[2]
    else { return nil }
    guard node >= 0, tensor >= 0 else {
      throw KerasProblem(.malformed, "a reference to the layer \"\(name)\" has a negative number", at: object)
    }
    self.init(layer: Name(name), node: node, tensor: tensor)
  }

  /// Reads the inputs or outputs of a network: one reference, a list of references, or an object of references.
  static func references(_ json: JSONValue?, of network: Name) throws -> [KerasReference] {
    guard let json else { return [] }
    if let single = try KerasReference(json, of: network) { return [single] }
    switch json {
    case .list(let elements): return try elements.flatMap { try references($0, of: network) }
    case .object(let members):
      return try members.keys.sorted().flatMap { try references(members[$0], of: network) }
    default:
      throw KerasProblem(.malformed, "inputs and outputs of a model must be [layer, node, tensor]", at: network)
    }
  }
}
