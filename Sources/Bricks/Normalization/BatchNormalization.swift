/// Normalizes activations by their mean and standard deviation, then scales and shifts them (Ioffe and Szegedy, arXiv 1502.03167).
///
/// In inference, the default, (x − μ) / σ · γ + β with the population statistics μ and σ; ε is inside the stored σ. In training
/// mode the minibatch's own mean and σ = sqrt(biased variance + ε), over the batch and every broadcastable axis; the population
/// statistics have no influence then. Where the scope has a mask (batch), examples where it is 0 take no part in the minibatch's
/// statistics, be they NaN; their outputs are computed like all others. Of no example mean and variance are 0.
///
/// γ and β have the per-example shape with extent 1 on broadcastable axes, never a time axis. With `timeSteps` the population
/// statistics have a row per time step in front (Cooijmans et al., arXiv 1603.09025). Without, a whole sequence can be normalized by
/// one set of statistics over time and batch: `Scope.apply(_:toSequence:mask:)`.
public struct BatchNormalization: Brick {
  /// The name among its siblings.
  public var name: String
  /// The shape of one example, nil where unknown; the whole list nil to take it from the input.
  public var inputDimensions: [Int?]?
  /// Per-example axes to average over; nil for none.
  public var broadcastable: [Bool]?
  /// Whether to compute ((x−μ)/σ)·γ + β, which keeps fewer intermediate values than (x−μ)·(γ/σ) + β and rounds differently.
  public var conservesMemory: Bool
  /// ε, added to the biased variance under the square root.
  public var epsilon: Double
  /// How γ starts.
  public var scaleInitialization: Initialization
  /// How β starts.
  public var shiftInitialization: Initialization
  /// The number of time steps with statistics of their own; nil for one set of statistics.
  public var timeSteps: Int?
  /// What a time step past the last means.
  public var pastEnd: PastEndPolicy
  /// Whether to subtract the mean only: no σ, no γ.
  public var meanOnly: Bool
  /// Whether there is a γ.
  public var learnsScale: Bool
  /// Whether there is a β.
  public var learnsShift: Bool

  /// A normalization of inputs of a per-example shape, or of whatever it is applied to.
  public init(
    _ inputDimensions: [Int]? = nil, broadcastable: [Bool]? = nil, conservesMemory: Bool = true, epsilon: Double = 1e-4,
    scaleInitialization: Initialization = .constant(1), shiftInitialization: Initialization = .constant(0),
    timeSteps: Int? = nil, pastEnd: PastEndPolicy = .clampToLast, meanOnly: Bool = false, learnsScale: Bool = true,
    learnsShift: Bool = true, name: String = "batchnormalization"
  ) {
    self.name = name
    self.inputDimensions = inputDimensions
    self.broadcastable = broadcastable
    self.conservesMemory = conservesMemory
    self.epsilon = epsilon
    self.scaleInitialization = scaleInitialization
    self.shiftInitialization = shiftInitialization
    self.timeSteps = timeSteps
    self.pastEnd = pastEnd
    self.meanOnly = meanOnly
    self.learnsScale = learnsScale
    self.learnsShift = learnsShift
  }

  /// Records the normalization in the mode that the scope is in.
  public func apply(_ input: Variable, in scope: inout Scope) throws -> Variable {
    try normalized(input, .batch, in: scope)
  }

