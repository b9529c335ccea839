import Bricks

/// Bricks that the random cases have and the library does not have.

/// The logarithm of the softmax over the last axis.
struct LogSoftmax: Activation {
  var name = "logsoftmax"
  func activated(_ input: Variable) throws -> Variable { try input.logSoftmax() }
}

/// h' = tanh(f(h) + x), y = g(h').
struct Loop: Brick {
  var name: String
  var transition: AnyBrick
  var readout: AnyBrick
  var isReversed: Bool

  func apply(_ input: Variable, in scope: inout Scope) throws -> Variable { input }

  /// States and outputs after every step; a mask gives the weight of the new state.
  func results(
    _ sequence: Variable, mask: Variable?, from initial: Variable, in scope: inout Scope
  ) throws -> [Variable] {
    let sequences = [sequence] + [mask].compactMap { $0 }
    let result = try scope.scan(sequences: sequences, states: [initial], isReversed: isReversed) { inner, step in
      inner.mask = mask == nil ? nil : step.sequences[1]
      let old = step.states[0]
      let sum = try inner.apply(transition.brick, to: old) + step.sequences[0]
      var state = try sum.applying(.hyperbolicTangent)
      if let share = try inner.mask?.expandingDimensions(at: 1) {
        state = try share * state + (share * -1 + 1) * old
      }
      return ([state], [try inner.apply(readout.brick, to: state)])
    }
    return [result.states[0], result.outputs[0]]
  }
}

/// h ← (h + tanh f(h)) / 2, repeated.
struct Refinement: Brick {
  var name: String
  var inner: AnyBrick
  var stepCount: Int

  func apply(_ input: Variable, in scope: inout Scope) throws -> Variable {
    let states = try scope.scan(states: [input], stepCount: stepCount) { inside, step in
      let change = try inside.apply(inner.brick, to: step.states[0]).applying(.hyperbolicTangent)
      return ([try (step.states[0] + change) * 0.5], [])
    }.states[0]
    return try states.slicing(axis: 0, from: stepCount - 1, count: 1).reduced(.mean, over: [0])
  }
}

/// One brick at several time steps in turn, each time applied to the previous output.
struct Repeated: Brick {
  var name: String
  var inner: AnyBrick
  var steps: [Int]

  func apply(_ input: Variable, in scope: inout Scope) throws -> Variable {
    try steps.reduce(input) { try scope.apply(inner.brick, to: $0, at: .constant($1)) }
  }
}
