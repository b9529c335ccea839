import ComputationGraphs
import Names
import Tensors

extension Graph {
  /// The types of all variables for inputs of the given types. All extents of the inputs must be fixed.
  ///
  /// - Throws: `GraphError` if the inputs do not fit the graph; `Unplannable` if an extent stays unknown, or if a variable is far too large.
  func fixedTypes(inputs: [Name: VariableType]) throws -> [VariableType] {
    var types = variables.map(\.type)
    for (index, variable) in variables.enumerated() {
      if case .input(let name) = variable.source {
        guard let type = inputs[name], type.isOfPossibleSize else { throw Unplannable() }
        types[index] = type
      }
    }
    for node in nodes {
      let operands = node.inputs.map { types[$0] }
      let results =
        if case .scan(let scan) = node.operation { try scan.fixedTypes(of: operands) } else {
          try node.operation.resultTypes(of: operands)
        }
      for (output, type) in zip(node.outputs, results) {
        guard type.fixedShape != nil, type.isOfPossibleSize else { throw Unplannable() }
        types[output] = type
      }
    }
    return types
  }

  /// The nodes that some variables depend on.
  func nodes(neededFor wanted: [Int]) -> [Bool] {
    var needed = Set(wanted)
    var isNeeded = [Bool](repeating: false, count: nodes.count)
    for (index, node) in nodes.enumerated().reversed() where node.outputs.contains(where: needed.contains) {
      isNeeded[index] = true
      needed.formUnion(node.inputs)
    }
    return isNeeded
  }
}

extension Scan {
  /// The types of the results for operands whose extents are all fixed.
  fileprivate func fixedTypes(of operands: [VariableType]) throws -> [VariableType] {
    let sequenceTypes = operands.prefix(sequences.count)
    guard let time = stepCount.map(Extent.fixed) ?? sequenceTypes.first?.shape.first,
      time.fixed.map({ $0 <= Scan.largestStepCount }) ?? false
    else { throw Unplannable() }
    var inputs: [Name: VariableType] = [:]
    for (name, type) in zip(sequences, sequenceTypes) {
      inputs[name] = VariableType(type.scalar, Array(type.shape.dropFirst()))
    }
    for (name, type) in zip(states.map(\.input) + captures, operands.dropFirst(sequences.count)) { inputs[name] = type }
    if let stepInput { inputs[stepInput] = VariableType(.int64, []) }
    let types = try body.fixedTypes(inputs: inputs)
    return try outputs.map { name in
      guard let port = body.outputs.first(where: { $0.name == name }) else { throw Unplannable() }
      return VariableType(types[port.variable].scalar, [time] + types[port.variable].shape)
    }
  }
}

extension VariableType {
  /// The extents. All of them must be fixed.
  var fixedDimensions: [Int] { shape.map { $0.fixed ?? 0 } }

  /// Whether a program can count the elements. Programs multiply extents, and loop over them even if there are no elements. A graph in a
  /// file can ask for any extents.
  fileprivate var isOfPossibleSize: Bool {
    let most = fixedDimensions.contains(0) ? 1 << 24 : 1 << 36
    var product = 1
    for extent in fixedDimensions where extent > 1 {
      let (next, overflow) = product.multipliedReportingOverflow(by: extent)
      guard !overflow, next <= most else { return false }
      product = next
    }
    return true
  }
}
