import ComputationGraphs
import PopulationStatistics
import Tensors

/// The difference between the population statistics of a normalization in two checkpoints, in values or origins.
///
/// A single statistic that belongs to no normalization is listed here if its origin differs. `CheckpointComparison.tensors` lists
/// it if its values differ.
public struct StatisticDifference: Hashable, Sendable, Encodable {
  /// The path of the normalization's brick; for a single statistic, the path of the tensor.
  public let path: Name
  /// The number of channels per step.
  public let channelCount: Int
  /// The number of time steps; nil if all steps share one set of statistics.
  public let stepCount: Int?
  /// The distance of the means; nil for a single statistic, or if no value differs by more than the tolerance.
  public let mean: TensorDistance?
  /// The distance of the standard deviations; nil in the same cases as `mean`.
  public let standardDeviation: TensorDistance?
  /// The distance of the distributions; nil in the same cases as `mean`.
  public let distance: StatisticDistance?
  /// The differences between the origins, in words: ε, counts, estimator, records, parameters.
  public let origin: [String]

  private enum CodingKeys: String, CodingKey {
    case path, mean, distance, origin
    case channelCount = "channel_count"
    case stepCount = "step_count"
    case standardDeviation = "standard_deviation"
  }

  /// Compares the statistics of a normalization in the old and in the new checkpoint; nil if there is no difference.
  init?(
    _ path: Name, _ unit: EntryPairs.Unit, _ old: borrowing Checkpoint, _ new: borrowing Checkpoint,
    tolerance: Double
  ) throws(CheckpointError) {
    let (mean, deviation) = (unit.entries[0], unit.entries[1])
    let origins = unit.entries.map { $0.old.originChanges(to: $0.new, old.contents, new.contents) }
    if origins[0] == origins[1] {
      origin = origins[0]
    } else {
      origin = zip(["mean", "stdev"], origins).flatMap { name, changes in changes.map { "\(name): \($0)" } }
    }
    self.path = path
    let stepCount = unit.hasTimeSteps ? mean.old.shape[0] : nil
    let elementCount = Shape(mean.old.shape).elementCount
    channelCount = elementCount / max(stepCount ?? 1, 1)
    self.stepCount = stepCount
    var result: EntryPairs.Distances?
    if mean.old.differsInValue(from: mean.new) || deviation.old.differsInValue(from: deviation.new) {
      let distances = try unit.distances(old, new)
      if distances.exceed(tolerance) { result = distances }
    }
    (self.mean, standardDeviation, distance) = (result?.mean, result?.deviation, result?.distance)
    if result == nil, origin.isEmpty { return nil }
  }

  /// Compares the origins of a single statistic in the old and in the new checkpoint; nil if there is no difference.
  init?(originOf unit: EntryPairs.Unit, _ old: borrowing Checkpoint, _ new: borrowing Checkpoint) {
    let (left, right) = unit.entries[0]
    origin = left.originChanges(to: right, old.contents, new.contents)
    guard !origin.isEmpty else { return nil }
    path = left.displayPath
    stepCount = TensorDescription.isPerTimeStep(left.axes) ? left.shape.first : nil
    channelCount = Shape(Array(left.shape.dropFirst(stepCount == nil ? 0 : 1))).elementCount
    (mean, standardDeviation, distance) = (nil, nil, nil)
  }
}

extension EntryPairs {
  /// The distances of a normalization's statistics: elementwise, and as distributions.
  struct Distances {
    var mean = TensorDistance()
    var deviation = TensorDistance()
    var distance: StatisticDistance

    /// Whether a distance exceeds the tolerance. Without a tolerance, every differing bit counts.
    func exceed(_ tolerance: Double) -> Bool {
      guard tolerance > 0, mean.notFiniteCount + deviation.notFiniteCount == 0 else {
        return mean.exceeds(0) || deviation.exceeds(0)
      }
      return max(distance.meanShift.worst, abs(distance.logarithmicRatio.worst)) > tolerance
    }
  }
}

