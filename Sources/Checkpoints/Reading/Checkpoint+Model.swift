import ComputationGraphs
import Tensors

extension Checkpoint {
  /// The model. Everything is checked before the model is returned: each tensor of the graph must exist with its type, shape and
  /// digest, and there must be no other tensor. Statistics that are stale or were never estimated are accepted; see
  /// `Model.statisticStates`.
  ///
  /// - Throws: `CheckpointError` that lists every missing, unknown and mismatched path.
  public func model() throws(CheckpointError) -> Model {
    try checkIsModel()
    let bricks = try bricks()
    let graph = try graph()
    let content = try content(for: graph) { _ in true }
    do {
      return try Model(
        bricks: bricks, graph: graph, tensors: content.tensors, descriptions: content.descriptions,
        origins: content.origins)
    } catch {
      throw CheckpointError(.malformed, "\(error)", file: name)
    }
  }

  /// The model without the values of its parameters. It is checked like `model()`, but the digests of parameters are only checked
  /// when they are read.
  ///
  /// - Throws: `CheckpointError` that lists every missing, unknown and mismatched path.
  public func outline() throws(CheckpointError) -> ModelOutline {
    try checkIsModel()
    _ = try bricks()
    let graph = try graph()
    let content = try content(for: graph) { $0 == .statistics }
    guard let parametersDigest = contents.parametersDigest else {
      throw CheckpointError(.malformed, "has no parameters_digest", file: name)
    }
    return ModelOutline(
      graph: graph, parametersDigest: parametersDigest, statistics: content.tensors, descriptions: content.descriptions,
      origins: content.origins)
  }

  private func checkIsModel() throws(CheckpointError) {
    guard kind == .model else { throw CheckpointError(.unsuitable, "holds update pairs, not a model", file: name) }
  }

  /// Compares the table of contents, the datasets and the graph, and reads the tensors of some collections.
  private func content(
    for graph: Graph, reading isRead: (TensorPath.Collection) -> Bool
  ) throws(CheckpointError) -> (
    tensors: TensorStore, descriptions: [TensorPath: TensorDescription], origins: [TensorPath: StatisticOrigin]
  ) {
    var problems = try disagreements() + differences(from: graph)
    var tensors: TensorStore = [:]
    var descriptions: [TensorPath: TensorDescription] = [:]
    var origins: [TensorPath: StatisticOrigin] = [:]
    let listed = Set(problems.compactMap(\.object))
    let deviations = graph.populationDeviations
    let wanted = contents.tensors.filter { entry in
      !listed.contains(entry.path) && entry.tensorPath.map { isRead($0.collection) } ?? false
    }
    for (entry, result) in zip(wanted, readCompared(wanted)) {
      guard let path = entry.tensorPath else { continue }
      do throws(CheckpointError) {
        let tensor = try result.get()
        if path.collection == .statistics,
          let problem = StatisticRules.valueProblem(
            tensor, at: path, isDeviation: deviations.contains(path), in: name)
        {
          problems.append(problem)
        }
        tensors[path] = tensor
        descriptions[path] = entry.description
        if path.collection == .statistics { origins[path] = entry.statistic?.origin }
      } catch {
        problems.append(error)
      }
    }
    try Checkpoint.report(problems, in: name)
    return (tensors, descriptions, origins)
  }

  /// The differences between the saved tensors of the graph and the tensors of the table of contents.
  func differences(from graph: Graph) -> [CheckpointError] {
    func problem(_ message: String, _ path: TensorPath) -> CheckpointError {
      CheckpointError(.malformed, message, file: name, object: path.datasetPath)
    }
    var problems: [CheckpointError] = []
    var pending: [TensorPath: Contents.Entry] = [:]
    for entry in contents.tensors { entry.tensorPath.map { pending[$0] = entry } }
    for (path, variable) in graph.savedTensors {
      guard let entry = pending.removeValue(forKey: path) else {
        problems.append(problem("is missing: the graph needs it, but the file does not have it", path))
        continue
      }
      let shape = entry.shape.map(Extent.fixed)
      if VariableType(entry.type.inMemory, shape) != variable.type {
        let actual = VariableType(entry.type, shape)
        problems.append(problem("is \(actual), but the graph needs \(variable.type)", path))
      }
      if !variable.roles.roles.contains(where: { $0.name == entry.role }) {
        problems.append(problem("has the role \(entry.role), but the graph gives it another role", path))
      }
    }
    return problems + epsilonDifferences(in: graph) + timeAxisDifferences(in: graph)
      + pending.keys.sorted().map { problem("is unknown to the graph", $0) }
  }

  private func epsilonDifferences(in graph: Graph) -> [CheckpointError] {
    let epsilons = graph.epsilons
    return contents.tensors.compactMap { entry in
      guard let epsilon = entry.statistic?.epsilon, let path = entry.tensorPath else { return nil }
      return StatisticRules.epsilonProblem(epsilon, at: path, wanted: epsilons[path], .malformed, in: name)
    }
  }

  private func timeAxisDifferences(in graph: Graph) -> [CheckpointError] {
    graph.timeAxisProblems { path in entry(path.datasetPath).map { TensorDescription.isPerTimeStep($0.axes) } }
      .map { CheckpointError(.malformed, $0.message, file: name, object: $0.path.datasetPath) }
  }

  /// Throws the problem, or one error that lists them all.
  static func report(_ problems: [CheckpointError], in file: String) throws(CheckpointError) {
    guard let first = problems.first else { return }
    guard problems.count > 1 else { throw first }
    let lines = problems.map { "\n  \($0.object ?? "the file"): \($0.message)" }
    throw CheckpointError(first.code, "\(problems.count) problems, nothing was loaded:\(lines.joined())", file: file)
  }
}

extension Contents.Entry {
  /// The names of the axes, and the type in files if it differs from the type in memory.
  fileprivate var description: TensorDescription {
    TensorDescription(
      axes: axes, broadcastable: broadcastable, storedType: type == type.inMemory ? nil : type)
  }
}

extension Graph {
  /// The saved tensors that are standard deviations of a population.
  var populationDeviations: Set<TensorPath> {
    Set(savedTensors.lazy.filter { $0.variable.roles.contains(refining: .populationStandardDeviation) }.map(\.path))
  }
}

extension Model {
  /// Loads a model in inference mode. If anything is missing or wrong, an error lists all faults.
  ///
  /// - Throws: `CheckpointError`.
  public init(checkpoint path: String) throws(CheckpointError) {
    self = try Checkpoint(opening: path).model()
  }
}
