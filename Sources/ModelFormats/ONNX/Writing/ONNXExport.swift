import ComputationGraphs
import Foundation
import Names
import SwiftProtobuf
import Tensors

/// Converts a model to the bytes of an ONNX file.
final class ONNXExport {
  /// The version of the operators that are written.
  static let operatorSet: Int64 = 17
  /// The size of the largest file that readers accept.
  private static let mostBytes = 1 << 31 - 1

  /// The model.
  let model: Model
  let path: String
  private var initializers: [Onnx_TensorProto] = []
  /// The nodes that convert initializers of 16 bits to the type of the graph.
  private var conversions: [Onnx_NodeProto] = []
  private var names: Set<String> = []
  private var known: [String: String] = [:]
  private var counter = 0

  /// Prepares the conversion of a model. Only messages use the path of the file.
  init(_ model: Model, path: String) {
    (self.model, self.path) = (model, path)
    for port in model.graph.inputs + model.graph.outputs { names.insert(port.name.text) }
  }

  /// Returns the error for a part of the model that ONNX files cannot hold.
  func refusal(_ message: String, at object: Name? = nil) -> ModelFormatError {
    ModelFormatError(.notRepresentable, message, path: path, object: object)
  }

  /// Writes the model, and returns the bytes of the file.
  func bytes() throws -> [UInt8] {
    var values: [Int: String] = [:]
    for port in model.graph.inputs { values[port.variable] = port.name.text }
    let writer = GraphWriter(model.graph, export: self, values: values)
    try writer.writeNodes()
    var graph = Onnx_GraphProto()
    graph.name = "model"
    graph.input = try model.graph.inputs.map { try info($0.name.text, model.graph.variables[$0.variable].type) }
    for port in model.graph.outputs {
      // Each output needs a value of its own, because a name belongs to one value.
      writer.emit("Identity", [try writer.value(port.variable)], output: port.name.text)
      graph.output.append(try info(port.name.text, model.graph.variables[port.variable].type))
    }
    graph.node = conversions + writer.nodes
    graph.initializer = initializers
    guard initializers.reduce(0, { $0 + $1.rawData.count }) < ONNXExport.mostBytes - 1 << 20 else {
      throw refusal("the tensors take more than 2 GiB, which one ONNX file cannot hold; write a checkpoint instead")
    }
    var file = Onnx_ModelProto()
    file.irVersion = 8
    file.producerName = "swift-bricks"
    file.opsetImport = [.with { $0.version = ONNXExport.operatorSet }]
    file.graph = graph
    return try file.serializedBytes()
  }

  /// The description of an input or output.
  func info(_ name: String, _ type: VariableType) throws -> Onnx_ValueInfoProto {
    let element = try elementType(type.scalar)
    return .with { info in
      info.name = name
      info.type.tensorType.elemType = Int32(element.rawValue)
      info.type.tensorType.shape.dim = type.shape.map { extent in
        .with { dimension in
          switch extent {
          case .fixed(let count): dimension.dimValue = Int64(count)
          case .symbolic(let name): dimension.dimParam = name.text
          }
        }
      }
    }
  }

  /// The type of elements in ONNX.
  func elementType(_ scalar: ScalarType) throws -> ElementType {
    switch scalar {
    case .float32: return .float32
    case .float64: return .float64
    case .int64: return .int64
    case .float16: return .float16
    case .bfloat16: return .bfloat16
    default: throw refusal("the type \(scalar.rawValue) cannot be written as ONNX")
    }
  }

  // MARK: Names

  /// A name that no other value has.
  func newName(_ hint: String) -> String {
    guard !names.insert(hint).inserted else { return hint }
    while true {
      counter += 1
      let name = "\(hint)_\(counter)"
      if names.insert(name).inserted { return name }
    }
  }

  // MARK: Initializers

  /// Adds an initializer with the values of a tensor, and returns its name. The same key gives the same initializer.
  ///
  /// - Parameters:
  ///   - key: A text that identifies the tensor and its conversion.
  ///   - hint: The name in the file, if no other initializer has it.
  ///   - path: The saved tensor that the values come from, if the initializer keeps the tensor's 16-bit type.
  func initializer(
    key: String, hint: String, of path: TensorPath? = nil, _ tensor: @autoclosure () throws -> Tensor
  ) throws -> String {
    if let name = known[key] { return name }
    let tensor = try tensor()
    let name = newName(hint)
    let type = path.flatMap { model.descriptions[$0]?.storedType }.flatMap { tensor.isExact(as: $0) ? $0 : nil }
    var proto = Onnx_TensorProto()
    proto.name = name
    proto.dims = tensor.shape.dimensions.map { Int64($0) }
    proto.dataType = Int32(try elementType(type ?? tensor.type).rawValue)
    proto.rawData = Data(try tensor.littleEndianBytes(as: type ?? tensor.type))
    initializers.append(proto)
    known[key] = type == nil ? name : try widened(name, to: tensor.type)
    return known[key] ?? name
  }

  /// Converts an initializer to the type in which the graph computes, and returns the name of the result.
  private func widened(_ initializer: String, to type: ScalarType) throws -> String {
    let name = newName("\(initializer).\(type.rawValue)")
    let number = try elementType(type).rawValue
    conversions.append(
      .with { node in
        node.opType = "Cast"
        node.name = newName("node_Cast")
        node.input = [initializer]
        node.output = [name]
        node.attribute = [.integer("to", number)]
      })
    return name
  }

  /// Adds an initializer of integers, such as axes, and returns its name.
  func integers(_ numbers: [Int], isScalar: Bool = false) throws -> String {
    let shape: Shape = isScalar ? [] : [numbers.count]
    return try initializer(
      key: "integers \(numbers) \(isScalar)", hint: "integers", Tensor(numbers.map { Int64($0) }, shape: shape))
  }

  /// Adds an initializer of a number, and returns its name.
  func number(_ value: Double, _ type: ScalarType) throws -> String {
    try initializer(
      key: "number \(value.bitPattern) \(type.rawValue)", hint: "number",
      Tensor(repeating: value, shape: [], type: type))
  }

  /// The name of a brick's tensor in the file: `layer1.0.conv1.weight`.
  static func name(_ brick: Name, _ tensor: String) -> String {
    (brick.split(at: "/").dropFirst().map(\.text) + [tensor]).joined(separator: ".")
  }

  /// Adds an initializer of an unchanged saved tensor, and returns its name.
  func saved(_ path: TensorPath) throws -> String {
    try initializer(
      key: "tensor \(path.datasetPath)", hint: ONNXExport.name(path.brick, path.name.text), of: path,
      model.tensor(path))
  }
}
