import ComputationGraphs
import Foundation
import Names
import Tensors

/// Writes the nodes of a graph, or of the body of a loop, as nodes of ONNX.
final class GraphWriter {
  /// The graph.
  let graph: Graph
  /// The export to which the nodes belong.
  let export: ONNXExport
  /// The nodes that were written.
  private(set) var nodes: [Onnx_NodeProto] = []
  /// The names of the values by variable.
  private var values: [Int: String]
  /// The nodes that are written as a part of other nodes.
  var covered: Set<Int> = []
  /// The variables that are read by nodes of ONNX that replace several nodes.
  var inputsOfPatterns: Set<Int> = []
  /// The nodes that use each variable.
  let consumers: [Int: [Int]]
  /// The node that computes each variable.
  let producers: [Int: Int]

  /// Creates a writer of a graph.
  ///
  /// - Parameter values: The names of the inputs, by variable.
  init(_ graph: Graph, export: ONNXExport, values: [Int: String]) {
    (self.graph, self.export, self.values) = (graph, export, values)
    var consumers: [Int: [Int]] = [:]
    var producers: [Int: Int] = [:]
    for (index, node) in graph.nodes.enumerated() {
      for input in node.inputs { consumers[input, default: []].append(index) }
      for output in node.outputs { producers[output] = index }
    }
    (self.consumers, self.producers) = (consumers, producers)
  }

  /// Writes all nodes in their order.
  func writeNodes() throws {
    let patterns = try patterns()
    for (index, node) in graph.nodes.enumerated() {
      if let pattern = patterns[index] {
        try pattern()
      } else if !covered.contains(index) {
        try write(node)
      }
    }
  }

  // MARK: Values

  /// The type of a variable.
  func type(_ variable: Int) -> VariableType { graph.variables[variable].type }

  /// The name of a variable's value in the file. Saved tensors and constants become initializers.
  func value(_ variable: Int) throws -> String {
    if let name = values[variable] { return name }
    let name: String
    switch graph.variables[variable].source {
    case .tensor(let path): name = try export.saved(path)
    case .constant(let number): name = try export.number(number, type(variable).scalar)
    default:
      throw export.refusal("variable \(variable) is used before it is computed", at: graph.variables[variable].brick)
    }
    values[variable] = name
    return name
  }

  /// Gives a variable the name of a value.
  func define(_ variable: Int, as name: String) { values[variable] = name }

  /// The saved tensor that a variable reads, possibly with axes of extent 1 added or removed.
  func leaf(_ variable: Int) -> TensorPath? {
    var current = variable
    while let index = producers[current] {
      let node = graph.nodes[index]
      func long(_ variable: Int) -> [Extent] { type(variable).shape.filter { $0 != 1 } }
      switch node.operation {
      case .expandDimensions, .layout(.reshape):
        guard long(node.inputs[0]) == long(current) else { return nil }
        current = node.inputs[0]
      default: return nil
      }
    }
    if case .tensor(let path) = graph.variables[current].source { return path }
    return nil
  }

  /// The only node that uses a variable; nil if several nodes use it, or if the variable is an output of the graph.
  func onlyConsumer(_ variable: Int) -> Int? {
    guard let users = consumers[variable], users.count == 1, !graph.outputs.contains(where: { $0.variable == variable })
    else {
      return nil
    }
    return users[0]
  }

  // MARK: Nodes

  /// Adds a node, and returns the name of its output.
  @discardableResult
  func emit(
    _ operation: String, _ inputs: [String], output: String? = nil, _ attributes: [Onnx_AttributeProto] = []
  ) -> String {
    emit(operation, inputs, outputs: [output ?? export.newName("value")], attributes)[0]
  }

  /// Adds a node with several outputs.
  @discardableResult
  func emit(
    _ operation: String, _ inputs: [String], outputs: [String], _ attributes: [Onnx_AttributeProto] = []
  ) -> [String] {
    nodes.append(
      .with { node in
        node.opType = operation
        node.input = inputs
        node.output = outputs
        node.attribute = attributes
        node.name = export.newName("node_\(operation)")
      })
    return outputs
  }

  /// Returns the error for an operation that ONNX does not have.
  func refusal(_ node: Graph.Node, _ reason: String) -> ModelFormatError {
    let call = node.outputs.first.flatMap { graph.variables[$0].call }.map { graph.calls[$0] }
    return export.refusal("the operation \(node.operation.name) \(reason)", at: call?.brick)
  }
}

extension Onnx_AttributeProto {
  /// Creates an integer attribute.
  static func integer(_ name: String, _ value: Int) -> Onnx_AttributeProto {
    .with { attribute in
      attribute.name = name
      attribute.type = .int
      attribute.i = Int64(value)
    }
  }

  /// Creates an attribute that is a list of integers.
  static func integers(_ name: String, _ values: [Int]) -> Onnx_AttributeProto {
    .with { attribute in
      attribute.name = name
      attribute.type = .ints
      attribute.ints = values.map { Int64($0) }
    }
  }

  /// Creates an attribute that is a number.
  static func number(_ name: String, _ value: Double) -> Onnx_AttributeProto {
    .with { attribute in
      attribute.name = name
      attribute.type = .float
      attribute.f = Float(value)
    }
  }

  /// Creates an attribute that is a text.
  static func text(_ name: String, _ value: String) -> Onnx_AttributeProto {
    .with { attribute in
      attribute.name = name
      attribute.type = .string
      attribute.s = Data(value.utf8)
    }
  }

  /// Creates an attribute that is a graph.
  static func graph(_ name: String, _ value: Onnx_GraphProto) -> Onnx_AttributeProto {
    .with { attribute in
      attribute.name = name
      attribute.type = .graph
      attribute.g = value
    }
  }
}
