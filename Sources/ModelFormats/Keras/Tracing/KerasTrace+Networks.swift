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
  /// The number of each layer's first node in references.
  private var firstNodes: [Name: Int] = [:]
  /// The known outputs by layer and node.
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
    // Node 0 of a functional model connects its own inputs and outputs. In Keras 2, sequential models have such a node, too.
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
    var pending: [(layer: KerasLayer, next: Int)] = network.layers.filter { results[$0.name] == nil }.map { ($0, 0) }
    while !pending.isEmpty {
      var isStuck = true
      for index in pending.indices {
        let layer = pending[index].layer
        // A layer's nodes are applied in order, because shared layers may need results of each other.
        while pending[index].next < layer.nodes.count,
          let inputs = try inputs(of: layer.nodes[pending[index].next], layer)
        {
          results[layer.name, default: []].append(
            try trace.apply(layer, at: "\(path)/\(layer.brickName)", to: inputs, in: builder))
          pending[index].next += 1
          isStuck = false
        }
      }
      pending.removeAll { $0.next >= $0.layer.nodes.count }
      guard isStuck, let first = pending.first else { continue }
      throw KerasProblem(
        .malformed,
        "the layers depend on each other in a circle, or on a layer that does not exist: \(try missing(first))",
        at: place.map { "\($0)/\(first.layer.name)" } ?? first.layer.name)
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

  private func missing(_ pending: (layer: KerasLayer, next: Int)) throws -> String {
    let unknown = try pending.layer.nodes[pending.next].inputs.first { try value(of: $0) == nil }
    return unknown.map { "it needs [\"\($0.layer)\", \($0.node), \($0.tensor)]" } ?? "it has no known input"
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

  /// The arguments of a node; nil if some are not known yet.
  private func inputs(of node: KerasNode, _ layer: KerasLayer) throws -> KerasInputs? {
    do {
      try trace.check(node, of: layer)
    } catch let problem as KerasProblem {
      throw problem.located(at: place.map { "\($0)/\(layer.name)" } ?? layer.name)
    }
    var inputs = KerasInputs(values: [], constants: node.constants)
    for reference in node.inputs {
      guard let value = try value(of: reference) else { return nil }
      inputs.values.append(value)
    }
    for (key, references) in node.keywordInputs {
      var values: [KerasValue] = []
      for reference in references {
        guard let value = try value(of: reference) else { return nil }
        values.append(value)
      }
      guard key == "mask" else {
        inputs.keywords[key] = values
        continue
      }
      // Keras 3 passes masks to layers as further inputs.
      for (index, mask) in values.enumerated() where inputs.values.indices.contains(index) {
        inputs.values[index].mask = try mask.inKerasOrder()
      }
    }
    return inputs
  }
}
