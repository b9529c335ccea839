import Bricks
import Checkpoints
import Testing

/// Files of the independent writer with a normalization with a mask, and with the operations of its training mode.
@Suite("A masked normalization that another program wrote")
struct MaskedFixtureTests {
  /// Inputs with a gap that the mask leaves out, and counts by the names of the outputs.
  private func feed(_ model: Model) throws -> [Name: Tensor] {
    var inputs: [Name: Tensor] = [:]
    for port in model.graph.inputs {
      let type = model.graph.variables[port.variable].type
      let shape = Shape(type.shape.map { $0.fixed ?? ($0 == "time" ? 3 : 4) })
      let isMask = port.name == "mask"
      let values = (0..<shape.elementCount).map { isMask ? ($0 < 9 ? 1 : 0) : Double($0 * $0 % 13) / 4 }
      inputs[port.name] = try Tensor(values, shape: shape).converted(to: type.scalar)
    }
    return inputs
  }

  @Test(
    "has a training graph with the pairs and counts that its operations yield",
    arguments: [("masked-loop", ["": [4, 4, 1]]), ("sequence-wise", ["masked_": [9], "whole_": [12]])])
  func pairs(_ file: String, _ counts: [String: [Double]]) throws {
    let model = try Model(checkpoint: fixture("valid/\(file).h5"))
    let graph = try model.graph.trainingGraph()
    let interpreter = try Interpreter(graph, tensors: model.tensors)
    let inputs = try feed(model)
    let outputs = try interpreter(inputs)
    for (prefix, expected) in counts { #expect(outputs["\(prefix)count"]?.doubles == expected) }
    let pairs = try graph.updatePairs()
    #expect(pairs.count == 2 * counts.count)
    for pair in pairs {
      let prefix = counts.count == 1 ? "" : "\(pair.brick.text.dropFirst())_"
      let name = pair.statistic == .mean ? "mean" : "stdev"
      #expect(try interpreter.evaluate([pair.minibatch], inputs: inputs)[0] == outputs["\(prefix)\(name)"])
      switch pair.observations {
      case .variable(let count):
        #expect(try interpreter.evaluate([count], inputs: inputs)[0] == outputs["\(prefix)count"])
      case .elements(let input, let axes, let mask):
        let values = try interpreter.evaluate([input] + (mask.map { [$0] } ?? []), inputs: inputs)
        let count = try values[0].elementCount(over: axes, where: values.dropFirst().first)
        #expect([Double(count)] == outputs["\(prefix)count"]?.doubles)
      }
    }
  }
}
