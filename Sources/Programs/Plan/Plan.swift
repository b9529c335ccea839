import ComputationGraphs
import Names
import Tensors

/// The instructions for a graph, and the views of its inputs and results.
struct Plan {
  let table = BufferTable()
  let lowering: Lowering
  private(set) var inputs: [ArrayView] = []
  private(set) var results: [Value] = []
  /// The results in double precision.
  private(set) var preciseResults: [PreciseView] = []
  /// The types of all variables.
  let types: [VariableType]

  /// Plans the computation of some variables, and of other variables in double precision.
  ///
  /// - Throws: `Unplannable` if only the interpreter can evaluate a part of the graph; `GraphError` if the inputs do not fit the
  ///   graph.
  init(
    _ graph: Graph, tensors: TensorStore, inputs given: [VariableType], wanted: [Int], precise wantedPrecise: [Int] = []
  ) throws {
    lowering = Lowering(table)
    var values = [Value?](repeating: nil, count: graph.variables.count)
    var inputTypes: [Name: VariableType] = [:]
    for (port, type) in zip(graph.inputs, given) {
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
    types = fixed
    let kept = graph.variablesInDoublePrecision(for: wantedPrecise)
    var precise: [Int: PreciseView] = [:]
    let needed = graph.nodes(neededFor: wanted + wantedPrecise)
    var computed: Set<Int> = []
    if wantedPrecise.isEmpty {
      let known = values.indices.filter { values[$0]?.isKnown ?? false }
      let part = ExamplePart(graph, types: fixed, needed: needed, known: Set(known))
      computed = part.nodes
      let others = graph.nodes.indices.filter { needed[$0] && !computed.contains($0) }
      let isRead = Set(wanted + others.flatMap { graph.nodes[$0].inputs })
      let results = try part.results(graph, values, types: fixed, lowering: lowering, isRead: isRead)
      for result in results { values[result.variable] = .view(result.view) }
    }
    for (index, node) in graph.nodes.enumerated() where needed[index] && !computed.contains(index) {
      let operands = try node.inputs.map { input in
        guard let value = values[input] else { throw Unplannable() }
        return value
      }
      let output = node.outputs[0]
      let dimensions = fixed[output].fixedDimensions
      if case .scan(let scan) = node.operation {
        let loop = try LoopPlan(
          scan, operands, keeping: node.outputs.map(kept.contains), lowering: lowering, tensor: tensor)
        let results = try loop.results()
        for (output, result) in zip(node.outputs, results) {
          values[output] = result.value
          precise[output] = result.precise
        }
      } else if kept.contains(output), let (reduction, axes) = node.operation.precisely {
        guard operands.count == 1 else { throw Unplannable() }
        let result = try lowering.preciseReduction(reduction, axes, of: lowering.view(operands[0]), dimensions)
        precise[output] = result
        values[output] = .view(try lowering.narrowed(result))
      } else {
        values[output] = try lowering.value(of: node.operation, operands, dimensions)
        guard kept.contains(output), node.operation.keepsPrecision else { continue }
        let numbers = try zip(node.inputs, operands).map { input, operand in
          try precise[input].map(PreciseOperation.Operand.precise)
            ?? lowering.preciseOperand(operand, of: graph.variables[input])
        }
        precise[output] = try lowering.precise(node.operation, numbers, dimensions)
      }
    }
    try graph.checkTraining(types: fixed) { step in
      guard case .known(let tensor)? = values[step] else { throw Unplannable() }
      return tensor
    }
    for variable in wanted {
      guard let value = values[variable] else { throw Unplannable() }
      if case .known = value {
        results.append(value)
      } else {
        results.append(.view(try lowering.contiguous(lowering.view(value))))
      }
    }
    preciseResults = try wantedPrecise.map { variable in
      guard let result = precise[variable] else { throw Unplannable() }
      return result
    }
  }
}

extension Graph {
  /// The values of constants and saved tensors, by the index of their variables.
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
