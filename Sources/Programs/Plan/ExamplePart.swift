import ComputationGraphs
import Tensors

/// The part of a graph that computes images, separately for each example. A loop computes a few examples at a time.
///
/// The matrix products after the images are outside of the loop, because each step would read the whole matrix again.
struct ExamplePart {
  /// The indices of the nodes. The set is empty if the graph has no images, or if it mixes images of several examples.
  private(set) var nodes: Set<Int> = []
  /// The number of examples.
  private let count: Int
  /// The inputs of the graph that have examples on their first axis, and the variables that the nodes compute.
  private var variables: Set<Int> = []
  /// The nodes whose operands are known.
  private var knownNodes: Set<Int> = []

  /// - Parameters:
  ///   - types: The types of all variables.
  ///   - needed: The nodes that are computed at all.
  ///   - known: The leaves with known values.
  init(_ graph: Graph, types: [VariableType], needed: [Bool], known: Set<Int>) {
    let inputs = graph.inputs.map(\.variable)
    count = inputs.first.flatMap { types[$0].shape.first?.fixed } ?? 0
    guard count > 1 else { return }
    variables = Set(inputs.filter { types[$0].shape.first?.fixed == count })
    var known = known
    for (index, node) in graph.nodes.enumerated() where needed[index] {
      if node.outputs.count == 1, node.inputs.allSatisfy(known.contains) {
        known.formUnion(node.outputs)
        knownNodes.insert(index)
        continue
      }
      let operands = node.inputs.map { (isKnown: known.contains($0), dimensions: types[$0].fixedDimensions) }
      if node.outputs.count == 1, node.inputs.allSatisfy({ known.contains($0) || variables.contains($0) }),
        node.operation.keepsExamples(operands, types[node.outputs[0]].fixedDimensions)
      {
        nodes.insert(index)
        variables.formUnion(node.outputs)
      } else if case .spatial = node.operation {
        nodes = []
        return
      }
    }
    leaveOutProducts(of: graph)
  }

  /// Removes the matrix products after the last images, and all nodes that depend on these products.
  private mutating func leaveOutProducts(of graph: Graph) {
    var leadsToImages: Set<Int> = []
    for index in nodes.sorted(by: >) {
      let node = graph.nodes[index]
      if case .spatial = node.operation {
        leadsToImages.formUnion(node.inputs)
      } else if leadsToImages.contains(node.outputs[0]) {
        leadsToImages.formUnion(node.inputs)
      }
    }
    if leadsToImages.isEmpty { nodes = [] }
    var left: Set<Int> = []
    for index in nodes.sorted() {
      let node = graph.nodes[index]
      let isProduct = if case .matrixProduct = node.operation { true } else { false }
      let isProductOfResults = isProduct && !leadsToImages.contains(node.outputs[0])
      guard isProductOfResults || !left.isDisjoint(with: node.inputs) else { continue }
      nodes.remove(index)
      left.insert(node.outputs[0])
    }
  }

