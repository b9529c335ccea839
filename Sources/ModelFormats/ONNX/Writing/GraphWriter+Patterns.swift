import ComputationGraphs
import Names
import Tensors

// Several nodes of a graph that become one node of ONNX: normalizations, and products or convolutions with biases.

extension GraphWriter {
  /// For the last node of each pattern, a function that writes one node of ONNX for the whole pattern. The nodes of the patterns are
  /// marked as covered.
  func patterns() throws -> [Int: () throws -> Void] {
    var patterns: [Int: () throws -> Void] = [:]
    for call in graph.calls {
      guard let normalization = call.normalization, let (last, pattern) = try batchNormalization(normalization, call)
      else {
        continue
      }
      patterns[last] = pattern
    }
    for (index, node) in graph.nodes.enumerated() {
      if let (last, pattern) = biased(node, at: index), patterns[last] == nil, !covered.contains(last) {
        covered.formUnion([index, last])
        inputsOfPatterns.insert(node.inputs[0])
        patterns[last] = pattern
      }
    }
    coverShapesOfTensors()
    return patterns
  }

  /// Marks the nodes that reshape saved tensors, if only marked nodes use the result.
  private func coverShapesOfTensors() {
    for index in graph.nodes.indices.reversed() {
      let node = graph.nodes[index]
      guard let output = node.outputs.first, leaf(output) != nil, !inputsOfPatterns.contains(output),
        !graph.outputs.contains(where: { $0.variable == output }), let users = consumers[output], !users.isEmpty,
        users.allSatisfy(covered.contains)
      else { continue }
      covered.insert(index)
    }
  }

  // MARK: Normalizations

  /// Finds the nodes of a normalization (x − μ) / σ · γ + β whose features are on axis 1.
  private func batchNormalization(
    _ normalization: Normalization, _ call: Graph.Call
  ) throws -> (last: Int, write: () throws -> Void)? {
    let input = type(normalization.input)
    guard !normalization.isTraining, normalization.step == nil, let divisor = normalization.divisor,
      call.outputs.count == 1,
      input.rank >= 2, normalization.axes.sorted() == [0] + Array(2..<max(input.rank, 2)),
      let count = input.shape[1].fixed
    else { return nil }
    var chain = NormalizationChain(current: normalization.input)
    guard follow(&chain, .subtract, normalization.offset), follow(&chain, .divide, divisor) else { return nil }
    let scale = followParameter(&chain, .multiply, .batchNormalizationScale, call.brick)
    let shift = followParameter(&chain, .add, .batchNormalizationShift, call.brick)
    guard chain.current == call.outputs[0], let last = chain.nodes.last,
      chain.nodes.dropLast().allSatisfy({ onlyConsumer(graph.nodes[$0].outputs[0]) != nil }),
      let variance = try exactVariance(normalization)
    else { return nil }
    covered.formUnion(chain.nodes)
    inputsOfPatterns.insert(normalization.input)
    let output = call.outputs[0]
    return (
      last,
      { [self] in
        func flat(_ path: TensorPath?, _ name: String, otherwise: Double) throws -> String {
          guard let path else {
            return try export.initializer(
              key: "filled \(otherwise) \(count) \(input.scalar.rawValue)", hint: "filled",
              Tensor(repeating: otherwise, shape: [count], type: input.scalar))
          }
          return try export.initializer(
            key: "flat \(path.datasetPath)", hint: ONNXExport.name(path.brick, name), of: path,
            export.model.tensor(path).reshaped(to: [count]))
        }
        let statistics = normalization.populationStandardDeviation ?? normalization.populationMean
        let names = [
          try value(normalization.input), try flat(scale, "weight", otherwise: 1),
          try flat(shift, "bias", otherwise: 0),
          try flat(normalization.populationMean, "running_mean", otherwise: 0),
          try export.initializer(
            key: "variance \(statistics.datasetPath)", hint: ONNXExport.name(call.brick, "running_var"),
            of: try? TensorPath(.persistent, brick: call.brick, name: ModelAssembly.variance), variance),
        ]
        define(output, as: emit("BatchNormalization", names, [.number("epsilon", normalization.epsilon)]))
      }
    )
  }

