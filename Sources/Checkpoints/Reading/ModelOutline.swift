import ComputationGraphs
import PopulationStatistics
import Tensors

/// The model of a checkpoint without the values of its parameters, which may be larger than memory. It has the graph, and the values
/// and origins of the population statistics.
public struct ModelOutline: PopulationModel, Sendable {
  /// The graph of the model.
  public let graph: Graph
  /// The digest of all parameters, from the table of contents.
  public let parametersDigest: Digest
  /// The values of the population statistics.
  public private(set) var statistics: TensorStore
  /// The origin of each population statistic.
  public private(set) var origins: [TensorPath: StatisticOrigin]

  private let descriptions: [TensorPath: TensorDescription]

  init(
    graph: Graph, parametersDigest: Digest, statistics: TensorStore, descriptions: [TensorPath: TensorDescription],
    origins: [TensorPath: StatisticOrigin]
  ) {
    self.graph = graph
    self.parametersDigest = parametersDigest
    self.statistics = statistics
    self.descriptions = descriptions
    self.origins = origins
  }

  /// The value of a population statistic.
  public func tensor(_ path: TensorPath) throws(GraphError) -> Tensor {
    guard let tensor = statistics[path] else { throw GraphError(.missingValue, "there is no statistic \(path)") }
    return tensor
  }

  /// Sets a population statistic and its origin.
  ///
  /// - Throws: The errors of `Model.setStatistic(_:to:origin:)`.
  public mutating func setStatistic(
    _ path: TensorPath, to tensor: Tensor, origin: StatisticOrigin
  ) throws(GraphError) {
    let current = try self.tensor(path)
    guard current.type == tensor.type, current.shape == tensor.shape else {
      throw GraphError(
        .shapeMismatch, "\(path) is \(VariableType(current)), not \(VariableType(tensor))")
    }
    try origin.check(
      for: path, shape: tensor.shape, isPerTimeStep: descriptions[path]?.isPerTimeStep ?? false)
    statistics[path] = tensor
    origins[path] = origin
  }
}
