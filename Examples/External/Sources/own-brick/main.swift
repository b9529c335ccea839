// Defines a brick with statistics for each time step: own-brick FOLDER

import Bricks
import Checkpoints

/// Adds up the rows of a sequence, and normalizes the sum after each step.
struct RunningSum: Brick {
  var name = "running_sum"
  var normalization = BatchNormalization([2], epsilon: 0.25, timeSteps: 3, name: "per_step")

  func apply(_ input: Variable, in scope: inout Scope) throws -> Variable {
    let start = try scope.parameter("start", shape: [2], initialization: .constant(0), axes: ["feature"])
    let initial = try input.reduced(.mean, over: [0]) * 0 + start
    return try scope.scan(sequences: [input], states: [initial]) { inner, step in
      let sum = try (step.states[0] + step.sequences[0]).named("sum")
      return ([sum], [try inner.apply(normalization, to: sum)])
    }.outputs[0]
  }
}

let folder = CommandLine.arguments.dropFirst().first ?? "."
let model = try Model(RunningSum(), input: .sequences(2), seed: 7)

// Three steps of two examples: (time, batch, features).
let sequences = try Tensor([1, 2, 3, 2, 1, 0, 1, 4, 0, 1, 4, 1] as [Float], shape: [3, 2, 2])
var pass = try PopulationPass(model)
try pass.observe(sequences, batch: "all")
let estimated = try pass.estimatedModel()
try estimated.save(to: "\(folder)/own.h5")

let loaded = try Model(checkpoint: "\(folder)/own.h5")
for statistic in loaded.statistics {
  print("statistic: \(statistic.path) \(statistic.value), observations \(statistic.origin.observationCounts)")
}
// The graph in the file is enough to look into the loop.
let sums = try loaded.values(of: loaded.graph.loopViews[0].states.map(\.next), for: ["sequences": sequences])
print("sums:", sums[0])
print("outputs:", try loaded(sequences))
