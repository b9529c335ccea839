import ComputationGraphs
import JSON
import Names

extension ONNXNode {
  /// Returns an attribute, which must have the given type; nil if the node does not have the attribute.
  private func attribute(_ name: String, _ type: Onnx_AttributeProto.AttributeType) throws -> Onnx_AttributeProto? {
    read.insert(name)
    guard let attribute = attributes[name] else { return nil }
    guard attribute.refAttrName.isEmpty else {
      throw malformed("the attribute \(name) refers to an attribute of a function")
    }
    // Files of the first versions do not have the type.
    guard attribute.type == type || attribute.type == .undefined else {
      throw malformed("the attribute \(name) has the type \(attribute.type), not \(type)")
    }
    return attribute
  }

  /// Whether the node has an attribute.
  func hasAttribute(_ name: String) -> Bool { attributes[name] != nil }

  /// Marks attributes that have no influence on inference.
  func ignoreAttributes(_ names: String...) { read.formUnion(names) }

  /// Returns an integer attribute; nil if the node does not have it.
  func integer(_ name: String) throws -> Int? { try attribute(name, .int).map { Int($0.i) } }

  /// Returns an attribute that is a list of integers; nil if the node does not have it.
  func integers(_ name: String) throws -> [Int]? { try attribute(name, .ints).map { $0.ints.map { Int($0) } } }

  /// Returns an attribute that is a number; nil if the node does not have it.
  ///
  /// Files store single precision. The result is the shortest decimal number that rounds to the stored one, because people wrote
  /// 1e-05 and not 9.99999974e-06.
  func number(_ name: String) throws -> Double? {
    try attribute(name, .float).map { attribute in
      Double("\(attribute.f)") ?? Double(attribute.f)
    }
  }

  /// Returns an attribute that is a list of numbers; nil if the node does not have it.
  func numbers(_ name: String) throws -> [Double]? {
    try attribute(name, .floats).map { $0.floats.map { Double("\($0)") ?? Double($0) } }
  }

  /// Returns an attribute that is a text; nil if the node does not have it.
  func text(_ name: String) throws -> String? {
    try attribute(name, .string).map { String(decoding: $0.s, as: UTF8.self) }
  }

  /// Returns an attribute that is a list of texts; nil if the node does not have it.
  func texts(_ name: String) throws -> [String]? {
    try attribute(name, .strings).map { $0.strings.map { String(decoding: $0, as: UTF8.self) } }
  }

  /// Returns an attribute that is a tensor; nil if the node does not have it.
  func tensor(_ name: String) throws -> KnownValue? {
    try attribute(name, .tensor).map { attribute in
      let (tensor, type) = try importer.tensors.read(attribute.t, name: label)
      return KnownValue(tensor: tensor, type: type)
    }
  }

  /// Returns an attribute that is a graph; nil if the node does not have it.
  func graph(_ name: String) throws -> Onnx_GraphProto? { try attribute(name, .graph)?.g }

  /// The attributes as the configuration of a brick. Only numbers, texts and lists of them are included.
  var configuration: [Name: JSONValue] {
    var configuration: [Name: JSONValue] = [:]
    for attribute in proto.attribute {
      let value: JSONValue? =
        switch attribute.type {
        case .float: .real(Double("\(attribute.f)") ?? Double(attribute.f))
        case .int: .integer(Int(attribute.i))
        case .string: .text(String(decoding: attribute.s, as: UTF8.self))
        case .ints: .list(attribute.ints.map { .integer(Int($0)) })
        case .floats: .list(attribute.floats.map { .real(Double("\($0)") ?? Double($0)) })
        case .strings: .list(attribute.strings.map { .text(String(decoding: $0, as: UTF8.self)) })
        default: nil
        }
      if let value { configuration[Name(attribute.name)] = value }
    }
    return configuration
  }
}
