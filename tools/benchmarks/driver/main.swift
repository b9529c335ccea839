import Checkpoints
import ComputationGraphs
import Interchange
import Platform
import Programs
import Tensors

// Loads a model and one batch, then reads lines from standard input. A number runs the model that number of times and prints the
// seconds. A path writes the model's first output to this path. `inference.py` runs this program and its peers.

guard CommandLine.arguments.count == 3 else {
  print("usage: benchmark-driver MODEL.h5 BATCH.npy")
  exit(64)
}
let model = try Model(checkpoint: CommandLine.arguments[1])
let examples = try Examples(contentsOf: CommandLine.arguments[2])
let batch = try examples.rows(0..<examples.count, as: .float32)
let evaluator = try Evaluator(model.graph, tensors: model.tensors)
let inputs = [model.graph.inputs[0].name: batch]
let clock = ContinuousClock()

while let line = readLine() {
  if let count = Int(line) {
    let elapsed = try clock.measure { for _ in 0..<count { _ = try evaluator(inputs) } }
    let (seconds, attoseconds) = elapsed.components
    print(Double(seconds) + Double(attoseconds) * 1e-18)
  } else if let output = try evaluator(inputs)[model.graph.outputs[0].name] {
    try NumPyArray.write(output, to: line)
    print("wrote")
  }
  fflush(nil)
}
