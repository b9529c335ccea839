import ComputationGraphs
import Tensors

/// What has population statistics: a model, or as much of one as averaging needs, without the values of its parameters.
public protocol PopulationModel: Sendable {
  /// The computation.
  var graph: Graph { get }
  /// Where each population statistic comes from.
  var origins: [TensorPath: StatisticOrigin] { get }
  /// The digest of all parameters.
  var parametersDigest: Digest { get }
  /// The value of a population statistic.
  ///
  /// - Throws: `GraphError` with code `.missingValue` where there is none.
  func tensor(_ path: TensorPath) throws(GraphError) -> Tensor
  /// Gives a population statistic another value, and says where it comes from.
  ///
  /// - Throws: `GraphError` where there is no such statistic, one of another type or shape, or an origin that does not fit.
  mutating func setStatistic(_ path: TensorPath, to tensor: Tensor, origin: StatisticOrigin) throws(GraphError)
}

extension Model: PopulationModel {}
