/// The import of one operator: a function that takes a node, and returns the values of the node's outputs.
struct ONNXOperator: Sendable {
  /// Whether outputs are calculated during the import if the values of all inputs are known.
  var folds = true
  /// Records the operator.
  var body: @Sendable (ONNXNode) throws -> [ONNXValue]

  /// Creates an operator whose outputs are calculated during the import if the values of all inputs are known.
  init(_ body: @escaping @Sendable (ONNXNode) throws -> [ONNXValue]) { self.body = body }

  /// An operator that is recorded even if the values of all inputs are known.
  static func direct(_ body: @escaping @Sendable (ONNXNode) throws -> [ONNXValue]) -> ONNXOperator {
    var operation = ONNXOperator(body)
    operation.folds = false
    return operation
  }
}

/// The operators that an import knows, by name.
enum ONNXOperators {
  /// All operators by name.
  static let all: [String: ONNXOperator] = {
    let families: [[String: ONNXOperator]] = [
      elementwise, activations, comparisons, reductions, matrices, convolutions, pooling, normalizations, resizing,
      shapes, arrangements, sequences, selections, constants, recurrences, loops,
    ]
    return families.reduce(into: [:]) { all, family in all.merge(family) { first, _ in first } }
  }()
}
