import Bricks
import Testing

/// Recurrent bricks in your own loops.
@Suite struct RecurrentStepTests {
  private let lstm = LSTM(2, initialStatesInitialization: .isotropicGaussian(standardDeviation: 1))

  /// A model whose only brick is the LSTM, with its states after every step of `x` as outputs.
  private func model(_ states: (_ x: Variable, _ scope: Scope) throws -> [Variable]) throws -> Model {
    try Model([lstm], scalar: .float64, seed: 3) { scope in
      let x = try scope.builder.input("x", VariableType(.float64, ["time", "batch", 8]))
      return NamedVariables(try zip(["states", "cells"], states(x, scope)).map { (name: $0, variable: $1) })
    }
  }

  private func ownLoop(areZero: Bool) throws -> Model {
    try model { x, scope in
      let first = try scope.builder.constant(0, .int64)
      let row = try x.taking(step: first, pastEnd: .strict)
      let initial = try scope.initialStates(of: lstm, for: row, areZero: areZero)
      return try scope.scan(sequences: [x], states: initial) { scope, step in
        (try scope.step(lstm, on: RecurrentStepInputs(step.sequences[0], states: step.states)), [])
      }.states
    }
  }

  @Test("a loop around single steps, from the learned states on, is the brick's own loop") func learned() throws {
    let whole = try model { x, scope in try scope.apply(lstm, to: RecurrentInputs(x)) }
    let own = try ownLoop(areZero: false)
    #expect(own.tensors == whole.tensors)
    let input: [Name: Tensor] = ["x": try uniformInput([3, 4, 8])]
    #expect(try own(input) == whole(input))
    #expect(own.graph.allCalls.map(\.application).filter { $0 != "apply" } == ["initial_states", "one_step"])
  }

  @Test("starting from zeros equals learned states of 0, and the parameters of learned states still exist")
  func zeros() throws {
    var own = try ownLoop(areZero: true)
    let whole = try ownLoop(areZero: false)
    #expect(own.tensors == whole.tensors)
    let input: [Name: Tensor] = ["x": try uniformInput([3, 4, 8])]
    var zero = whole
    for name in ["initial_state", "initial_cells"] { try zero.set("/lstm.\(name)", to: [0, 0]) }
    #expect(try own(input) == zero(input))
    #expect(try own(input) != whole(input))
    for name in ["initial_state", "initial_cells"] { try own.set("/lstm.\(name)", to: [.nan, .infinity]) }
    #expect(try own(input) == zero(input))
  }
}
