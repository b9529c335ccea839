import ComputationGraphs
import Tensors

/// The document `/contents`: every tensor's path, type, shape, role and digest (schemas/CONTAINER.md).
public struct Contents: Hashable, Sendable {
  /// A JSON document of the file.
  public struct Document: Hashable, Sendable {
    /// Where it lies.
    public var path: Name
    /// The digest of its text.
    public var digest: Digest
  }

  /// A tensor of the file.
  public struct Entry: Hashable, Sendable {
    /// Where it lies.
    public var path: Name
    /// The type of its elements.
    public var type: ScalarType
    /// Its extents.
    public var shape: [Int]
    /// The most specific role.
    public var role: Name
    /// The path of the brick it belongs to.
    public var brick: Name
    /// A name per axis.
    public var axes: [Name]
    /// Per axis, whether one value serves the whole axis of the data.
    public var broadcastable: [Bool]?
    /// The digest of its elements.
    public var digest: Digest
    /// On population statistics: where the value comes from.
    public var statistic: Statistic?
  }

  /// Where a population statistic's value comes from.
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

    /// The same facts for a model.
    public var origin: StatisticOrigin {
      StatisticOrigin(
        epsilon: epsilon, observationCounts: observationCounts, estimator: estimator, records: records,
        parametersDigest: parametersDigest)
    }
  }

  /// The recorded update pairs, by minibatch and by group (schemas/STATISTICS.md).
  public struct Updates: Hashable, Sendable {
    /// One minibatch under certain parameters.
    public struct Batch: Hashable, Sendable {
      var batch: Name
      var sequence: Int
      var parametersDigest: Digest?
    }

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

      /// How many records the group holds.
      public var recordCount: Int { batches.count }
    }

    var batches: [Batch]
    /// One group per application of a brick, in ascending order of paths.
    public var groups: [Group]

    /// How many minibatches were recorded.
    public var batchCount: Int { batches.count }
  }

  var formatVersion: String
  var kind: String
  var documents: [Document]
  /// The digest of all parameters; in models only.
  public var parametersDigest: Digest?
  /// The tensors in canonical order.
  public var tensors: [Entry]
  /// The recorded update pairs, where there are any.
  public var updates: Updates?
}
