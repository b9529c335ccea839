/// What a normalization does in one call, for transforms and for update pairs.
///
/// normalized = (input − offset) / divisor, with offset and divisor either from the population statistics (inference) or
/// from the minibatch: its mean and sqrt(biased variance + epsilon) over `axes` (training), of the observations that `mask`
/// selects where there is one.
public struct Normalization: Hashable, Sendable {
  /// Whether the minibatch's own statistics are used.
  public var isTraining: Bool
  /// What is normalized.
  public var input: Int
  /// The mean in use, of the input's rank.
  public var offset: Int
  /// The standard deviation in use; nil for a normalization by the mean only.
  public var divisor: Int?
  /// The averaged axes of the input, the batch axis 0 among them.
  public var axes: [Int]
  /// Which observations the minibatch's statistics are of: a variable of the input's type and rank with extent 1 on the axes that
  /// are not averaged, 0 where an observation takes no part; nil for all of them. Known in inference mode too, for transforms.
  public var mask: Int?
  /// ε, added to the variance under the square root.
  public var epsilon: Double
  /// The time step, an int64 scalar, where statistics are per step.
  public var step: Int?
  /// What a step past the last means, in training mode with statistics per step; in inference mode the graph's `take_step` says it.
  public var pastEnd: PastEndPolicy?
  /// The population mean's path.
  public var populationMean: TensorPath
  /// The population standard deviation's path; nil for a normalization by the mean only.
  public var populationStandardDeviation: TensorPath?
  /// Whether the input is but a part of what the statistics are of, such as one step of a sequence, so that the minibatch cannot
  /// give them.
  public var isInferenceOnly: Bool

  /// A normalization from its parts.
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

  /// The paths of the population statistics, the mean first.
  public var statistics: [TensorPath] { [populationMean] + [populationStandardDeviation].compactMap { $0 } }

  /// Checks that the minibatch can give the statistics that are asked of it.
  ///
  /// - Throws: `GraphError` with code `.tooFewObservations`.
  public func checkMode() throws(GraphError) {
    guard isTraining, isInferenceOnly else { return }
    throw GraphError(
      .tooFewObservations,
      "has statistics of whole sequences, which the batch of a single step cannot give in training mode; apply it to the sequence"
    )
  }
}

extension Graph.Call {
  /// Whether the call normalizes by the minibatch's own statistics.
  public var isTraining: Bool { normalization?.isTraining ?? false }
}
