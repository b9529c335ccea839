import ComputationGraphs
import Tensors

/// A normalization of a model, as far as its population statistics go.
public struct PopulationBrick: Hashable, Sendable {
  /// The brick's path.
  public let brick: String
  /// ε inside the stored standard deviation.
  public let epsilon: Double
  /// The population mean's path.
  public let mean: TensorPath
  /// The population standard deviation's path; nil for a normalization by the mean only.
  public let standardDeviation: TensorPath?
  /// The number of time steps with statistics of their own, nil where there is one set.
  public let stepCount: Int?
}

extension Model {
  /// The normalizations of the graph, each once, in the order of the first call.
  public var populationBricks: [PopulationBrick] {
    var seen: Set<String> = []
    return graph.calls.compactMap { call in
      guard let normalization = call.normalization, seen.insert(call.brick).inserted else { return nil }
      return PopulationBrick(
        brick: call.brick, epsilon: normalization.epsilon, mean: normalization.populationMean,
        standardDeviation: normalization.populationStandardDeviation,
        stepCount: normalization.step == nil ? nil : tensors[normalization.populationMean]?.shape[0])
    }
  }

  /// The values of a normalization's population statistics.
  ///
  /// - Throws: `GraphError` where the model has no such tensor, `StatisticsError` where its values mean nothing.
  public func populationValues(of brick: PopulationBrick) throws -> StatisticValues {
    let mean = try tensor(brick.mean)
    let example = mean.shape.dimensions.dropFirst(brick.stepCount == nil ? 0 : 1)
    return try StatisticValues(
      exampleShape: Shape(Array(example)), hasTimeSteps: brick.stepCount != nil, mean: mean.doubles,
      standardDeviation: try brick.standardDeviation.map { try tensor($0).doubles },
      counts: origins[brick.mean]?.observationCounts ?? [Int64](repeating: 0, count: brick.stepCount ?? 1))
  }

  /// The population statistics themselves as update records, with their counts: what a checkpoint without recorded pairs has to
  /// give. Statistics that were never estimated give none.
  ///
  /// - Throws: `StatisticsError` where values mean nothing.
  public func populationRecords() throws -> [UpdateRecord] {
    try populationBricks.compactMap { brick in
      let values = try populationValues(of: brick)
      guard !values.isNeverObserved, let origin = origins[brick.mean] else { return nil }
      let mean = try tensor(brick.mean)
      let digests = try [mean.digest] + (brick.standardDeviation.map { [try tensor($0).digest] } ?? [])
      let name = Digest(of: digests.map(\.description).joined(separator: "\n"))
      return try UpdateRecord(
        identity: UpdateRecord.Identity(
          brick: brick.brick, batch: "population statistics \(name)",
          parametersDigest: origin.parametersDigest?.description),
        sequence: 0, epsilon: brick.epsilon, scalarType: mean.type, values: values)
    }
  }
}
