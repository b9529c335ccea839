import JSON
import Tensors

extension Model {
  /// The effect of a new ε on one normalization.
  public struct EpsilonChange: Hashable, Sendable {
    /// The path of the normalization's brick.
    public let brick: Name
    /// The previous ε.
    public let oldEpsilon: Double
    /// The number of elements whose variance was too small to absorb the difference, so that γ was changed instead.
    public let rescaledElements: Int
  }

  /// Changes the ε of every normalization, but keeps the function of the model in inference mode.
  ///
  /// Let ε₁ be the old ε, and ε₂ the new ε. The stored standard deviation σ includes ε, so σ keeps its value if the variance
  /// var becomes var' = var + ε₁ − ε₂. If var' would be negative, the variance stays var, the deviation becomes σ' = sqrt(var +
  /// ε₂), and the scale absorbs the difference: γ' = γ σ' / σ. The function in training mode changes.
  ///
  /// - Throws: `GraphError` that names the brick if a scale must change, but the normalization has no scale, or has the same scale
  ///   for all time steps, or if the new scale is beyond the range of its type.
  public func refitted(epsilon: Double) throws(GraphError) -> (model: Model, changes: [EpsilonChange]) {
    guard Normalization.isValid(epsilon: epsilon) else {
      throw GraphError(.malformed, "epsilon \(epsilon) is not a finite number of at least 0")
    }
    let refittedGraph = try graph.settingEpsilon(epsilon)
    var tensors = tensors
    var origins = origins
    var changes: [EpsilonChange] = []
    var seen: Set<Name> = []
    for call in graph.allCalls {
      guard let normalization = call.normalization, seen.insert(call.brick).inserted else { continue }
      var rescaled = 0
      if let path = normalization.populationStandardDeviation, epsilon > normalization.epsilon {
        do {
          rescaled = try Model.refit(path, of: call, from: normalization.epsilon, to: epsilon, in: graph, &tensors)
        } catch let error as GraphError {
          throw error.located(brick: call.brick, application: nil)
        } catch {
          throw GraphError(.evaluation, "\(error)", brick: call.brick)
        }
      }
      for path in normalization.statistics {
        origins[path]?.epsilon = epsilon
      }
      changes.append(EpsilonChange(brick: call.brick, oldEpsilon: normalization.epsilon, rescaledElements: rescaled))
    }
    let model = try Model(
      bricks: bricks.map { $0.settingEpsilon(epsilon) }, graph: refittedGraph, tensors: tensors,
      descriptions: descriptions,
      origins: origins)
    return (try model.keepingStates(of: self), changes)
  }

  /// Replaces σ by σ', and γ by γ' (see `refitted(epsilon:)`), in elements whose variance is below ε₂ − ε₁. Returns the number
  /// of these elements.
  private static func refit(
    _ path: TensorPath, of call: Graph.Call, from old: Double, to new: Double, in graph: Graph,
    _ tensors: inout TensorStore
  ) throws -> Int {
    guard let stored = tensors[path] else { throw GraphError(.missingValue, "\(path) has no value") }
    var deviations = stored.doubles
    var factors = [Double](repeating: 1, count: deviations.count)
    for index in deviations.indices where deviations[index] * deviations[index] < new {
      let variance = max(deviations[index] * deviations[index] - old, 0)
      let refitted = (variance + new).squareRoot()
      factors[index] = refitted / deviations[index]
      deviations[index] = refitted
    }
    let rescaled = factors.count { $0 != 1 }
    guard rescaled > 0 else { return 0 }
    let scales = graph.savedTensors.filter {
      $0.path.brick == call.brick && $0.variable.roles.contains(refining: .batchNormalizationScale)
    }
    guard let scale = scales.first?.path, let values = tensors[scale] else {
      throw GraphError(
        .malformed,
        "\(rescaled) elements have a variance below the change of epsilon, but there is no scale to absorb it")
    }
    guard values.shape == stored.shape else {
      throw GraphError(
        .malformed,
        "\(rescaled) elements have a variance below the change of epsilon, but all \(stored.shape[0]) time steps have the same scale"
      )
    }
    let rescaledValues = try Tensor(zip(values.doubles, factors).map(*), shape: values.shape).converted(to: values.type)
    if let element = zip(rescaledValues.doubles, values.doubles).enumerated().first(where: {
      !$0.element.0.isFinite && $0.element.1.isFinite
    })?.offset {
      throw GraphError(
        .evaluation,
        "element \(element) of \(scale) would be \(values.doubles[element] * factors[element]), beyond the range of "
          + "\(values.type.rawValue); choose a smaller epsilon")
    }
    tensors[path] = try Tensor(deviations, shape: stored.shape).converted(to: stored.type)
    tensors[scale] = rescaledValues
    return rescaled
  }
}

extension Graph {
  /// The graph with another ε in every normalization, also in the bodies of loops.
  ///
  /// - Throws: `GraphError` for a normalization in training mode, because its nodes compute with the old ε.
  fileprivate func settingEpsilon(_ epsilon: Double) throws(GraphError) -> Graph {
    var graph = self
    for (index, call) in calls.enumerated() {
      guard let normalization = call.normalization else { continue }
      guard !normalization.isTraining else {
        throw GraphError(.malformed, "is in training mode; set epsilon in the inference graph", brick: call.brick)
      }
      graph.calls[index].normalization?.epsilon = epsilon
    }
    for (node, scan) in loops {
      var refitted = scan
      refitted.body = try scan.body.settingEpsilon(epsilon)
      graph.nodes[node].operation = .scan(refitted)
    }
    return graph
  }
}

extension BrickNode {
  /// The tree with another value for each configured ε.
  fileprivate func settingEpsilon(_ epsilon: Double) -> BrickNode {
    var node = self
    node.configuration = configuration.mapValues { $0.settingEpsilon(epsilon) }
    if node.configuration["epsilon"] != nil { node.configuration["epsilon"] = .real(epsilon) }
    node.children = children.map { $0.settingEpsilon(epsilon) }
    return node
  }
}

extension JSONValue {
  fileprivate func settingEpsilon(_ epsilon: Double) -> JSONValue {
    switch self {
    case .list(let values): return .list(values.map { $0.settingEpsilon(epsilon) })
    case .object(var members):
      members = members.mapValues { $0.settingEpsilon(epsilon) }
      if members["epsilon"] != nil { members["epsilon"] = .real(epsilon) }
      return .object(members)
    default: return self
    }
  }
}
