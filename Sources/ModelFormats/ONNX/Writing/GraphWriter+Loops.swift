import ComputationGraphs
import Names
import Tensors

extension GraphWriter {
  /// Writes a loop as a Scan.
  func write(_ scan: Scan, of node: Graph.Node) throws {
    let (sequenceCount, stateCount) = (scan.sequences.count, scan.states.count)
    let operands = try node.inputs.map(value)
    func type(ofInput name: Name) throws -> (variable: Int, type: VariableType) {
      guard let port = scan.body.inputs.first(where: { $0.name == name }) else {
        throw refusal(node, "lacks the input \(name)")
      }
      return (port.variable, scan.body.variables[port.variable].type)
    }
    var values: [Int: String] = [:]
    var graph = Onnx_GraphProto()
    graph.name = export.newName("body")
    var initial = Array(operands[sequenceCount..<(sequenceCount + stateCount)])
    var sequences = Array(operands[..<sequenceCount])
    for state in scan.states {
      let (variable, type) = try type(ofInput: state.input)
      let name = export.newName("state")
      values[variable] = name
      graph.input.append(try export.info(name, type))
    }
    let step = try scan.stepInput.map { try type(ofInput: $0).variable }
    var counter: String?
    if sequenceCount > 0, let step {
      // The number of the step is an additional state.
      let name = export.newName("step")
      values[step] = name
      counter = name
      graph.input.append(try export.info(name, VariableType(.int64, [])))
      initial.append(try export.integers([0], isScalar: true))
    }
    for sequence in scan.sequences {
      let (variable, type) = try type(ofInput: sequence)
      let name = export.newName("row")
      values[variable] = name
      graph.input.append(try export.info(name, type))
    }
    if sequenceCount == 0 {
      guard let count = scan.stepCount, count <= 1 << 20 else {
        throw refusal(node, "needs a fixed number of steps, at most \(1 << 20), to be written as ONNX")
      }
      let name = export.newName("step")
      if let step { values[step] = name }
      graph.input.append(try export.info(name, VariableType(.int64, [])))
      sequences.append(try export.integers(Array(0..<count)))
    }
    for (capture, operand) in zip(scan.captures, operands[(sequenceCount + stateCount)...]) {
      values[try type(ofInput: capture).variable] = operand
    }
    let body = GraphWriter(scan.body, export: export, values: values)
    try body.writeNodes()
    func output(_ name: Name) throws -> (value: String, type: VariableType) {
      guard let port = scan.body.outputs.first(where: { $0.name == name }) else {
        throw refusal(node, "lacks the output \(name)")
      }
      return (try body.value(port.variable), scan.body.variables[port.variable].type)
    }
    // In ONNX, each output of the body needs a value of its own.
    for state in scan.states {
      let (value, type) = try output(state.output)
      graph.output.append(try export.info(body.emit("Identity", [value]), type))
    }
    if let counter {
      let next = body.emit("Add", [counter, try export.integers([1], isScalar: true)])
      graph.output.append(try export.info(next, VariableType(.int64, [])))
    }
    for name in scan.outputs {
      let (value, type) = try output(name)
      graph.output.append(try export.info(body.emit("Identity", [value]), type))
    }
    graph.node = body.nodes
    let lasts = initial.map { _ in export.newName("last") }
    let stacked = node.outputs.map { _ in export.newName("value") }
    var attributes: [Onnx_AttributeProto] = [.graph("body", graph), .integer("num_scan_inputs", sequences.count)]
    if scan.isReversed {
      attributes.append(
        .integers("scan_input_directions", [Int](repeating: sequenceCount > 0 ? 1 : 0, count: sequences.count)))
    }
    emit("Scan", initial + sequences, outputs: lasts + stacked, attributes)
    for (variable, name) in zip(node.outputs, stacked) { define(variable, as: name) }
  }
}
