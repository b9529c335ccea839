import Tensors

/// The values that an evaluation keeps in double precision, in addition to the values in the graph's own types.
///
/// A statistic is accumulated in double precision, but the graph's type would round it. So the reductions on which a requested
/// variable depends keep double precision. The operations between these reductions and the variable also compute in double
/// precision. The operands of the reductions keep their type, so no large tensor is converted.
struct DoublePrecision {
  private let graph: Graph
  private let variables: Set<Int>
  private var values: [Int: Tensor] = [:]

  /// A store for the evaluation of the requested variables of a graph, without values yet.
  init(_ wanted: [Int], in graph: Graph) {
    self.graph = graph
    variables = graph.variablesInDoublePrecision(for: wanted)
  }

  /// Whether the value of a variable is kept.
  func contains(_ variable: Int) -> Bool { variables.contains(variable) }

  /// Keeps the value of a variable.
  mutating func keep(_ value: Tensor, of variable: Int) { values[variable] = value }

  /// The value of a variable in double precision.
  ///
  /// - Parameter value: The value in the graph's type. It is converted if no value in double precision is kept.
  func value(of variable: Int, or value: Tensor) throws(GraphError) -> Tensor {
    if let kept = values[variable] { return kept }
    guard value.type == .float32 else { return value }
    do {
      if case .constant(let number) = graph.variables[variable].source {
        return try Tensor(repeating: number, shape: value.shape, type: .float64)
      }
      return try value.converted(to: .float64)
    } catch {
      throw GraphError(.evaluation, error.message)
    }
  }

  /// The result of a node in the graph's type. The result in double precision is also computed and kept.
  mutating func evaluate(_ node: Graph.Node, _ operands: [Tensor]) throws(GraphError) -> Tensor {
    let output = node.outputs[0]
    if case .reduce = node.operation, operands[0].type == .float32 {
      let precise = try node.operation.evaluate(operands, reducingTo: .float64)
      values[output] = precise
      do {
        return try precise.converted(to: .float32)
      } catch {
        throw GraphError(.evaluation, error.message)
      }
    }
    let result = try node.operation.evaluate(operands)
    if node.operation.keepsPrecision {
      let precise = try zip(node.inputs, operands).map { (input, operand) throws(GraphError) in
        try value(of: input, or: operand)
      }
      values[output] = try node.operation.evaluate(precise)
    } else {
      values[output] = try value(of: output, or: result)
    }
    return result
  }
}

extension Graph {
  /// The variables that must be kept in double precision to compute the requested variables in double precision.
  package func variablesInDoublePrecision(for wanted: [Int]) -> Set<Int> {
    var result = Set(wanted.filter { variables[$0].type.scalar == .float32 })
    for node in nodes.reversed()
    where node.operation.keepsPrecision && node.outputs.contains(where: result.contains) {
      result.formUnion(node.inputs)
    }
    return result
  }
}

extension GraphOperation {
  /// Whether the operation computes in double precision if its operands are known in double precision.
  package var keepsPrecision: Bool {
    switch self {
    case .unary, .binary, .expandDimensions, .layout: true
    default: false
    }
  }
}
