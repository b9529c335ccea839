import ComputationGraphs
import PopulationStatistics
import Tensors

/// The document `/contents`: every tensor's path, type, shape, role and digest (schemas/CONTAINER.md).
public struct Contents: Hashable, Sendable {
  /// A JSON document of the file.
  public struct Document: Hashable, Sendable {
    /// The path of the document.
    public var path: Name
    /// The digest of the document's text.
    public var digest: Digest
  }

  /// A tensor of the file.
  public struct Entry: Hashable, Sendable {
    /// The path of the tensor.
    public var path: Name
    /// The type of the elements.
    public var type: ScalarType
    /// The extents.
    public var shape: [Int]
    /// The most specific role of the tensor.
    public var role: Name
    /// The path of the tensor's brick.
    public var brick: Name
    /// The name of each axis.
    public var axes: [Name]
    /// For each axis, whether the tensor has a single value along the axis, which applies to the whole axis of the data.
    public var broadcastable: [Bool]?
    /// The digest of the elements.
    public var digest: Digest
    /// The origin of a population statistic; nil for other tensors.
    public var statistic: Statistic?
  }

  /// The origin of a population statistic's value.
  public struct Statistic: Hashable, Sendable {
    var epsilon: Double
    var observationCounts: [Int64]
    var estimator: EstimationMethod
    var records: Int
    var parametersDigest: Digest?

    init(_ origin: StatisticOrigin) {
      epsilon = origin.epsilon
      observationCounts = origin.observationCounts
      estimator = origin.estimator
      records = origin.records
      parametersDigest = origin.parametersDigest
    }

    /// The origin in the form that a model uses.
    public var origin: StatisticOrigin {
      StatisticOrigin(
        epsilon: epsilon, observationCounts: observationCounts, estimator: estimator, records: records,
        parametersDigest: parametersDigest)
    }
  }

  /// The recorded update pairs, by minibatch and by group (schemas/STATISTICS.md).
  public struct Updates: Hashable, Sendable {
    /// The stacked records of one application of one brick.
    public struct Group: Hashable, Sendable {
      var path: Name
      /// The brick's path.
      public var brick: Name
      /// The application's name.
      public var application: Name
      var epsilon: Double
      var timeSteps: Bool
      var batches: [Int]

      /// The number of records in the group.
      public var recordCount: Int { batches.count }
    }

    /// The minibatches in the order of recording.
    var batches: [Minibatch]
    /// One group for each application of a brick, in ascending order of paths.
    public var groups: [Group]

    /// The number of minibatches that were recorded.
    public var batchCount: Int { batches.count }
  }

  var formatVersion: String
  var kind: String
  var documents: [Document]
  /// The digest of all parameters; nil in files of update pairs.
  public var parametersDigest: Digest?
  /// The tensors in canonical order.
  public var tensors: [Entry]
  /// The recorded update pairs; nil if there are no pairs.
  public var updates: Updates?
}
