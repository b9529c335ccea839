import ComputationGraphs
import Names

/// The recording of whole networks, layer by layer, in the order in which their inputs become known.
extension KerasTrace {
  /// Applies a network to values in the order of its inputs, and returns its outputs.
  func apply(
    _ network: KerasNetwork, at path: Name, to values: [KerasValue], in builder: GraphBuilder
  ) throws -> [KerasValue] {
    guard network.isSequential else {
      var run = KerasNetworkRun(network, at: path, in: self, builder)
      return try run.outputs(of: values)
    }
    var values = values
    for layer in network.layers {
      if case .input = layer.content { continue }
      values = try apply(layer, at: "\(path)/\(layer.brickName)", to: KerasInputs(values: values), in: builder)
    }
    return values
  }
}

/// The evaluation of a functional network, node by node.
private struct KerasNetworkRun {
  private let network: KerasNetwork
  private let path: Name
  private let trace: KerasTrace
  private let builder: GraphBuilder
  /// The number of each layer's first node, as references count nodes.
  private var firstNodes: [Name: Int] = [:]
  /// The outputs that were already computed, by layer and node.
  private var results: [Name: [[KerasValue]]] = [:]

  init(_ network: KerasNetwork, at path: Name, in trace: KerasTrace, _ builder: GraphBuilder) {
    (self.network, self.path, self.trace, self.builder) = (network, path, trace, builder)
    var used: [Name: (least: Int, most: Int)] = [:]
    let references =
      network.outputs
      + network.layers.flatMap { $0.nodes.flatMap { $0.inputs + $0.keywordInputs.values.joined() } }
    for reference in references {
      let known = used[reference.layer] ?? (reference.node, reference.node)
      used[reference.layer] = (min(known.least, reference.node), max(known.most, reference.node))
    }
    // Node 0 of a functional model connects the model's own inputs and outputs. In Keras 2, sequential models also have such a
    // node.
    for layer in network.layers {
      guard case .network(let inner) = layer.content, let range = used[layer.name] else { continue }
      let isCounted = range.least > 0 && (!inner.isSequential || range.most >= layer.nodes.count)
      firstNodes[layer.name] = isCounted ? 1 : 0
    }
  }

  private var place: Name? { path.isEmpty ? nil : Name(String(path.text.dropFirst())) }

  mutating func outputs(of values: [KerasValue]) throws -> [KerasValue] {
    guard values.count == network.inputs.count else {
      throw KerasProblem(
        .malformed, "the model is applied to \(values.count) values; it has \(network.inputs.count) inputs", at: place)
    }
    for (reference, value) in zip(network.inputs, values) { results[reference.layer] = [[value]] }
    var ready = network.layers.filter { results[$0.name] == nil }
    // For each layer, the layers that wait for its result. Each layer is woken once for each result, so the order of layers in the
    // file does not affect the time.
    var waiting: [Name: [KerasLayer]] = [:]
    var position = 0
    while position < ready.count {
      let layer = ready[position]
      position += 1
      let count = results[layer.name]?.count ?? 0
      if let missing = try applyNodes(of: layer) { waiting[missing.layer, default: []].append(layer) }
      // A layer without new results does not wake other layers. Otherwise, layers in a circle would wake each other forever.
      if results[layer.name]?.count ?? 0 > count { ready += waiting.removeValue(forKey: layer.name) ?? [] }
    }
    for layer in network.layers {
      guard let missing = try missing(for: layer) else { continue }
      throw KerasProblem(
        .malformed,
        "the layers depend on each other in a circle, or on a layer that does not exist: this layer needs "
          + "[\"\(missing.layer)\", \(missing.node), \(missing.tensor)]",
        at: place.map { "\($0)/\(layer.name)" } ?? layer.name)
    }
    return try network.outputs.map { reference in
      guard let value = try value(of: reference) else {
        throw KerasProblem(
          .malformed,
          "the model has an output [\"\(reference.layer)\", \(reference.node), \(reference.tensor)], which no layer has",
          at: place)
      }
      return value
    }
  }

  /// Applies a layer to the inputs of its nodes, in order, because shared layers may need results of each other.
  ///
  /// - Returns: The first reference that is not known yet; nil if all nodes are applied.
  private mutating func applyNodes(of layer: KerasLayer) throws -> KerasReference? {
    while let node = nextNode(of: layer) {
      if let missing = try missing(for: layer) { return missing }
      results[layer.name, default: []].append(
        try trace.apply(layer, at: "\(path)/\(layer.brickName)", to: inputs(of: node, layer), in: builder))
    }
    return nil
  }

  /// The first node of a layer that has not been applied.
  private func nextNode(of layer: KerasLayer) -> KerasNode? {
    let count = results[layer.name]?.count ?? 0
    if case .input = layer.content { return nil }
    return count < layer.nodes.count ? layer.nodes[count] : nil
  }

  /// The first input of a layer's next node that is not known yet; nil if all inputs are known.
  private func missing(for layer: KerasLayer) throws -> KerasReference? {
    guard let node = nextNode(of: layer) else { return nil }
    return try (node.inputs + node.keywordInputs.values.joined()).first { try value(of: $0) == nil }
  }

  /// The value of a reference; nil if it is not known yet.
  private func value(of reference: KerasReference) throws -> KerasValue? {
    let node = reference.node - (firstNodes[reference.layer] ?? 0)
    guard let nodes = results[reference.layer], nodes.indices.contains(node) else { return nil }
    guard nodes[node].indices.contains(reference.tensor) else {
      throw KerasProblem(
        .malformed, "[\"\(reference.layer)\", \(reference.node), \(reference.tensor)] is not an output of the layer",
        at: place)
    }
    return nodes[node][reference.tensor]
  }

  /// Returns the arguments of a node, which must all be known.
  private func inputs(of node: KerasNode, _ layer: KerasLayer) throws -> KerasInputs {
    do {
      try trace.check(node, of: layer)
    } catch let problem as KerasProblem {
      throw problem.located(at: place.map { "\($0)/\(layer.name)" } ?? layer.name)
    }
    var inputs = KerasInputs(values: [], constants: node.constants)
    inputs.values = try node.inputs.compactMap(value)
    for (key, references) in node.keywordInputs {
      let values = try references.compactMap(value)
      guard key == "mask" else {
        inputs.keywords[key] = values
        continue
      }
      // Keras 3 passes the masks of the inputs in the keyword argument `mask`.
      for (index, mask) in values.enumerated() where inputs.values.indices.contains(index) {
        inputs.values[index].mask = try mask.inKerasOrder()
      }
    }
    return inputs
  }
}
