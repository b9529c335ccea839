extension Graph {
  /// A normalization whose time step does not fit the axes of one of its statistics.
  package struct TimeAxisProblem {
    /// The brick of the normalization.
    package let brick: Name
    /// The statistic.
    package let path: TensorPath
    /// The problem in words, with the statistic's path.
    package let message: String
  }

  /// The normalizations with a time step whose statistics have no time axis, and the normalizations without a time step whose
  /// statistics have one (schemas/STATISTICS.md, G38). Models, and loading, saving and verifying of files, all use this rule.
  ///
  /// - Parameter isPerTimeStep: Whether the first axis of a statistic counts time steps; nil if the statistic has no description.
  package func timeAxisProblems(isPerTimeStep: (TensorPath) -> Bool?) -> [TimeAxisProblem] {
    var problems: [TimeAxisProblem] = []
    var known: Set<TensorPath> = []
    for call in allCalls {
      guard let normalization = call.normalization else { continue }
      for path in normalization.statistics {
        guard let isPerTimeStep = isPerTimeStep(path), isPerTimeStep != (normalization.step != nil),
          known.insert(path).inserted
        else { continue }
        let message =
          isPerTimeStep
          ? "\(path) has an axis \(TensorDescription.timeAxis), but its normalization has no time step"
          : "its normalization has a time step, but the first axis of \(path) is not named \(TensorDescription.timeAxis)"
        problems.append(TimeAxisProblem(brick: call.brick, path: path, message: message))
      }
    }
    return problems
  }
}
