import Names
import Tensors

/// The population statistics of one brick, with what stands behind them.
public struct Estimate: Hashable, Sendable {
  /// The path of the brick.
  public let brick: Name
  /// How it was estimated.
  public let estimator: Estimator
  /// ε inside the standard deviation.
  public let epsilon: Double
  /// The per-example shape, with extent 1 on the axes along which one value serves all.
  public let exampleShape: Shape
  /// Whether there is a leading time axis.
  public let hasTimeSteps: Bool
  /// The type that the values were rounded to; each of them is a number of this type.
  public let scalarType: ScalarType
  /// The mean of each element, row-major, or nil where the records hold none.
  public let mean: [Double]?
  /// sqrt(variance + ε) of each element, row-major, or nil where the records hold none.
  public let standardDeviation: [Double]?
  /// Observations per element in the records used: one number, or one for each time step.
  public let counts: [Int64]
  /// How many records were used: those with an observation at any step and, where there are weights, one above 0.
  public let recordCount: Int
  /// The time steps that no record observed; they took the values of the last observed step before them, or, where none
  /// is before them, of the first one. Their count is 0.
  public let filledSteps: [Int]
  /// The parameters digests of the records used, each once, unknown (nil) first. One that is not nil: all records
  /// belong to the same parameters.
  public let parametersDigests: [Digest?]

  /// The number of time steps, 1 without a time axis.
  public var stepCount: Int { counts.count }

  /// The shape of `mean` and `standardDeviation`.
  public var shape: Shape { Shape((hasTimeSteps ? [stepCount] : []) + exampleShape.dimensions) }
}
