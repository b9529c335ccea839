/// Normalizes activations by their mean and standard deviation, then scales and shifts them (Ioffe and Szegedy, arXiv 1502.03167).
///
/// Inference, the default mode, computes (x − μ) / σ · γ + β with the population statistics μ and σ. The stored σ includes ε.
/// Training mode uses the minibatch's own mean and σ = sqrt(biased variance + ε), over the batch and all broadcastable axes. In
/// training mode, the population statistics have no influence.
///
/// If the scope has a mask (batch), examples with mask 0 are left out of the minibatch's statistics, even if they are NaN. Their
/// outputs are still computed. If no example is left, mean and variance are 0.
///
/// γ and β have the shape of one example, with extent 1 on broadcastable axes. They never have a time axis. With `timeSteps`, time is
/// the first axis of the population statistics (Cooijmans et al., arXiv 1603.09025). Without `timeSteps`,
/// `Scope.apply(_:toSequence:mask:)` can normalize a whole sequence with one set of statistics over time and batch.
public struct BatchNormalization: Brick {
  /// The name among its siblings.
  public var name: String
  /// The shape of one example, with nil for unknown extents; nil instead of a list takes the shape from the input.
  public var inputDimensions: [Int?]?
  /// For each axis of an example, whether to average over it; nil averages over no axis.
  public var broadcastable: [Bool]?
  /// Whether to compute ((x−μ)/σ)·γ + β instead of (x−μ)·(γ/σ) + β. The first form keeps fewer intermediate values and rounds
  /// differently.
  public var conservesMemory: Bool
  /// ε, added to the biased variance under the square root.
  public var epsilon: Double
  /// The initialization of γ.
  public var scaleInitialization: Initialization
  /// The initialization of β.
  public var shiftInitialization: Initialization
  /// The number of time steps with statistics of their own; nil for one set of statistics.
  public var timeSteps: Int?
  /// The policy for a time step after the last step with its own statistics.
  public var pastEnd: PastEndPolicy
  /// Whether to subtract only the mean, without σ and γ.
  public var meanOnly: Bool
  /// Whether there is a γ.
  public var learnsScale: Bool
  /// Whether there is a β.
  public var learnsShift: Bool

  /// Creates a normalization of examples of the given shape; nil takes the shape from the input.
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

  /// Records the normalization in the mode of the scope.
  public func apply(_ input: Variable, in scope: inout Scope) throws -> Variable {
    try normalized(input, .batch, in: scope)
  }

  /// Records the normalization of a batch with a mask of its elements.
  ///
  /// - Parameters:
  ///   - mask: A mask with the type and rank of the input, and extents of 1 or the input's. Minibatch statistics leave out elements
  ///     with mask 0. The mask of the scope is not used.
  ///   - isInferenceOnly: Whether the statistics cannot be computed from minibatches of this input.
  package func apply(
    _ input: Variable, where mask: Variable?, isInferenceOnly: Bool = false, in scope: Scope
  ) throws -> Variable {
    try normalized(input, .batch, where: mask, isInferenceOnly: isInferenceOnly, in: scope)
  }

  /// Records the normalization of an input by statistics over the axes before the axes of an example.
  func normalized(_ input: Variable, _ span: NormalizationSpan, in scope: Scope) throws -> Variable {
    try normalized(
      input, span, where: mask(of: input, span, in: scope), isInferenceOnly: span == .stepOfSequence, in: scope)
  }

  private func normalized(
    _ input: Variable, _ span: NormalizationSpan, where mask: Variable?, isInferenceOnly: Bool, in scope: Scope
  ) throws -> Variable {
    let layout = try layout(of: input, span)
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
      isInferenceOnly: isInferenceOnly)
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

  /// A population statistic as inference uses it: the row of the time step, with leading axes for a batch.
  private func inUse(_ statistic: Variable, at step: Variable?, _ layout: NormalizationLayout) throws -> Variable {
    try layout.expanded(step.map { try statistic.taking(step: $0, pastEnd: pastEnd) } ?? statistic)
  }

  /// The time step; nil if the normalization has one set of statistics.
  private func timeStep(in scope: Scope) throws -> Variable? {
    guard let timeSteps else { return nil }
    guard let step = scope.timeStep else {
      throw GraphError(
        .timeStep,
        "has statistics for \(timeSteps) time steps, but the application does not name one; pass a time step with at:")
    }
    if case .constant(let value) = step, value >= timeSteps, pastEnd == .strict {
      throw GraphError(
        .timeStep, "time step \(value) is after the last of \(timeSteps) steps, and the policy is strict")
    }
    return try step.variable(in: scope.builder)
  }
}
