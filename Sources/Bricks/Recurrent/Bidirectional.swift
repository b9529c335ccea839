/// A recurrent brick in both directions, `forward` and `backward`, each with its own parameters.
///
/// The states of the backward brick are put back into the order of time. On the last axis they follow the states of the forward
/// brick. If sequences are padded at the end, the backward brick begins in the padding. Its mask then keeps the initial state until
/// the padding ends.
public struct Bidirectional: Brick {
  /// The name among its siblings.
  public var name: String
  /// The brick that is copied for both directions. Its name does not matter.
  public var prototype: AnyBrick

  /// Creates a brick that applies a recurrent brick in both directions.
  public init(_ prototype: some Recurrent, name: String = "bidirectional") {
    self.name = name
    self.prototype = AnyBrick(prototype)
  }

  /// The forward and the backward brick.
  public var children: [any Brick] { ["forward", "backward"].compactMap { try? direction($0) } }

  /// Records both directions over a sequence (time, batch, features), and returns the first state, whose width is doubled.
  public func apply(_ input: Variable, in scope: inout Scope) throws -> Variable {
    try states(after: RecurrentInputs(input), in: &scope)[0]
  }

  func states(after inputs: RecurrentInputs, in scope: inout Scope) throws -> [Variable] {
    var reversed = inputs
    reversed.isReversed = true
    let forward = try scope.apply(direction("forward"), to: inputs)
    let backward = try scope.apply(direction("backward"), to: reversed)
    return try zip(forward, backward).map { try Variable.concatenating([$0, $1.reversed(axis: 0)], axis: 2) }
  }

  private func direction(_ name: String) throws(BrickError) -> any Recurrent {
    guard var brick = prototype.brick as? any Recurrent else {
      throw BrickError(.invalidConfiguration, "applies \(prototype.brick.name), which is not a recurrent brick")
    }
    brick.name = name
    return brick
  }
}

extension Scope {
  /// Applies a child to sequences in both directions, and returns its states in the order of time. Each has the shape (time,
  /// batch, 2 · width).
  ///
  /// - Throws: The errors of `apply(_:to:at:mask:id:)`; `BrickError` with code `.invalidConfiguration` if `isReversed` is true.
  public func apply(_ brick: Bidirectional, to inputs: RecurrentInputs) throws -> [Variable] {
    try call(brick, "apply", on: inputs.variables) { _, scope in
      guard !inputs.isReversed else {
        throw BrickError(.invalidConfiguration, "computes both directions, so it cannot be reversed")
      }
      return try brick.states(after: inputs, in: &scope)
    }
  }
}
