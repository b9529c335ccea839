/// What one application of a normalization takes its statistics from.
enum NormalizationSpan {
  /// A batch (batch, …).
  case batch
  /// A whole sequence (time, batch, …): one set of statistics over time and batch.
  case sequence
  /// A batch (batch, …) that is one step of a sequence with one set of statistics. Only inference knows what to do with it.
  case stepOfSequence

  /// The axes in front of an example's.
  var leadingAxes: [Name] { self == .sequence ? ["time", "batch"] : ["batch"] }
}

extension BatchNormalization {
  /// The mask of the scope, with axes of extent 1 so that it has the input's rank.
  ///
  /// - Throws: `BrickError` with code `.invalidConfiguration` if it does not fit the input.
  func mask(of input: Variable, _ span: NormalizationSpan, in scope: Scope) throws -> Variable? {
    guard var mask = try scope.mask.map(scope.builder.adopted) else { return nil }
    let leading = Array(input.shape.prefix(span.leadingAxes.count))
    // A mask of examples holds at every step of a sequence.
    let fitting = [leading, Array(leading.suffix(1))].map { VariableType(input.type.scalar, $0) }
    guard fitting.contains(mask.type) else {
      throw BrickError(.invalidConfiguration, "needs a mask \(fitting[0]) beside \(input.type), got \(mask.type)")
    }
    while mask.rank < leading.count { mask = try mask.expandingDimensions(at: 0) }
    while mask.rank < input.rank { mask = try mask.expandingDimensions(at: mask.rank) }
    return mask
  }
}

extension Scope {
  /// Applies a normalization child to a whole sequence (time, batch, …), with one set of statistics over time and batch, and returns
  /// the normalized sequence. The application is called `apply_to_sequence`.
  ///
  /// - Parameters:
  ///   - brick: A normalization without `timeSteps`.
  ///   - sequence: What it is applied to.
  ///   - mask: (time, batch): observations where it is 0 take no part in minibatch statistics; by default this scope's, of examples.
  /// - Throws: as `apply(_:to:at:mask:id:)`; `BrickError` with code `.invalidConfiguration` if the normalization has statistics per
  ///   time step, or the mask does not fit.
  public func apply(
    _ brick: BatchNormalization, toSequence sequence: Variable, mask: Variable? = nil
  ) throws -> Variable {
    try call(brick, "apply_to_sequence", on: [sequence], mask: mask) { inputs, scope in
      [try brick.normalized(inputs[0], .sequence, in: scope)]
    }[0]
  }

  /// Applies a normalization child to a batch (batch, …) that is one step of a sequence, with the statistics of
  /// `apply(_:toSequence:mask:)`. The application is called `apply_to_step`, and is for inference only.
  ///
  /// - Throws: as there; `GraphError` with code `.tooFewObservations` in training mode: one step is not the sequence. Turning a graph
  ///   with such an application into a training graph throws it too.
  public func apply(_ brick: BatchNormalization, toStepOfSequence row: Variable) throws -> Variable {
    try call(brick, "apply_to_step", on: [row]) { inputs, scope in
      [try brick.normalized(inputs[0], .stepOfSequence, in: scope)]
    }[0]
  }
}
