import ComputationGraphs
import Tensors

/// The work that an import may still do. In a small file, constants that are computed from each other, and functions that call each
/// other, could ask for any amount of work.
struct ImportBudget {
  /// The largest number of nodes with which functions replace their calls.
  static let largestNodeCount = 1 << 16
  /// The largest number of steps in which constants are computed, for a file without initializers. A step computes an element.
  static let largestStepCount = 1 << 22
  /// The number of further steps for each element of an initializer.
  static let stepsOfElement = 64

  private var nodes = largestNodeCount
  private var steps = largestStepCount

  /// Adds the steps for an initializer.
  mutating func add(_ initializer: Tensor) {
    let (more, overflow) = initializer.shape.elementCount.multipliedReportingOverflow(by: Self.stepsOfElement)
    steps = overflow ? .max : Self.sum(steps, more)
  }

  /// Takes a number of nodes, and returns whether they are available.
  mutating func take(nodes count: Int) -> Bool {
    guard count <= nodes else { return false }
    nodes -= count
    return true
  }

  /// Takes a number of steps, and returns whether they are available.
  mutating func take(steps count: Int) -> Bool {
    guard count <= steps else { return false }
    steps -= count
    return true
  }

  /// The sum of two numbers, or the largest number if the sum is larger.
  static func sum(_ left: Int, _ right: Int) -> Int {
    let (sum, overflow) = left.addingReportingOverflow(right)
    return overflow ? .max : sum
  }
}

extension Graph {
  /// An upper bound of the number of steps in which the graph is computed.
  var stepCount: Int { nodes.reduce(0) { ImportBudget.sum($0, steps(of: $1)) } }

  private func steps(of node: Node) -> Int {
    func elementCount(_ variable: Int) -> Int { variables[variable].type.fixedShape?.elementCount ?? .max }
    let results = node.outputs.reduce(0) { ImportBudget.sum($0, elementCount($1)) }
    let operands = node.inputs.map(elementCount)
    let stepsOfResult: Int
    switch node.operation {
    case .matrixProduct: stepsOfResult = variables[node.inputs[0]].type.shape.last?.fixed ?? .max
    case .spatial(.convolution):
      let filters = variables[node.inputs[1]].type.shape.first?.fixed ?? 1
      stepsOfResult = operands[1] / max(filters, 1)
    case .spatial: stepsOfResult = operands[0]
    case .scan: stepsOfResult = operands.reduce(1) { max($0, $1) }
    default: return ImportBudget.sum(results, operands.reduce(0, ImportBudget.sum))
    }
    let (steps, overflow) = max(results, 1).multipliedReportingOverflow(by: max(stepsOfResult, 1))
    return overflow ? .max : steps
  }
}

extension ONNXNode {
  /// Checks that the import may compute a constant of a shape.
  ///
  /// - Throws: `TensorError` if this machine has no memory for the constant, `ModelFormatError` if the import has no more steps.
  func checkAffordable(_ shape: Shape, as type: ScalarType) throws {
    try shape.checkFitsMemory(as: type)
    try importer.take(steps: shape.elementCount, at: label)
  }
}
