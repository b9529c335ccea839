/// The last row of a sequence (time, …), without the axis of time.
public struct LastStep: Brick {
  /// The name among its siblings.
  public var name: String
  /// Creates a brick that selects the last row.
  public init(name: String = "laststep") { self.name = name }

  /// Records the selection of the last row.
  ///
  /// - Throws: `BrickError` with code `.invalidConfiguration` if the input's first axis is the batch, or if there is no second axis.
  public func apply(_ input: Variable, in scope: inout Scope) throws -> Variable {
    guard input.rank >= 2, input.shape[0] != .symbolic("batch") else {
      throw BrickError(.invalidConfiguration, "needs a sequence (time, batch, …), got \(input.type)")
    }
    let end = try scope.builder.constant(Double(Int32.max), .int64)
    return try input.taking(step: end, pastEnd: .clampToLast)
  }
}