  /// Plans the loop.
  ///
  /// - Parameters:
  ///   - values: The values of the graph's inputs and of its known leaves.
  ///   - isRead: Whether a variable is read outside of the part.
  /// - Returns: The views of the variables that are read outside of the part.
  /// - Throws: `Unplannable` if only the interpreter can compute a node.
  func results(
    _ graph: Graph, _ values: [Value?], types: [VariableType], lowering: Lowering, isRead: Set<Int>
  ) throws -> [(variable: Int, view: ArrayView)] {
    guard !nodes.isEmpty else { return [] }
    let table = lowering.table
    let inner = Lowering(table)
    let block = blockCount(graph, types)
    var values = values
    var inputs: [ExampleLoop.Block] = []
    for port in graph.inputs where variables.contains(port.variable) {
      guard case .view(let source)? = values[port.variable] else { throw Unplannable() }
      let part = table.block(of: source, count: block)
      inputs.append(ExampleLoop.Block(whole: source, part: part))
      values[port.variable] = .view(part)
    }
    for index in nodes.union(knownNodes).sorted() {
      let node = graph.nodes[index]
      let operands = try node.inputs.map { input in
        guard let value = values[input] else { throw Unplannable() }
        return value
      }
      var dimensions = types[node.outputs[0]].fixedDimensions
      if nodes.contains(index) { dimensions[0] = block }
      values[node.outputs[0]] = try inner.value(of: node.operation, operands, dimensions)
    }
    let results = nodes.sorted().flatMap { graph.nodes[$0].outputs }.filter(isRead.contains)
    let outputs = try results.map { variable in
      guard let value = values[variable] else { throw Unplannable() }
      let whole = try table.scratch(types[variable].fixedDimensions)
      let part = table.block(of: whole, count: block)
      inner.emit(Rearrangement(source: try inner.view(value), result: part))
      return ExampleLoop.Block(whole: whole, part: part)
    }
    let body = Fusion(inner.instructions, keeping: []).instructions
    let placement = Placement(body, in: table, keeping: [])
    let workspaces = try table.scratch([mostParts(of: count / block), placement.count])
    lowering.emit(
      ExampleLoop(
        exampleCount: count, blockCount: block, body: body, inputs: inputs, outputs: outputs,
        places: placement.offsets.map { ($0.key, $0.value) }, workspaces: workspaces,
        bufferCount: table.contents.count))
    return zip(results, outputs).map { ($0, $1.whole) }
  }

  /// The greatest number of elements that a variable may have in a block of several examples.
  private static let mostElements = 1 << 16

  /// The number of examples that are computed together. It divides the batch size, and the examples' numbers stay in a cache.
  private func blockCount(_ graph: Graph, _ types: [VariableType]) -> Int {
    let largest = nodes.map { types[graph.nodes[$0].outputs[0]].fixedDimensions.dropFirst().reduce(1, *) }.max() ?? 1
    let most = max(Self.mostElements / max(largest, 1), 1)
    return (1...count).last { $0 <= most && count % $0 == 0 } ?? 1
  }
}

extension GraphOperation {
  /// Whether the operation computes each index along the first axis of its result only from the same index of its operands, and
  /// from known operands.
  fileprivate func keepsExamples(_ operands: [(isKnown: Bool, dimensions: [Int])], _ result: [Int]) -> Bool {
    guard let first = operands.first else { return false }
    switch self {
    case .unary, .selection(.clip): return true
    case .binary, .selection:
      return operands.allSatisfy { operand in
        operand.isKnown
          ? operand.dimensions.count < result.count || operand.dimensions.first == 1
          : operand.dimensions.count == result.count
      }
    case .matrixProduct:
      return !first.isKnown && operands[1].isKnown && first.dimensions.count > 1 && operands[1].dimensions.count == 2
    case .reduce(_, let axes, _): return operands.count == 1 && axes.allSatisfy { $0 > 0 }
    case .expandDimensions(let axis): return axis > 0
    case .layout(let layout): return layout.keepsExamples(operands, result)
    case .spatial(.convolution): return !first.isKnown && operands[1].isKnown
    case .spatial(.pooling): return true
    case .softmax, .logSoftmax, .takeStep, .scan, .elementCount, .spatial, .unrecognized: return false
    }
  }
}

extension LayoutOperation {
  fileprivate func keepsExamples(_ operands: [(isKnown: Bool, dimensions: [Int])], _ result: [Int]) -> Bool {
    switch self {
    case .slice(let axis, _, _), .reverse(let axis): axis > 0
    case .concatenate(let axis), .stack(let axis): axis > 0 && !operands.contains(where: \.isKnown)
    // The first axis keeps its extent, so each example keeps its numbers.
    case .reshape: result.first == operands[0].dimensions.first
    case .transpose(let permutation): permutation.first == 0
    case .pad(let padding): padding.low[0] == 0 && padding.high[0] == 0 && padding.interior[0] == 0
    case .repeatLike, .gather: false
    }
  }
}
