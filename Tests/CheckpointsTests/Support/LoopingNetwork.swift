import Bricks

/// Loops, one of them reversed, with normalizations per time step inside, and every operation that arranges, chooses or compares.
struct LoopingNetwork: Brick {
  var name = "looping"
  var recurrent = Bidirectional(LSTM(2, weightsInitialization: .isotropicGaussian(standardDeviation: 1)))
  var normalization = BatchNormalization([4], epsilon: 1e-3, timeSteps: 2)

  func apply(_ input: Variable, in scope: inout Scope) throws -> Variable {
    let states = try scope.apply(recurrent, to: input)
    let rows = try scope.scan(sequences: [states], isReversed: true) { inner, step in
      let normalized = try inner.apply(normalization, to: step.sequences[0])
      let again = try inner.scan(states: [normalized], stepCount: 2) { _, other in
        ([try other.states[0] * 0.5 + step.sequences[0]], [])
      }
      return ([], [again.states[0]])
    }.outputs[0]
    return try arranged(rows.reduced(.mean, over: [1]))
  }

  /// (time, batch, 4) → (time, batch, 8)
  private func arranged(_ x: Variable) throws -> Variable {
    let parts = try x.split(into: 2, axis: 2)
    let joined = try Variable.concatenating([parts[1], parts[0].reversed(axis: 0)], axis: 2)
    let turned = try joined.transposed([1, 0, 2]).reshaped(keepingAxes: 2, to: [2, 2])
    let flat = try turned.transposed([1, 0, 3, 2]).reshaped(keepingAxes: 2, to: [4])
    let clipped = try flat.clipped(-0.25...0.5)
    let chosen = try flat.compared(with: clipped, by: .lessOrEqual).selecting(flat, else: clipped * 2)
    let first = try chosen.gatheringRows(chosen.builder.constant(0, .int64)).repeated(like: chosen)
    return try Variable.stacking([chosen, first], axis: 3).reshaped(keepingAxes: 2, to: [8])
  }

  static func model() throws -> Model {
    let network = LoopingNetwork()
    return try Model([network], scalar: .float64, seed: 11) { scope in
      let input = try scope.builder.input("sequence", VariableType(.float64, [4, "batch", 8]))
      return ["output": try scope.apply(network, to: input)]
    }
  }
}
