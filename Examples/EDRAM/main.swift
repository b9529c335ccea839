// An attention model that is saved, loaded and estimated: swift run edram-example OUTPUT.h5 [published]

import Bricks
import Checkpoints
import EDRAM
import Foundation
import PopulationStatistics

let arguments = CommandLine.arguments.dropFirst()
guard let output = arguments.first, arguments.count == 1 || Array(arguments.dropFirst()) == ["published"] else {
  print("usage: edram-example OUTPUT.h5 [published]")
  exit(64)
}
/// A small model with six convolutions, like the larger one of the original's two networks.
func reduced() -> EDRAM {
  var edram = EDRAM()
  edram.imageSize = 40
  edram.coarseSize = 10
  edram.filterCounts = [4, 4, 6, 6, 8, 8]
  edram.initialFilterCounts = [2, 2, 2]
  edram.fullyConnectedDimension = 8
  edram.encoderDimension = 6
  edram.decoderDimension = 8
  return edram
}

/// Images without meaning, but with structure. They are the same at every run.
func pattern(_ count: Int, _ size: SpatialExtents, number: Int) throws -> Tensor {
  let shape = try Shape(checking: [count, 1, size.height, size.width])
  let pixels = (0..<shape.elementCount).map { pixel -> Float in
    let brightness = (pixel * (7 + number) + pixel / 97 * 31) % 251
    return Float(brightness) / 251
  }
  return try Tensor(pixels, shape: shape)
}

let isPublished = arguments.count == 2
let edram = isPublished ? EDRAM() : reduced()

do {
  let model = try edram.model(seed: 7)
  try model.save(to: output)
  let loaded = try Model(checkpoint: output)
  let pairs = try loaded.graph.trainingGraph().updatePairs()

  print("the loaded model is the same: \(loaded == model)")
  print("update pairs: \(pairs.count), of which \(pairs.count { $0.step != nil }) are per look")

  let batchSize = isPublished ? 2 : 16
  let batches: [[Name: Tensor]] = try (0..<3).map { number in
    [
      "images": try pattern(batchSize, edram.imageSize, number: number),
      "coarse_images": try pattern(batchSize, edram.coarseSize, number: number),
    ]
  }
  var pass = try PopulationPass(loaded)
  for batch in batches { try pass.observe(batch) }
  let estimated = try pass.estimatedModel()
  try estimated.save(to: output)

  let outputs = try Model(checkpoint: output)(batches[0])
  for (name, value) in outputs.sorted(by: { $0.key < $1.key }) { print("\(name): \(value.shape)") }
} catch {
  print(error)
  exit(1)
}
