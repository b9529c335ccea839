import Bricks

/// Bricks of the random cases that the library has no use for.

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

  /// States and outputs after every step.
  func results(_ sequence: Variable, from initial: Variable, in scope: inout Scope) throws -> [Variable] {
    let result = try scope.scan(sequences: [sequence], states: [initial], isReversed: isReversed) { inner, step in
      let sum = try inner.apply(transition.brick, to: step.states[0]) + step.sequences[0]
      let state = try sum.applying(.hyperbolicTangent)
      return ([state], [try inner.apply(readout.brick, to: state)])
    }
    return [result.states[0], result.outputs[0]]
  }
}

/// h ← (h + tanh f(h)) / 2, some times over.
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

/// One brick at some time steps in turn, each time applied to what the time before left.
struct Repeated: Brick {
  var name: String
  var inner: AnyBrick
  var steps: [Int]

  func apply(_ input: Variable, in scope: inout Scope) throws -> Variable {
    try steps.reduce(input) { try scope.apply(inner.brick, to: $0, at: .constant($1)) }
  }
}
