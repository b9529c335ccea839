/// A normalization in one call, described for transforms and update pairs.
///
/// normalized = (input − offset) / divisor. In inference mode, offset and divisor come from the population statistics. In
/// training mode, they are the mean and sqrt(biased variance + epsilon) of the minibatch over `axes`. If there is a mask, only
/// the observations that it selects count.
public struct Normalization: Hashable, Sendable {
  /// Whether the call uses the statistics of the minibatch.
  public var isTraining: Bool
  /// The variable that is normalized.
  public var input: Int
  /// The variable of the mean that is subtracted. It has the input's rank.
  public var offset: Int
  /// The variable of the standard deviation that divides; nil if only the mean is subtracted.
  public var divisor: Int?
  /// The axes of the input to average over, including the batch axis 0.
  public var axes: [Int]
  /// The mask of observations: a variable of the input's type and rank with extent 1 on the axes that are not averaged.
  /// Observations with mask 0 are left out; nil includes all. It is also set in inference mode, for transforms.
  public var mask: Int?
  /// ε, added to the variance under the square root.
  public var epsilon: Double
  /// The variable of the time step, an int64 scalar; nil if there is one set of statistics for all steps.
  public var step: Int?
  /// The policy for a step after the last step with its own statistics, in training mode. In inference mode, the operation
  /// `take_step` of the graph has the policy.
  public var pastEnd: PastEndPolicy?
  /// The population mean's path.
  public var populationMean: TensorPath
  /// The population standard deviation's path; nil if only the mean is subtracted.
  public var populationStandardDeviation: TensorPath?
  /// Whether the statistics cannot be computed from the minibatch. The input has only a part of the observations, such as one step of a
  /// sequence, or each feature has other masked elements.
  public var isInferenceOnly: Bool

  /// Creates a normalization with its variables, settings and paths.
  public init(
    isTraining: Bool, input: Int, offset: Int, divisor: Int?, axes: [Int], mask: Int? = nil, epsilon: Double,
    step: Int?,
    pastEnd: PastEndPolicy? = nil, populationMean: TensorPath, populationStandardDeviation: TensorPath?,
    isInferenceOnly: Bool = false
  ) {
    self.isTraining = isTraining
    self.input = input
    self.offset = offset
    self.divisor = divisor
    self.axes = axes
    self.mask = mask
    self.epsilon = epsilon
    self.step = step
    self.pastEnd = pastEnd
    self.populationMean = populationMean
    self.populationStandardDeviation = populationStandardDeviation
    self.isInferenceOnly = isInferenceOnly
  }

  /// Whether a number can be the ε of a normalization: finite and at least 0. Bricks, graphs, origins, update records and files all
  /// use this rule.
  package static func isValid(epsilon: Double) -> Bool { epsilon.isFinite && epsilon >= 0 }

  /// The paths of the population statistics. The mean comes first.
  public var statistics: [TensorPath] { [populationMean] + [populationStandardDeviation].compactMap { $0 } }

  /// Checks that the required statistics can be computed from the minibatch.
  ///
  /// - Throws: `GraphError` with code `.tooFewObservations`.
  public func checkMode() throws(GraphError) {
    guard isTraining, isInferenceOnly else { return }
    throw GraphError(
      .tooFewObservations,
      "is for inference only: its statistics cannot be computed from its input, which is a single step of a sequence, or has a mask along "
        + "the normalized axis; select only other normalizations, or apply the brick to whole sequences"
    )
  }
}

extension Graph.Call {
  /// Whether the call normalizes with the statistics of the minibatch.
  public var isTraining: Bool { normalization?.isTraining ?? false }
}
