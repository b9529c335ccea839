import Tensors

/// The effect of a normalization in inference mode: scale ⊙ input + shift, in double precision. Scale and shift broadcast to the
/// input.
struct AffineMap {
  let scale: Tensor
  let shift: Tensor
  /// The variables between input and output, without the output.
  let passed: Set<Int>
}

/// Reads an affine map from the nodes between a variable and a second variable that is computed elementwise from it.
struct AffineMapReader {
  let graph: Graph
  let uses: GraphUses
  let tensors: TensorStore
  let input: Int

  /// - Throws: `FoldingRefusal` if an operation between the two variables is not affine.
  func map(to output: Int) throws -> AffineMap {
    let one = try Tensor(repeating: 1, shape: [], type: .float64)
    let zero = try Tensor(repeating: 0, shape: [], type: .float64)
    // Follow the nodes from the output back to the input. Exactly one operand of each node depends on the input.
    var chain: [(node: Graph.Node, position: Int)] = []
    var current = output
    var passed: Set<Int> = []
    while current != input {
      guard let node = uses.producers[current].map({ graph.nodes[$0] }),
        let position = node.inputs.firstIndex(where: dependsOnInput)
      else { throw FoldingRefusal("its output does not depend only on its input") }
      guard node.inputs.count(where: dependsOnInput) == 1 else {
        throw FoldingRefusal("its output uses its input more than once")
      }
      chain.append((node, position))
      current = node.inputs[position]
      passed.insert(current)
    }
    var (scale, shift) = (one, zero)
    for (node, position) in chain.reversed() {
      guard case .binary(let operation) = node.operation else {
        throw FoldingRefusal("it contains the operation \"\(node.operation.name)\", which is not affine")
      }
      let other = try constant(node.inputs[1 - position])
      switch (operation, position) {
      case (.add, _): shift = try shift.combined(with: other, by: .add)
      case (.subtract, 0): shift = try shift.combined(with: other, by: .subtract)
      case (.multiply, _), (.divide, 0):
        scale = try scale.combined(with: other, by: operation)
        shift = try shift.combined(with: other, by: operation)
      default: throw FoldingRefusal("it contains the operation \"\(node.operation.name)\", which is not affine")
      }
    }
    return AffineMap(scale: scale, shift: shift, passed: passed)
  }

  private func dependsOnInput(_ variable: Int) -> Bool {
    var pending = [variable]
    var seen: Set<Int> = []
    while let current = pending.popLast() {
      if current == input { return true }
      guard seen.insert(current).inserted, let node = uses.producers[current] else { continue }
      pending += graph.nodes[node].inputs
    }
    return false
  }

  /// The value of a variable that depends only on saved tensors.
  private func constant(_ variable: Int) throws -> Tensor {
    switch graph.variables[variable].source {
    case .tensor(let path):
      guard let tensor = tensors[path] else { throw GraphError(.missingValue, "\(path) has no value") }
      return try tensor.converted(to: .float64)
    case .constant(let value): return try Tensor(repeating: value, shape: [], type: .float64)
    case .input(let name): throw FoldingRefusal("it depends on the input \"\(name)\"")
    case nil:
      guard let node = uses.producers[variable].map({ graph.nodes[$0] }), node.outputs.count == 1 else {
        throw FoldingRefusal("it depends on other values besides its input and its tensors")
      }
      return try node.operation.evaluate(node.inputs.map(constant))
    }
  }
}

/// The reason why a normalization cannot be folded, as the end of a sentence that begins with its name.
struct FoldingRefusal: Error {
  let reason: String

  init(_ reason: String) { self.reason = reason }
}