extension EntryPairs.Unit {
  /// The distances of a normalization's statistics, read block by block.
  ///
  /// - Precondition: The unit belongs to a normalization.
  func distances(_ old: borrowing Checkpoint, _ new: borrowing Checkpoint) throws(CheckpointError)
    -> EntryPairs.Distances
  {
    let (mean, deviation) = (entries[0], entries[1])
    let elementCount = Shape(mean.old.shape).elementCount
    let channelCount = hasTimeSteps ? elementCount / max(mean.old.shape[0], 1) : elementCount
    var distances = EntryPairs.Distances(
      distance: StatisticDistance(channelCount: max(channelCount, 1), hasTimeSteps: hasTimeSteps))
    var means = try old.reader(of: mean.old)
    var otherMeans = try new.reader(of: mean.new)
    var deviations = try old.reader(of: deviation.old)
    var otherDeviations = try new.reader(of: deviation.new)
    while let left = try means.next(), let right = try otherMeans.next(), let leftDeviation = try deviations.next(),
      let rightDeviation = try otherDeviations.next()
    {
      distances.mean.add(left, right)
      distances.deviation.add(leftDeviation, rightDeviation)
      distances.distance.add(left, leftDeviation, right, rightDeviation)
    }
    return distances
  }
}

extension StatisticDistance {
  /// Adds the next channels, given as blocks of means and standard deviations.
  fileprivate mutating func add(_ mean: Tensor, _ deviation: Tensor, _ otherMean: Tensor, _ otherDeviation: Tensor) {
    let (means, deviations) = (mean.doubles, deviation.doubles)
    let (otherMeans, otherDeviations) = (otherMean.doubles, otherDeviation.doubles)
    for index in means.indices {
      add(
        Gaussian(mean: means[index], standardDeviation: deviations[index]),
        Gaussian(mean: otherMeans[index], standardDeviation: otherDeviations[index]))
    }
  }
}

extension Contents.Entry {
  /// The differences between the origins of this statistic and of the new statistic, in words.
  fileprivate func originChanges(to other: Contents.Entry, _ contents: Contents, _ otherContents: Contents) -> [String]
  {
    guard let old = statistic, let new = other.statistic else { return [] }
    func change(_ what: String, _ old: String, _ new: String) -> String? {
      old == new ? nil : "\(what) \(old) → \(new)"
    }
    return [
      change("ε", "\(old.epsilon)", "\(new.epsilon)"), countChange(old.observationCounts, new.observationCounts),
      change("estimator", old.estimator.name, new.estimator.name),
      change("records", "\(old.records)", "\(new.records)"),
      change(
        "estimated with", old.parameters(besides: contents.parametersDigest),
        new.parameters(besides: otherContents.parametersDigest)),
    ].compactMap { $0 }
  }

  private func countChange(_ old: [Int64], _ new: [Int64]) -> String? {
    guard old != new else { return nil }
    guard old.count == new.count, old.count > 1 else {
      return "counts \(old.count == 1 ? "\(old[0])" : "of \(old.count) steps") → "
        + (new.count == 1 ? "\(new[0])" : "of \(new.count) steps")
    }
    let steps = old.indices.filter { old[$0] != new[$0] }
    return "counts of \(steps.count) of \(old.count) steps, first at step \(steps[0]): "
      + "\(old[steps[0]]) → \(new[steps[0]])"
  }
}

extension Contents.Statistic {
  /// The parameters that the value was estimated with, in words. For the file's own parameters, the words do not contain the
  /// digest, because differences between parameters are reported elsewhere.
  fileprivate func parameters(besides own: Digest?) -> String {
    if observationCounts.allSatisfy({ $0 == 0 }), parametersDigest == nil { return "nothing" }
    guard let digest = parametersDigest else { return "unknown parameters" }
    return digest == own ? "the file's parameters" : "other parameters (\(digest.abbreviated))"
  }
}
