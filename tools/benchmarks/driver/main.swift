import Checkpoints
import ComputationGraphs
import Interchange
import Names
import Platform
import Programs
import Tensors

// Loads a model and one batch, an array for each input, then reads lines from standard input. A number runs the model that number of
// times and prints the seconds; `observe N` makes N passes in training mode for the minibatch statistics. A path writes the model's first
// output to this path. `inference.py` runs this program and its peers. With the argument `files`, it reads checkpoints instead.

if CommandLine.arguments.dropFirst() == ["files"] {
  try FileBenchmark.run()
  exit(0)
}
guard CommandLine.arguments.count >= 3 else {
  print("usage: benchmark-driver MODEL.h5 BATCH.npy… | files")
  exit(64)
}
let model = try Model(checkpoint: CommandLine.arguments[1])
let evaluator = try Evaluator(model.graph, tensors: model.tensors)
var inputs: [Name: Tensor] = [:]
for (port, path) in zip(model.graph.inputs, CommandLine.arguments.dropFirst(2)) {
  let examples = try Examples(contentsOf: path)
  inputs[port.name] = try examples.rows(0..<examples.count, as: .float32)
}
let clock = ContinuousClock()
/// A graph without normalizations cannot be observed.
let observer = try? StatisticsObserver(
  model.graph.trainingGraph(), tensors: model.tensors, pairs: model.graph.trainingGraph().updatePairs())

/// Prints how many seconds some calls take.
func time(_ count: Int, _ call: () throws -> Void) rethrows {
  let (seconds, attoseconds) = try clock.measure { for _ in 0..<count { try call() } }.components
  print(Double(seconds) + Double(attoseconds) * 1e-18)
}

while let line = readLine() {
  if let count = Int(line) {
    try time(count) { _ = try evaluator(inputs) }
  } else if let observer, line.hasPrefix("observe "), let count = Int(line.dropFirst(8)) {
    try time(count) { _ = try observer(inputs) }
  } else if let output = try evaluator(inputs)[model.graph.outputs[0].name] {
    try NumPyArray.write(output, to: line)
    print("wrote")
  }
  fflush(nil)
}
