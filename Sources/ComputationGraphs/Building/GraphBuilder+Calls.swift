import JSON

extension GraphBuilder {
  /// The path of the brick whose application is being recorded, in this builder or in a surrounding one.
  var brickInProgress: Name? { openCalls.last.map { arena.calls[$0].brick } ?? outer?.brickInProgress }

  /// Adds the brick and the application that are being recorded to an error.
  public func locate(_ error: GraphError) -> GraphError {
    guard let call = openCalls.last else { return outer?.locate(error) ?? error }
    return error.located(brick: arena.calls[call].brick, application: arena.calls[call].application)
  }

  /// Records the operations of `body` as one application of a brick, and gives inputs and outputs their roles.
  public func call<Failure: Error>(
    brick: Name, type: Name, application: Name, on inputs: [Variable],
    _ body: () throws(Failure) -> [Variable]
  ) throws(Failure) -> [Variable] {
    let index = arena.calls.count
    enterTrainingScopes(of: brick)
    // If the body of a loop applies a brick to an outside variable, capture the variable first.
    let adopted = inputs.compactMap { try? self.adopted($0).index }
    arena.calls.append(
      Graph.Call(brick: brick, brickType: type, application: application, inputs: adopted, outputs: []))
    openCalls.append(index)
    defer { openCalls.removeLast() }
    let outputs = try body()
    arena.calls[index].outputs = outputs.compactMap { try? self.adopted($0).index }
    for input in inputs { input.add(.input) }
    for output in outputs { output.add(.output) }
    return outputs
  }

  /// Adds an entry to the metadata of the call that is being recorded.
  ///
  /// - Precondition: A call is being recorded, in this builder or in a surrounding builder.
  public func setMetadata(_ key: Name, _ value: JSONValue) {
    if openCalls.isEmpty, let outer { return outer.setMetadata(key, value) }
    arena.calls[currentCall].metadata[key] = value
  }

  /// Marks the call that is being recorded as a normalization.
  ///
  /// - Precondition: A call is being recorded.
  public func setNormalization(_ normalization: Normalization) {
    arena.calls[currentCall].normalization = normalization
  }

  private var currentCall: Int {
    guard let call = openCalls.last else { preconditionFailure("no call is being recorded") }
    return call
  }

  // MARK: Mode

  /// Records the operations of `body`, with the normalizations of a brick and of all bricks in it in training mode. Without a
  /// brick, all normalizations are in training mode. Scopes can be nested. If `body` calls neither the brick nor a brick in it,
  /// `finish(outputs:)` throws, because the path is probably misspelt.
  public func inTraining<Result, Failure: Error>(
    brick: Name = "", _ body: () throws(Failure) -> Result
  ) throws(Failure) -> Result {
    trainingScopes.open(brick)
    defer { trainingScopes.close() }
    return try body()
  }

  /// Whether the normalizations of a brick are currently recorded in training mode.
  public func isTraining(brick: Name) -> Bool {
    trainingScopes.contains(brick) || outer?.isTraining(brick: brick) ?? false
  }

  /// Notes a call in the open training scopes that contain its brick, in this builder and in the surrounding builders.
  private func enterTrainingScopes(of brick: Name) {
    trainingScopes.recordCall(of: brick)
    outer?.enterTrainingScopes(of: brick)
  }
}
