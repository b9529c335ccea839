@_exported import ComputationGraphs
@_exported import Tensors

/// A model, or the part of a model that averaging needs: the graph and the population statistics, without parameter values.
public protocol PopulationModel: Sendable {
  /// The graph of the model.
  var graph: Graph { get }
  /// The origin of each population statistic.
  var origins: [TensorPath: StatisticOrigin] { get }
  /// The digest of all parameters.
  var parametersDigest: Digest { get }
  /// The value of a population statistic.
  ///
  /// - Throws: `GraphError` with code `.missingValue` if there is no such statistic.
  func tensor(_ path: TensorPath) throws(GraphError) -> Tensor
  /// Sets a population statistic and its origin.
  ///
  /// - Throws: `GraphError` if there is no such statistic, or if the type, shape or origin does not fit.
  mutating func setStatistic(_ path: TensorPath, to tensor: Tensor, origin: StatisticOrigin) throws(GraphError)
}

extension Model: PopulationModel {}
