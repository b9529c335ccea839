import ComputationGraphs
import JSON
import Names
import Tensors

extension KerasScope {
  /// Applies an inner layer.
  func apply(_ child: KerasLayer, to inputs: KerasInputs) throws -> [KerasValue] {
    try trace.apply(child, at: "\(path)/\(child.brickName)", to: inputs, in: builder)
  }
}

extension KerasTrace {
  /// Records one application of a layer as a call of its brick.
  func apply(
    _ layer: KerasLayer, at path: Name, to inputs: KerasInputs, in builder: GraphBuilder
  ) throws -> [KerasValue] {
    let place = Name(String(path.text.dropFirst()))
    do {
      try assembly.declare(path, type: layer.className, configuration: layer.brickConfiguration)
      let scope = KerasScope(builder: builder, path: path, layer: layer, trace: self)
      if case .operation(let operation) = layer.content, operation.recordsOwnCall {
        return try record(layer, inputs, in: scope)
      }
      var results: [KerasValue] = []
      let variables = (inputs.values + inputs.keywords.values.joined()).map(\.variable)
      _ = try assembly.call(path, type: layer.className, on: variables, in: builder) {
        results = try record(layer, inputs, in: scope)
        return results.map(\.variable)
      }
      return results
    } catch let problem as KerasProblem {
      throw problem.located(at: place)
    } catch let error as GraphError {
      throw KerasProblem(.malformed, "the layer does not fit its input: \(error.message)", at: place)
    }
  }

  private func record(_ layer: KerasLayer, _ inputs: KerasInputs, in scope: KerasScope) throws -> [KerasValue] {
    switch layer.content {
    case .input: return inputs.values
    case .network(let network):
      return try apply(network, at: scope.path, to: inputs.values, in: scope.builder)
    case .operation(let operation):
      var outputs = try operation.apply(inputs, in: scope)
      for output in outputs { try checkSize(of: output, in: scope) }
      if operation.passesMask, !outputs.isEmpty { outputs[0].mask = inputs.values.first?.mask }
      return outputs
    }
  }

  /// Refuses results that are too large for any memory, because later products of extents could overflow.
  private func checkSize(of value: KerasValue, in scope: KerasScope) throws {
    let extents = value.variable.shape.compactMap(\.fixed)
    guard let shape = try? Shape(checking: extents), shape.elementCount <= 1 << 40 else {
      throw scope.problem("the result \(value.variable.type) is too large", .unsupported)
    }
  }

  /// Checks the constants in an application of a layer.
  func check(_ node: KerasNode, of layer: KerasLayer) throws {
    for (key, value) in node.keywords where !value.isNothing {
      guard key == "training" else {
        throw KerasProblem(.unsupported, "the layer is called with the argument \"\(key)\", which is not supported")
      }
      guard value == .boolean(false) || !layer.dependsOnTraining else {
        throw KerasProblem(
          .unsupported,
          "the layer is called with training=True, so it is in training mode at inference, too; call it without the argument"
        )
      }
    }
    for key in node.keywordInputs.keys where key != "initial_state" && key != "mask" {
      throw KerasProblem(.unsupported, "the layer is called with a tensor \"\(key)\", which is not supported")
    }
  }
}

extension JSONValue {
  /// Whether the value is null or a list of nulls.
  fileprivate var isNothing: Bool {
    switch self {
    case .null: true
    case .list(let elements): elements.allSatisfy(\.isNothing)
    default: false
    }
  }
}

extension KerasLayer {
  /// Whether the layer computes a different function in training mode.
  fileprivate var dependsOnTraining: Bool {
    switch content {
    case .input: false
    case .network(let network): network.layers.contains(where: \.dependsOnTraining)
    case .operation(let operation):
      operation.recordsOwnCall || operation.children.contains { $0.layer.dependsOnTraining }
        // Keras itself passes training=True to layers that augment images.
        || (operation is KerasIdentity && !className.hasPrefix("Random") && className != "Identity")
    }
  }
}
