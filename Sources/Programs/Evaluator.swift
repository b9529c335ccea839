import ComputationGraphs
import Names
import Tensors

/// Evaluates a graph with a program compiled for the shapes of the inputs, or with the interpreter if there is no program.
///
/// The first evaluation with new shapes compiles a program, which takes about as long as copying the model's parameters.
/// Any number of threads may evaluate at the same time.
///
/// ```swift
/// let evaluator = try Evaluator(model.graph, tensors: model.tensors)
/// let outputs = try evaluator(["features": images])
/// ```
public final class Evaluator: Sendable {
  private let interpreter: Interpreter
  private let programs: ProgramCache

  /// Creates an evaluator of a graph with the values of its saved tensors.
  ///
  /// - Throws: `GraphError` with code `.missingValue` or `.shapeMismatch` if a tensor is missing or has another type or shape,
  ///   `.unknownOperation` if the graph has an operation from a later version.
  public init(_ graph: Graph, tensors: TensorStore) throws(GraphError) {
    interpreter = try Interpreter(graph, tensors: tensors)
    programs = ProgramCache(interpreter, tensors: tensors, wanted: graph.outputs.map(\.variable))
  }

  /// Evaluates the graph, and returns the values of its outputs by name.
  ///
  /// - Throws: `GraphError` that names the failed input, or the failed brick and application.
  public func callAsFunction(_ inputs: [Name: Tensor]) throws(GraphError) -> [Name: Tensor] {
    let graph = interpreter.graph
    guard let values = try programs.results(for: inputs)?.values else { return try interpreter(inputs) }
    var outputs: [Name: Tensor] = [:]
    for (port, value) in zip(graph.outputs, values) { outputs[port.name] = value }
    return outputs
  }
}