  /// Nodes of a normalization, each of which reads the result of the previous one, and the variable that the last node computes.
  private struct NormalizationChain {
    var current: Int
    var nodes: [Int] = []
  }

  /// Extends the chain by a node whose second operand is the given variable. Returns whether there is such a node.
  private func follow(_ chain: inout NormalizationChain, _ operation: BinaryOperation, _ operand: Int) -> Bool {
    guard
      let next = consumers[chain.current]?.first(where: {
        graph.nodes[$0].operation == .binary(operation) && graph.nodes[$0].inputs == [chain.current, operand]
      })
    else { return false }
    chain.nodes.append(next)
    chain.current = graph.nodes[next].outputs[0]
    return true
  }

  /// Extends the chain by a node whose other operand is a parameter with the given role. Returns the parameter; nil if there is no such
  /// node.
  private func followParameter(
    _ chain: inout NormalizationChain, _ operation: BinaryOperation, _ role: Role, _ brick: Name
  ) -> TensorPath? {
    for index in consumers[chain.current] ?? [] where graph.nodes[index].operation == .binary(operation) {
      let operands = graph.nodes[index].inputs
      guard operands.count == 2, operands[0] != operands[1],
        let other = operands.first(where: { $0 != chain.current }), let path = leaf(other), path.brick == brick,
        export.model.graph.savedTensors.contains(where: {
          $0.path == path && $0.variable.roles.contains(refining: role)
        })
      else { continue }
      chain.nodes.append(index)
      chain.current = graph.nodes[index].outputs[0]
      return path
    }
    return nil
  }

  /// The variance that, with ε, gives the model's deviation exactly or nearly; nil if the variance would be negative.
  private func exactVariance(_ normalization: Normalization) throws -> Tensor? {
    guard let variance = try ModelAssembly.variance(of: normalization, in: export.model, for: export.path),
      let path = normalization.populationStandardDeviation
    else { return nil }
    let deviations = try export.model.tensor(path).doubles
    // A deviation below √ε has no variance.
    guard deviations.allSatisfy({ $0 * $0 >= normalization.epsilon }) else { return nil }
    return variance
  }

  // MARK: Biases

  /// Finds the nodes of a convolution or a product with a matrix whose result is used only to add saved biases.
  private func biased(_ node: Graph.Node, at index: Int) -> (last: Int, write: () throws -> Void)? {
    guard let product = node.outputs.first, let last = onlyConsumer(product),
      graph.nodes[last].operation == .binary(.add),
      let addend = graph.nodes[last].inputs.first(where: { $0 != product }), let path = leaf(addend),
      let biases = export.model.tensors[path], biases.shape.rank == 1
    else { return nil }
    let shape = type(product).shape
    let output = graph.nodes[last].outputs[0]
    guard type(output).shape == shape else { return nil }
    switch node.operation {
    case .spatial(.convolution(let convolution)):
      guard type(addend).shape.suffix(3) == [.fixed(biases.shape[0]), 1, 1], shape[1] == .fixed(biases.shape[0]) else {
        return nil
      }
      return (last, { [self] in define(output, as: try convolve(convolution, node, biases: bias(path))) })
    case .matrixProduct:
      guard shape.count == 2, type(addend).shape.last == shape[1], shape[1] == .fixed(biases.shape[0]),
        case .tensor(let weights) = graph.variables[node.inputs[1]].source
      else { return nil }
      return (
        last,
        { [self] in
          // PyTorch's order, (out, in).
          let matrix = try export.initializer(
            key: "transposed \(weights.datasetPath)",
            hint: ONNXExport.name(weights.brick, weights.name == "W" ? "weight" : weights.name.text),
            of: weights, export.model.tensor(weights).transposed([1, 0]))
          let inputs = [try value(node.inputs[0]), matrix, try bias(path)]
          define(output, as: emit("Gemm", inputs, [.integer("transB", 1)]))
        }
      )
    default: return nil
    }
  }

  private func bias(_ path: TensorPath) throws -> String {
    try export.initializer(
      key: "tensor \(path.datasetPath)", hint: ONNXExport.name(path.brick, path.name == "b" ? "bias" : path.name.text),
      of: path, export.model.tensor(path))
  }
}
