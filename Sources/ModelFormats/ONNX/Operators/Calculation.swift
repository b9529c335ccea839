import ComputationGraphs
import Names
import Tensors

/// Calculates the outputs of a node during the import if the values of all its inputs are known. It evaluates a graph of its own.
final class Calculation {
  private var tensors: TensorStore = [:]

  /// Adds a variable with a known value.
  func variable(_ tensor: Tensor, in builder: GraphBuilder) throws -> Variable {
    let path = try TensorPath(.persistent, brick: "/calculation", name: "tensor_\(tensors.count)")
    tensors[path] = tensor
    return try builder.tensor(path, type: VariableType(tensor), roles: [.persistent])
  }

  /// Computes the values of some variables for a node.
  func values(of variables: [Variable], in builder: GraphBuilder, for node: ONNXNode) throws -> [Tensor] {
    let outputs = variables.enumerated().map { (name: "output_\($0)" as Name, variable: $1) }
    let graph = try builder.finish(outputs: NamedVariables(outputs))
    try node.importer.take(steps: graph.stepCount, at: node.label)
    let results = try Interpreter(graph, tensors: tensors)([:])
    return outputs.compactMap { results[$0.name] }
  }
}
