// Evaluates a network in training mode, records update pairs, and averages them: record-and-average FOLDER

import Bricks
import Checkpoints

let folder = CommandLine.arguments.dropFirst().first ?? "."

let network = Sequential([
  Linear(2, 2, weightsInitialization: .identity(1)), BatchNormalization([2], epsilon: 0.25),
])
let model = try Model(network, input: .features(2), seed: 7)
let first = try Tensor([1, 2, 3, 6] as [Float], shape: [2, 2])
let second = try Tensor([5, 1, 7, 3] as [Float], shape: [2, 2])

// In training mode, the network normalizes with the statistics of the batch.
print("training:", try model.trainingOutputs(for: ["features": first]))

// Two machines record the update pairs of their batches, each in a file.
for (name, batch) in [("first", first), ("second", second)] {
  let pairs = try UpdateSet(model.updatePairs(for: ["features": batch], batch: Name(name)))
  try pairs.save(to: "\(folder)/\(name).h5")
}

// A third machine merges and averages them.
let pairs = try UpdateSet(unionOf: ["first", "second"].map { try UpdateSet(checkpoint: "\(folder)/\($0).h5") })
for pair in pairs.records {
  print(
    "pair: \(pair.brick) of \(pair.batch), shape \(pair.exampleShape), counts \(pair.counts): mean \(pair.mean ?? [])")
}
let averaged = try StatisticAveraging(.pooled).apply(pairs, to: model).model
try averaged.save(to: "\(folder)/averaged.h5")
