import ComputationGraphs
import Tensors

/// The paths, ε and shape of the population statistics of one normalization in a model.
public struct NormalizationStatistics: Hashable, Sendable {
  /// The brick's path.
  public let path: Name
  /// The ε of the graph, which the stored standard deviation includes.
  public let epsilon: Double
  /// The population mean's path.
  public let mean: TensorPath
  /// The population standard deviation's path; nil if only the mean is subtracted.
  public let standardDeviation: TensorPath?
  /// The number of time steps with their own statistics; nil if all steps have the same statistics.
  public let stepCount: Int?
  /// The shape of the statistics without the time steps.
  public let exampleShape: Shape
}

extension Graph {
  /// The normalizations of the graph, each once, in the order of their first calls.
  ///
  /// - Complexity: O(variables + calls), plus sorting.
  public var normalizationStatistics: [NormalizationStatistics] {
    let normalizations = allCalls.filter { $0.normalization != nil }
    guard !normalizations.isEmpty else { return [] }
    let types = Dictionary(savedTensors.map { ($0.path, $0.variable.type) }) { first, _ in first }
    var seen: Set<Name> = []
    return normalizations.compactMap { call in
      guard let normalization = call.normalization, seen.insert(call.brick).inserted else { return nil }
      let dimensions = types[normalization.populationMean]?.fixedShape?.dimensions ?? []
      let stepCount = normalization.step == nil ? nil : dimensions.first
      return NormalizationStatistics(
        path: call.brick, epsilon: normalization.epsilon, mean: normalization.populationMean,
        standardDeviation: normalization.populationStandardDeviation, stepCount: stepCount,
        exampleShape: Shape(Array(dimensions.dropFirst(stepCount == nil ? 0 : 1))))
    }
  }
}

extension PopulationModel {
  /// The normalizations of the graph; see `Graph.normalizationStatistics`.
  public var normalizationStatistics: [NormalizationStatistics] { graph.normalizationStatistics }

  /// The values of a normalization's population statistics, with the counts of its mean: one number, or one for each time step.
  ///
  /// - Throws: `GraphError` if the model has no such tensor, `StatisticsError` if its values are invalid.
  public func populationValues(of brick: NormalizationStatistics) throws -> StatisticValues {
    let mean = try tensor(brick.mean)
    let standardDeviation = try brick.standardDeviation.map(tensor)
    do throws(StatisticsError) {
      return try StatisticValues(
        exampleShape: brick.exampleShape, hasTimeSteps: brick.stepCount != nil, mean: mean.doubles,
        standardDeviation: standardDeviation?.doubles,
        counts: observationCounts(of: brick.mean, stepCount: brick.stepCount))
    } catch {
      throw error.about(brick.path)
    }
  }

  /// The population statistics as update records, with their counts, for a checkpoint without recorded pairs. There is no record
  /// for statistics that were never estimated, nor for training averages, because it is unknown how many observations they stand for.
  ///
  /// The name of each record comes from its values. So equal statistics in two files are the same record, and the statistics of
  /// several files have no order of recording.
  ///
  /// - Throws: `StatisticsError` with code `.invalidValues` if values are invalid, or `.conflict` if a mean and its standard
  ///   deviation come from different observations or parameters.
  public func populationRecords() throws -> [UpdateRecord] {
    try normalizationStatistics.compactMap { brick in
      let values = try populationValues(of: brick)
      guard let origin = origins[brick.mean], origin.estimator != .trainingAverage else { return nil }
      if let path = brick.standardDeviation {
        guard observationCounts(of: path, stepCount: brick.stepCount) == values.counts,
          origins[path]?.parametersDigest == origin.parametersDigest
        else {
          throw StatisticsError(
            .conflict,
            "\(brick.path): population mean and standard deviation come from different observations or parameters; estimate both again"
          )
        }
      }
      guard !values.isNeverObserved else { return nil }
      let tensors = try ([brick.mean] + [brick.standardDeviation].compactMap { $0 }).map(tensor)
      let name = Digest(of: tensors.map(\.digest.description).joined(separator: "\n"))
      return try UpdateRecord(
        identity: UpdateRecord.Identity(
          brick: brick.path, batch: "population statistics \(name)",
          parametersDigest: origin.parametersDigest),
        // The stored deviation includes the ε of its origin. The ε of the graph may differ from it.
        sequence: 0, epsilon: (brick.standardDeviation.flatMap { origins[$0] } ?? origin).epsilon,
        scalarType: tensors[0].type, values: values)
    }
  }

  /// The counts of a statistic, one for each time step, even if all steps share one number.
  ///
  /// If the first axis of the statistic is not named `time`, only one count is stored, and all steps get this count.
  private func observationCounts(of path: TensorPath, stepCount: Int?) -> [Int64] {
    let counts = origins[path]?.observationCounts ?? [0]
    guard let stepCount, counts.count == 1 else { return counts }
    return [Int64](repeating: counts[0], count: stepCount)
  }
}
