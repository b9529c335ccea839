import ComputationGraphs
import JSON
import Names
import Tensors

/// The conversion of a whole Keras model.
extension KerasTrace {
  /// Records the network with its inputs and outputs.
  ///
  /// - Parameters:
  ///   - document: The whole file's configuration, for the brick of the model.
  ///   - seeds: The states of random generators, which the model keeps for export.
  func model(
    _ network: KerasNetwork, document: [Name: JSONValue], seeds: [(brick: Name, tensor: Tensor, source: Name)]
  ) throws -> ImportedModel {
    try assembly.declare("/\(network.brickName)", type: network.className, configuration: document)
    var values: [KerasValue] = []
    for (name, input, isRows) in try network.ports() {
      guard let shape = input.shape else {
        throw KerasProblem(
          .incomplete,
          "the configuration does not say the shape of the input; build the model for an input, and save it again",
          at: name)
      }
      guard let known = try? Shape(checking: shape.dropFirst().compactMap { $0 }), known.elementCount <= 1 << 40 else {
        throw KerasProblem(.unsupported, "the input has too many elements", at: name)
      }
      values.append(
        KerasValue(
          try assembly.builder.input(
            name, VariableType(isRows ? .int64 : scalar, extents(of: shape)))))
    }
    let outputs = try apply(network, at: "", to: values, in: assembly.builder)
    for seed in seeds {
      _ = try assembly.tensor(
        KerasFormat.seedName, of: seed.brick, ModelAssembly.Value(seed.tensor, source: seed.source), role: .persistent,
        axes: ["word"])
    }
    var names: Set<Name> = []
    var ports: [(name: Name, variable: Variable)] = []
    for (reference, value) in zip(network.outputNames, outputs) {
      var name = reference
      var number = 1
      while !names.insert(name).inserted {
        name = "\(reference)_\(number)"
        number += 1
      }
      ports.append((name, try value.inKerasOrder()))
    }
    guard ports.count == outputs.count, !ports.isEmpty else {
      throw KerasProblem(.malformed, "the model has no outputs, or outputs without names")
    }
    return try assembly.finish(outputs: NamedVariables(ports))
  }

  /// The extents of an input. The first axis is always the batch.
  private func extents(of shape: [Int?]) -> [Extent] {
    let names: [Name] = shape.count == 3 ? ["time"] : ["height", "width", "depth"]
    return shape.enumerated().map { axis, extent in
      if axis == 0 { return .symbolic("batch") }
      return extent.map(Extent.fixed) ?? .symbolic(names.indices.contains(axis - 1) ? names[axis - 1] : "axis_\(axis)")
    }
  }
}

extension KerasNetwork {
  /// The name of the brick that keeps the configuration of the whole model. It differs from all names of layers.
  var brickName: Name {
    let own = KerasLayer(
      name: name, className: className, isLayer: true, isTrainable: true, configuration: [:], content: .network(self),
      nodes: []
    ).brickName
    var candidate = own
    while layers.contains(where: { $0.brickName == candidate }) { candidate = "\(candidate)_model" }
    return candidate
  }

  /// The inputs with their names, and whether they select rows of embeddings.
  func ports() throws -> [(name: Name, input: KerasInput, isRows: Bool)] {
    if isSequential {
      let first = layers.first
      if let first, case .input(let input) = first.content {
        return [(first.name, input, feedsEmbeddings(first.name))]
      }
      guard let input = impliedInput, let first else {
        throw KerasProblem(
          .incomplete,
          "the configuration does not say the shape of the input; build the model for an input, and save it again",
          at: name)
      }
      return [("\(first.name)_input", input, feedsEmbeddings(nil))]
    }
    return try inputs.map { reference in
      guard let layer = layers.first(where: { $0.name == reference.layer }), case .input(let input) = layer.content
      else {
        throw KerasProblem(.malformed, "the input \"\(reference.layer)\" of the model is not an InputLayer", at: name)
      }
      return (layer.name, input, feedsEmbeddings(layer.name))
    }
  }

  /// The names of the outputs, which are the names of the layers that compute them.
  var outputNames: [Name] {
    guard isSequential else { return outputs.map(\.layer) }
    return layers.last.map { [$0.name] } ?? []
  }

  /// Whether an input is read only by embeddings.
  ///
  /// - Parameter input: The layer of the input; nil for the input of a sequential model without such a layer.
  private func feedsEmbeddings(_ input: Name?) -> Bool {
    if isSequential {
      let layers = layers.drop { if case .input = $0.content { true } else { false } }
      return layers.first?.readsRows(at: 0) ?? false
    }
    var isFound = false
    for layer in layers {
      for node in layer.nodes {
        for (position, reference) in node.inputs.enumerated() where reference.layer == input {
          // Functions that compute masks from the rows may read the input, too.
          if case .operation(let operation) = layer.content, (operation as? KerasMaskFunction)?.comparesNumbers ?? false
          {
            continue
          }
          guard layer.readsRows(at: position) else { return false }
          isFound = true
        }
      }
    }
    return isFound
  }

  /// Whether the input with a number is read only by embeddings.
  fileprivate func feedsEmbeddings(at position: Int) -> Bool {
    guard !isSequential else { return feedsEmbeddings(nil) }
    return inputs.indices.contains(position) && feedsEmbeddings(inputs[position].layer)
  }
}

extension KerasLayer {
  /// Whether the layer reads one of its inputs as rows of embeddings.
  fileprivate func readsRows(at position: Int) -> Bool {
    switch content {
    case .input: false
    case .operation(let operation): operation is KerasEmbedding
    case .network(let network): network.feedsEmbeddings(at: position)
    }
  }
}
