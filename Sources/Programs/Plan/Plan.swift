import ComputationGraphs
import Names
import Tensors

/// The instructions for a graph, and the places of its inputs and results.
struct Plan {
  let table = BufferTable()
  let lowering: Lowering
  private(set) var inputs: [ArrayView] = []
  private(set) var results: [Value] = []

  /// Plans the computation of the wanted variables.
  ///
  /// - Throws: `Unplannable` if only the interpreter can evaluate a part of the graph; `GraphError` if the inputs do not fit the
  ///   graph.
  init(_ graph: Graph, tensors: TensorStore, inputs types: [VariableType], wanted: [Int]) throws {
    lowering = Lowering(table)
    var values = [Value?](repeating: nil, count: graph.variables.count)
    var inputTypes: [Name: VariableType] = [:]
    for (port, type) in zip(graph.inputs, types) {
      guard type.scalar == .float32, type.fixedShape != nil else { throw Unplannable() }
      inputTypes[port.name] = type
      let view = try table.scratch(type.fixedDimensions)
      inputs.append(view)
      values[port.variable] = .view(view)
    }
    func tensor(_ path: TensorPath) throws -> Tensor {
      guard let tensor = tensors[path] else { throw Unplannable() }
      return tensor
    }
    for (index, leaf) in try graph.knownLeaves(tensor) { values[index] = .known(leaf) }
    let fixed = try graph.fixedTypes(inputs: inputTypes)
    let needed = graph.nodes(neededFor: wanted)
    for (index, node) in graph.nodes.enumerated() where needed[index] {
      let operands = try node.inputs.map { input in
        guard let value = values[input] else { throw Unplannable() }
        return value
      }
      if case .scan(let scan) = node.operation {
        let loop = try LoopPlan(scan, operands, lowering: lowering, tensor: tensor)
        for (output, value) in zip(node.outputs, try loop.results()) { values[output] = value }
      } else {
        values[node.outputs[0]] = try lowering.value(
          of: node.operation, operands, fixed[node.outputs[0]].fixedDimensions)
      }
    }
    for variable in wanted {
      guard let value = values[variable] else { throw Unplannable() }
      if case .known = value {
        results.append(value)
      } else {
        results.append(.view(try lowering.contiguous(lowering.view(value))))
      }
    }
  }
}

extension Graph {
  /// The values of the leaves that no input feeds, by the index of their variables.
  ///
  /// - Parameter tensor: The saved tensor of a path.
  func knownLeaves(_ tensor: (TensorPath) throws -> Tensor) throws -> [(variable: Int, value: Tensor)] {
    try variables.enumerated().compactMap { index, variable in
      switch variable.source {
      case .tensor(let path): return (index, try tensor(path))
      case .constant(let number):
        guard let shape = variable.type.fixedShape else { throw Unplannable() }
        return (index, try Tensor(repeating: number, shape: shape, type: variable.type.scalar))
      case .input, nil: return nil
      }
    }
  }
}
