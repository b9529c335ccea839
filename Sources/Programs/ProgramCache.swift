import ComputationGraphs
import Names
import Synchronization
import Tensors

/// The programs of a graph, one for each combination of input shapes so far.
final class ProgramCache: Sendable {
  /// The greatest number of programs that are kept. The next program replaces the oldest.
  private static let mostPrograms = 8

  private let interpreter: Interpreter
  private let tensors: TensorStore
  private let wanted: [Int]
  private let precise: [Int]
  private let programs = Mutex<[(types: [VariableType], program: Program?)]>([])

  /// Creates an empty cache for the programs of a graph.
  ///
  /// - Parameters:
  ///   - interpreter: The interpreter of the graph, which checks inputs.
  ///   - wanted: The variables to compute.
  ///   - precise: The variables to compute in double precision.
  init(_ interpreter: Interpreter, tensors: TensorStore, wanted: [Int], precise: [Int] = []) {
    self.interpreter = interpreter
    self.tensors = tensors
    self.wanted = wanted
    self.precise = precise
  }

  /// Returns the values of the variables to compute, then of the variables in double precision, and the types of all variables. The
  /// result is nil if there is no program, or if the program fails. The interpreter then computes the values or explains the fault.
  ///
  /// - Throws: `GraphError` that names the input that does not fit.
  func results(for inputs: [Name: Tensor]) throws(GraphError) -> (values: [Tensor], types: [VariableType])? {
    let ordered = interpreter.graph.inputs.compactMap { inputs[$0.name] }
    guard ordered.count == interpreter.graph.inputs.count, ordered.count == inputs.count,
      let program = try program(for: inputs, ordered), let values = try? program(ordered)
    else { return nil }
    return (values, program.types)
  }

  private func program(for inputs: [Name: Tensor], _ ordered: [Tensor]) throws(GraphError) -> Program? {
    let types = ordered.map { VariableType($0) }
    if let known = programs.withLock({ $0.first { $0.types == types } }) { return known.program }
    try interpreter.check(inputs)
    let program = try? Program(
      interpreter.graph, tensors: tensors, inputs: types, wanted: wanted, precise: precise)
    programs.withLock { programs in
      programs.append((types, program))
      if programs.count > ProgramCache.mostPrograms { programs.removeFirst() }
    }
    return program
  }
}
