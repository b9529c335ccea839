import ComputationGraphs
import Tensors

/// Estimates population statistics from data in one pass, in memory that does not grow with the data.
///
/// ```swift
/// var recalibration = try Recalibration(model)
/// for batch in batches { try recalibration.observe(["features": batch]) }
/// model = try recalibration.recalibrated().model
/// ```
public struct Recalibration: Sendable {
  /// The model whose statistics are to be estimated. Its parameters do not change.
  public let model: Model
  /// The number of observed batches.
  public private(set) var batchCount = 0
  private var pass: PopulationPass
  private let estimator: Estimator
  private(set) var running: [RunningEstimate]
  private let places: [Name: Int]

  /// Creates a recalibration that has observed no batch yet.
  ///
  /// - Parameter isSelected: Whether the statistics of a normalization are estimated; by default, all are. The other statistics do
  ///   not change, and their normalizations use them.
  /// - Throws: The errors of `PopulationPass(_:)`; `StatisticsError` with code `.invalidOption` for an invalid smoothing factor.
  public init(
    _ model: Model, _ estimator: Estimator = .pooled, where isSelected: (Name) -> Bool = { _ in true }
  ) throws {
    try estimator.checkSmoothingFactor()
    self.model = model
    self.estimator = estimator
    pass = try PopulationPass(model, where: isSelected)
    let bricks = model.normalizationStatistics.filter { isSelected($0.path) }
    running = try bricks.map { RunningEstimate($0, estimator, initial: try model.populationValues(of: $0)) }
    places = Dictionary(uniqueKeysWithValues: bricks.enumerated().map { ($1.path, $0) })
  }

  /// The number of time steps that were left out because they come after the last step with its own statistics.
  ///
  /// It is the sum over normalizations and batches.
  public var ignoredStepCount: Int { pass.ignoredStepCount }

  /// The number of minibatch statistics that were left out because a mask selects fewer than 2 observations.
  public var ignoredObservationCount: Int { pass.ignoredObservationCount }

  /// Observes a batch: one tensor for each input of the model's graph. The examples are along the axis `batch`.
  ///
  /// - Throws: The errors of `PopulationPass.observe(_:batch:sequence:)`. After an error, the recalibration is unchanged.
  public mutating func observe(_ inputs: [Name: Tensor]) throws {
    let records = try pass.records(of: inputs, batch: "batch \(batchCount)", sequence: batchCount)
    batchCount += 1
    // If a brick has several applications, a moving average must take them in the same order as `Estimation`.
    for record in records.compactMap({ $0 }).sorted(by: { $0.identity < $1.identity }) {
      guard let place = places[record.identity.brick] else { continue }
      try running[place].observe(record)
    }
  }

  /// The greatest standard errors of each normalization.
  ///
  /// Nil while a normalization has fewer than 2 batches, and for estimators other than `pooled`.
  public var standardErrors: [StandardError]? {
    let errors = running.compactMap(\.standardError)
    return errors.count == running.count ? errors : nil
  }

  /// The model with the estimated statistics, and the changes.
  ///
  /// - Throws: `StatisticsError` with code `.neverObserved` if a normalization was not observed, `.overflow` if a value exceeds
  ///   the model's type, or `.zeroDeviation` if the numbers of a channel are all equal and ε is 0.
  public func recalibrated() throws -> (model: Model, changes: [StatisticChange]) {
    var result = model
    let digest = model.parametersDigest
    let changes = try running.map { estimate in
      let type = try model.tensor(estimate.brick.mean).type
      return try result.replaceStatistics(
        of: estimate.brick, by: estimate.estimate(as: type, parametersDigest: digest), ignoredSteps: 0)
    }
    return (result, changes)
  }
}
