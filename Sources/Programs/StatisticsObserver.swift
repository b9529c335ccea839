import ComputationGraphs
import Names
import Tensors

/// Computes the minibatch statistics of a graph in training mode, with a program or with the interpreter if there is no program.
///
/// The statistics stay in double precision from the reduction on. A program and the interpreter give slightly different
/// statistics, because they round the single-precision values before the reduction differently.
public final class StatisticsObserver: Sendable {
  private let interpreter: Interpreter
  private let pairs: [UpdatePair]
  /// The variables of time steps and counts.
  private let others: [Int]
  private let programs: ProgramCache

  /// Creates an observer of update pairs of a graph.
  ///
  /// - Throws: `GraphError` with code `.missingValue` or `.shapeMismatch` if a tensor is missing or has another type or shape,
  ///   `.unknownOperation` if the graph has an operation from a later version.
  public init(_ graph: Graph, tensors: TensorStore, pairs: [UpdatePair]) throws(GraphError) {
    interpreter = try Interpreter(graph, tensors: tensors)
    self.pairs = pairs
    others = Set(pairs.flatMap { [$0.step, $0.observations.countVariable].compactMap { $0 } }).sorted()
    programs = ProgramCache(interpreter, tensors: tensors, wanted: others, precise: pairs.map(\.minibatch))
  }

  /// Computes the statistics of a batch, and returns them in the order of the pairs.
  ///
  /// - Throws: `GraphError` that names the failed input, or the failed brick and application.
  public func callAsFunction(_ inputs: [Name: Tensor]) throws(GraphError) -> [ObservedStatistic] {
    guard let (values, types) = try programs.results(for: inputs) else {
      return try interpreter.observe(pairs, inputs: inputs)
    }
    let known = Dictionary(uniqueKeysWithValues: zip(others, values))
    return zip(pairs, values.dropFirst(others.count)).map { pair, statistic in
      let counts: [Int64]
      switch pair.observations {
      case .variable(let count): counts = known[count]?.integers ?? []
      case .elements(let input, let axes, _):
        let extents = types[input].fixedDimensions
        counts = [Int64(axes.reduce(1) { $0 * extents[$1] })]
      }
      return ObservedStatistic(values: statistic, counts: counts, steps: pair.step.flatMap { known[$0]?.integers })
    }
  }
}

extension UpdatePair.Observations {
  fileprivate var countVariable: Int? { if case .variable(let count) = self { count } else { nil } }
}

extension Tensor {
  fileprivate var integers: [Int64]? {
    if case .int64(let elements) = storage { elements } else { nil }
  }
}
