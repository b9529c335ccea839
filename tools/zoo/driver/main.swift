import Checkpoints
import ComputationGraphs
import Interchange
import ModelFormats
import Names
import Platform
import Programs
import Tensors

// Imports ONNX models and runs them, for onnx_zoo.py and onnx_backend.py.
//
//   zoo-driver MODEL.onnx FOLDER [BATCH]   one model: also saves, loads, folds and writes it again as FOLDER/copy.onnx
//   zoo-driver                             a line `MODEL.onnx TAB FOLDER` for each model; answers with `ok …` or `error …`
//
// An input is read from FOLDER/NAME.npy. An output is written to FOLDER/NAME.out.npy and, with its number, FOLDER/K.out.npy.

/// The greatest difference of two results, relative to the greatest number of the second one.
func distance(_ left: Tensor?, _ right: Tensor) -> Double {
  guard let left, left.shape == right.shape else { return .infinity }
  let scale = max(1, right.doubles.map(\.magnitude).max() ?? 1)
  return (zip(left.doubles, right.doubles).map { ($0 - $1).magnitude }.max() ?? 0) / scale
}

/// A name of the graph as a name of a file.
func fileName(_ name: Name) -> String { String(name.text.map { $0 == "/" ? "_" : $0 }) }

/// Runs a model on the inputs in a folder, and writes its outputs there.
func run(_ model: Model, in folder: String) throws -> (inputs: [Name: Tensor], outputs: [Name: Tensor]) {
  var inputs: [Name: Tensor] = [:]
  for port in model.graph.inputs {
    inputs[port.name] = try NumPyArray(opening: "\(folder)/\(fileName(port.name)).npy").read()
  }
  let outputs = try Evaluator(model.graph, tensors: model.tensors)(inputs)
  for (number, port) in model.graph.outputs.enumerated() {
    guard let output = outputs[port.name] else { continue }
    for name in ["\(number)", fileName(port.name)] { try NumPyArray.write(output, to: "\(folder)/\(name).out.npy") }
  }
  return (inputs, outputs)
}

/// Saves, loads and folds a model, and writes it as ONNX again.
///
/// - Returns: The facts for a table.
func facts(of model: Model, _ inputs: [Name: Tensor], _ outputs: [Name: Tensor], in folder: String) throws -> String {
  let path = "\(folder)/copy.h5"
  try model.save(to: path)
  let isSame = try Model(checkpoint: path) == model
  let folded = try model.foldingNormalizations(allowingPrior: true)
  let foldedOutputs = try Evaluator(folded.model.graph, tensors: folded.model.tensors)(inputs)
  let difference = outputs.map { distance(foldedOutputs[$0.key], $0.value) }.max() ?? 0
  try ONNXFormat.write(model, to: "\(folder)/copy.onnx")
  let normalizations = model.graph.allCalls.count { $0.normalization != nil }
  return """
    \(model.tensors.count) tensors, \(normalizations) normalizations, \(model.graph.nodes.count) nodes, \
    \(isSame ? "loads as the same" : "LOADS AS ANOTHER"), folded \(folded.folds.count) (\(Float(difference))), \
    refused \(folded.refusals.count)
    """
}

let arguments = CommandLine.arguments
if arguments.count > 2 {
  do {
    var extents: [String: Int] = [:]
    if arguments.count > 3 { extents["batch"] = Int(arguments[3]) }
    let model = try ONNXFormat.model(at: arguments[1], extents: extents).model
    let (inputs, outputs) = try run(model, in: arguments[2])
    print(try facts(of: model, inputs, outputs, in: arguments[2]))
  } catch {
    print("error \(error)")
    exit(1)
  }
} else {
  while let line = readLine() {
    let parts = line.split(separator: "\t").map(String.init)
    do {
      _ = try run(ONNXFormat.model(at: parts[0]).model, in: parts[1])
      print("ok")
    } catch {
      print("error \("\(error)".split(separator: "\n").joined(separator: " "))")
    }
    fflush(nil)
  }
}
