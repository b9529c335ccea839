// Gives a trained network its population statistics: swift run digits-example MODEL.h5 DIGITS-FOLDER OUTPUT.h5

import Bricks
import Checkpoints
import Foundation
import Interchange
import PopulationStatistics

/// The share of examples whose greatest output belongs to the label.
func accuracy(of model: Model, on images: Examples, _ labels: Examples) throws -> Double {
  let answers = try labels.rows(0..<labels.count, as: .int64).doubles
  var correct = 0
  for range in images.batches(of: 128) {
    let outputs = try model(images.rows(range, as: .float32))
    let scores = outputs.doubles
    let width = outputs.shape[1]
    for (row, example) in range.enumerated() {
      let best = (0..<width).max { scores[row * width + $0] < scores[row * width + $1] }
      if best == Int(answers[example]) { correct += 1 }
    }
  }
  return Double(correct) / Double(images.count)
}

func percent(_ share: Double) -> String { "\((share * 1000).rounded() / 10) %" }

guard CommandLine.arguments.count == 4 else {
  print("usage: digits-example MODEL.h5 DIGITS-FOLDER OUTPUT.h5")
  exit(64)
}
let (snapshot, folder, output) = (CommandLine.arguments[1], CommandLine.arguments[2], CommandLine.arguments[3])

do {
  let training = try Examples(contentsOf: "\(folder)/train.h5:images")
  let images = try Examples(contentsOf: "\(folder)/test.h5:images")
  let labels = try Examples(contentsOf: "\(folder)/test.h5:labels")

  let model = try Model(checkpoint: snapshot)
  print("as saved: \(percent(try accuracy(of: model, on: images, labels)))")

  // With frozen parameters, every batch runs in training mode and gives its mean and standard deviation for each layer.
  var pass = try PopulationPass(model)
  for range in training.batches(of: 128) {
    try pass.observe(training.rows(range, as: .float32))
  }
  try pass.estimatedModel(.pooled).save(to: output)

  let loaded = try Model(checkpoint: output)
  for brick in loaded.normalizationStatistics {
    guard let origin = loaded.origins[brick.mean], let state = loaded.statisticStates[brick.mean] else { continue }
    print("\(brick.path): \(state), \(origin.observationCounts[0]) observations in \(origin.records) batches")
  }
  print("with population statistics: \(percent(try accuracy(of: loaded, on: images, labels)))")
} catch {
  print(error)
  exit(1)
}