  /// Records the normalization of an input by statistics over the axes in front of an example's.
  func normalized(_ input: Variable, _ span: NormalizationSpan, in scope: Scope) throws -> Variable {
    let layout = try layout(of: input, span)
    let mask = try mask(of: input, span, in: scope)
    let population = try populationStatistics(layout, scope)
    let step = try timeStep(in: scope)
    let offset: Variable
    let divisor: Variable?
    if scope.isTraining {
      (offset, divisor) = try scope.builder.minibatchStatistics(
        of: input, over: layout.averagedAxes, where: mask, epsilon: epsilon, meanOnly: meanOnly)
    } else {
      offset = try inUse(population.mean, at: step, layout)
      divisor = try population.standardDeviation.map { try inUse($0, at: step, layout) }
      offset.add(.batchNormalizationOffset)
      divisor?.add(.batchNormalizationDivisor)
    }
    let normalization = Normalization(
      isTraining: scope.isTraining, input: input.index, offset: offset.index, divisor: divisor?.index,
      axes: layout.averagedAxes, mask: mask?.index, epsilon: epsilon, step: step?.index,
      pastEnd: step != nil && scope.isTraining ? pastEnd : nil,
      populationMean: try TensorPath(.statistics, brick: scope.path, name: "population_mean"),
      populationStandardDeviation: meanOnly
        ? nil : try TensorPath(.statistics, brick: scope.path, name: "population_stdev"),
      isInferenceOnly: span == .stepOfSequence)
    try normalization.checkMode()
    scope.builder.setNormalization(normalization)
    return try normalized(input, offset, divisor, layout, scope)
  }

  private func normalized(
    _ input: Variable, _ offset: Variable, _ divisor: Variable?, _ layout: NormalizationLayout, _ scope: Scope
  ) throws -> Variable {
    func parameter(_ name: Name, _ role: Role, _ initialization: Initialization) throws -> Variable {
      try layout.expanded(
        scope.parameter(
          name, shape: layout.statisticShape, role: role, initialization: initialization, axes: layout.axisNames,
          broadcastable: layout.broadcastable))
    }
    let scale =
      try learnsScale && !meanOnly
      ? parameter("batch_norm_scale", .batchNormalizationScale, scaleInitialization) : nil
    let shift = try learnsShift ? parameter("batch_norm_shift", .batchNormalizationShift, shiftInitialization) : nil
    var output = try input - offset
    if conservesMemory || scale == nil {
      output = try divisor.map { try output / $0 } ?? output
      output = try scale.map { try output * $0 } ?? output
    } else if let scale, let divisor {
      output = try output * (scale / divisor)
    }
    return try shift.map { try output + $0 } ?? output
  }

  private func populationStatistics(
    _ layout: NormalizationLayout, _ scope: Scope
  ) throws -> (mean: Variable, standardDeviation: Variable?) {
    func statistic(_ name: Name, _ role: Role, _ value: Double) throws -> Variable {
      try scope.populationStatistic(
        name, shape: (timeSteps.map { [$0] } ?? []) + layout.statisticShape, role: role, value: value, epsilon: epsilon,
        steps: timeSteps, axes: (timeSteps == nil ? [] : [TensorDescription.timeAxis]) + layout.axisNames,
        broadcastable: (timeSteps == nil ? [] : [false]) + layout.broadcastable)
    }
    let mean = try statistic("population_mean", .populationMean, 0)
    return (mean, meanOnly ? nil : try statistic("population_stdev", .populationStandardDeviation, 1))
  }

  /// A population statistic as inference uses it: the time step's row, with the axes of a batch in front.
  private func inUse(_ statistic: Variable, at step: Variable?, _ layout: NormalizationLayout) throws -> Variable {
    try layout.expanded(step.map { try statistic.taking(step: $0, pastEnd: pastEnd) } ?? statistic)
  }

  /// The time step, exactly where statistics are per step.
  private func timeStep(in scope: Scope) throws -> Variable? {
    guard let timeSteps else { return nil }
    guard let step = scope.timeStep else {
      throw GraphError(
        .timeStep,
        "has statistics for \(timeSteps) time steps, and the application does not say which; apply it at: a step")
    }
    if case .constant(let value) = step, value >= timeSteps, pastEnd == .strict {
      throw GraphError(.timeStep, "time step \(value) is past the last of \(timeSteps), and the policy is strict")
    }
    return try step.variable(in: scope.builder)
  }
}
