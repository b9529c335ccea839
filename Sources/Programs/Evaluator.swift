import ComputationGraphs
import Names
import Synchronization
import Tensors

/// Evaluates a graph with a program compiled for the shapes of the inputs, or with the interpreter if there is no program.
///
/// The first evaluation with new shapes compiles a program, which takes about as long as copying the model's parameters.
/// Any number of threads may evaluate at once.
///
/// ```swift
/// let evaluator = try Evaluator(model.graph, tensors: model.tensors)
/// let outputs = try evaluator(["features": images])
/// ```
public final class Evaluator: Sendable {
  /// The greatest number of programs that are kept. One more replaces the oldest.
  private static let mostPrograms = 8

  private let interpreter: Interpreter
  private let tensors: TensorStore
  private let programs = Mutex<[(types: [VariableType], program: Program?)]>([])

  /// An evaluator of a graph with the values of its saved tensors.
  ///
  /// - Throws: `GraphError` with code `.missingValue` or `.shapeMismatch` if a tensor is missing or has another type or shape,
  ///   `.unknownOperation` if the graph has an operation of a later version.
  public init(_ graph: Graph, tensors: TensorStore) throws(GraphError) {
    interpreter = try Interpreter(graph, tensors: tensors)
    self.tensors = tensors
  }

  /// The values of the graph's outputs, by name.
  ///
  /// - Throws: `GraphError` that names the input, or the brick and application, that failed.
  public func callAsFunction(_ inputs: [Name: Tensor]) throws(GraphError) -> [Name: Tensor] {
    let graph = interpreter.graph
    let ordered = graph.inputs.compactMap { inputs[$0.name] }
    guard ordered.count == graph.inputs.count, let program = try program(for: inputs, ordered) else {
      return try interpreter(inputs)
    }
    let values: [Tensor]
    do {
      values = try program(ordered)
    } catch {
      // The interpreter's error names the brick.
      return try interpreter(inputs)
    }
    var outputs: [Name: Tensor] = [:]
    for (port, value) in zip(graph.outputs, values) { outputs[port.name] = value }
    return outputs
  }

  /// The program for the shapes of the inputs; nil if the graph cannot be compiled.
  private func program(for inputs: [Name: Tensor], _ ordered: [Tensor]) throws(GraphError) -> Program? {
    let types = ordered.map { VariableType($0) }
    if let known = programs.withLock({ $0.first { $0.types == types } }) { return known.program }
    try interpreter.check(inputs)
    let graph = interpreter.graph
    // If there is no program, the interpreter computes the outputs or explains the fault.
    let program = try? Program(graph, tensors: tensors, inputs: types, wanted: graph.outputs.map(\.variable))
    programs.withLock { programs in
      programs.append((types, program))
      if programs.count > Evaluator.mostPrograms { programs.removeFirst() }
    }
    return program
  }
}
