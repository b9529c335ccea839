import ComputationGraphs
import JSON
import Names

extension ONNXNode {
  /// An attribute of a type; nil if the node does not have the attribute.
  private func attribute(_ name: String, _ type: Onnx_AttributeProto.AttributeType) throws -> Onnx_AttributeProto? {
    read.insert(name)
    guard let attribute = attributes[name] else { return nil }
    guard attribute.refAttrName.isEmpty else { throw malformed("the attribute \(name) belongs to a function") }
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

  /// An integer attribute.
  func integer(_ name: String) throws -> Int? { try attribute(name, .int).map { Int($0.i) } }

  /// An attribute that is a list of integers.
  func integers(_ name: String) throws -> [Int]? { try attribute(name, .ints).map { $0.ints.map { Int($0) } } }

  /// An attribute that is a number.
  ///
  /// Files store single precision. The result is the shortest decimal number that rounds to the stored one, because people wrote
  /// 1e-05 and not 9.99999974e-06.
  func number(_ name: String) throws -> Double? {
    try attribute(name, .float).map { attribute in
      Double("\(attribute.f)") ?? Double(attribute.f)
    }
  }

  /// An attribute that is a list of numbers.
  func numbers(_ name: String) throws -> [Double]? {
    try attribute(name, .floats).map { $0.floats.map { Double("\($0)") ?? Double($0) } }
  }

  /// An attribute that is a text.
  func text(_ name: String) throws -> String? {
    try attribute(name, .string).map { String(decoding: $0.s, as: UTF8.self) }
  }

  /// An attribute that is a list of texts.
  func texts(_ name: String) throws -> [String]? {
    try attribute(name, .strings).map { $0.strings.map { String(decoding: $0, as: UTF8.self) } }
  }

  /// An attribute that is a tensor.
  func tensor(_ name: String) throws -> KnownValue? {
    try attribute(name, .tensor).map { attribute in
      let (tensor, type) = try importer.tensors.read(attribute.t, name: label)
      return KnownValue(tensor: tensor, type: type)
    }
  }

  /// An attribute that is a graph.
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
