/// The observations that one application of a normalization averages.
enum NormalizationSpan {
  /// A batch (batch, …).
  case batch
  /// A whole sequence (time, batch, …) with one set of statistics over time and batch.
  case sequence
  /// A batch (batch, …) that is one step of a sequence with one set of statistics. This is possible only in inference.
  case stepOfSequence

  /// The axes before the axes of an example.
  var leadingAxes: [Name] { self == .sequence ? ["time", "batch"] : ["batch"] }
}

extension BatchNormalization {
  /// The mask of the scope, with axes of extent 1 so that it has the input's rank.
  ///
  /// - Throws: `BrickError` with code `.invalidConfiguration` if it does not fit the input.
  func mask(of input: Variable, _ span: NormalizationSpan, in scope: Scope) throws -> Variable? {
    guard var mask = try scope.mask.map(scope.builder.adopted) else { return nil }
    let leading = Array(input.shape.prefix(span.leadingAxes.count))
    // A mask of examples applies to each step of a sequence.
    let fitting = [leading, Array(leading.suffix(1))].map { VariableType(input.type.scalar, $0) }
    guard fitting.contains(mask.type) else {
      throw BrickError(
        .invalidConfiguration,
        "needs a mask of type \(fitting[0]) for its input of type \(input.type), got \(mask.type)")
    }
    while mask.rank < leading.count { mask = try mask.expandingDimensions(at: 0) }
    while mask.rank < input.rank { mask = try mask.expandingDimensions(at: mask.rank) }
    return mask
  }
}

extension Scope {
  /// Applies a normalization child to a whole sequence (time, batch, …), with one set of statistics over time and batch.
  ///
  /// The application is called `apply_to_sequence`.
  ///
  /// - Parameters:
  ///   - brick: A normalization without `timeSteps`.
  ///   - sequence: The input of the normalization.
  ///   - mask: The mask (time, batch); this scope's mask of examples by default. Observations with mask 0 are left out of
  ///     minibatch statistics.
  /// - Throws: The errors of `apply(_:to:at:mask:id:)`; `BrickError` with code `.invalidConfiguration` if the normalization has statistics per
  ///   time step, or the mask does not fit.
  public func apply(
    _ brick: BatchNormalization, toSequence sequence: Variable, mask: Variable? = nil
  ) throws -> Variable {
    try call(brick, "apply_to_sequence", on: [sequence], mask: mask) { inputs, scope in
      [try brick.normalized(inputs[0], .sequence, in: scope)]
    }[0]
  }

  /// Applies a normalization child to a batch (batch, …) that is one step of a sequence, with the sequence's statistics.
  ///
  /// The statistics are the same as in `apply(_:toSequence:mask:)`. The application is called `apply_to_step`. It is only possible
  /// in inference mode, because a single step does not give the statistics of the whole sequence.
  ///
  /// - Throws: The errors of `apply(_:toSequence:mask:)`; `GraphError` with code `.tooFewObservations` in training mode. Turning
  ///   a graph with such an application into a training graph throws this error, too.
  public func apply(_ brick: BatchNormalization, toStepOfSequence row: Variable) throws -> Variable {
    try call(brick, "apply_to_step", on: [row]) { inputs, scope in
      [try brick.normalized(inputs[0], .stepOfSequence, in: scope)]
    }[0]
  }
}
