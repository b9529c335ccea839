import ComputationGraphs
import JSON
import Messages
import Names
import Tensors

/// The content of a new Keras file: the configuration from the original file, and the values of all variables.
struct KerasExport {
  let document: KerasDocument
  let network: KerasNetwork
  /// The layers with their variables, in Keras's order.
  let groups: [KerasVariableGroup]
  /// The values in Keras's shapes, for each brick and each name that Keras gives its weights.
  private let values: [Name: [Name: Value]]
  /// The states of random generators by brick.
  let seeds: [Name: Tensor]

  /// The value of a variable, and its type in the file.
  struct Value {
    let tensor: Tensor
    let type: ScalarType
  }

  /// Collects the configuration and the values of a model.
  ///
  /// - Parameters:
  ///   - model: The model.
  ///   - path: The file that is written, for errors.
  /// - Throws: `KerasProblem` with code `.notRepresentable` if the model did not come from Keras, or has been changed so that it no
  ///   longer fits its configuration; the errors of `ModelAssembly.variance(of:in:for:)`.
  init(_ model: Model, path file: String) throws {
    let documents = model.bricks.compactMap { KerasDocument(brickConfiguration: $0.configuration) }
    guard let document = documents.first, documents.count == 1 else {
      throw KerasProblem(
        .notRepresentable,
        "a Keras file needs the configuration of the model, and only models that came from Keras have a "
          + "configuration; write .onnx or .safetensors"
      )
    }
    self.document = document
    network = try document.network()
    groups = network.variableGroups()
    try KerasExport.check(network.layers, against: model.bricks)
    var values: [Name: [Name: Value]] = [:]
    var written: Set<TensorPath> = []
    let normalizations = Dictionary(
      model.graph.allCalls.compactMap { call in call.normalization.map { (call.brick, $0) } }
    ) { first, _ in first }
    for variable in groups.flatMap(\.variables) {
      let weight = variable.weight
      guard let collection = TensorPath.Collection([weight.role]) else { continue }
      let path = try TensorPath(collection, brick: variable.brick, name: weight.tensor)
      written.insert(path)
      let tensor: Tensor
      var type = model.storedType(of: path)
      if weight.meaning == .variance {
        guard let normalization = normalizations[variable.brick],
          let variance = try ModelAssembly.variance(of: normalization, in: model, for: file)
        else { throw KerasExport.missing("\(path.brick).population_stdev") }
        written.formUnion(normalization.statistics)
        tensor = variance
        // The stored variance of the original file may still have the type that it had in this file.
        type = try model.storedType(of: TensorPath(.persistent, brick: path.brick, name: ModelAssembly.variance))
      } else {
        guard let own = model.tensors[path] else { throw KerasExport.missing(path.spelling) }
        tensor = own
      }
      do {
        let restored = try weight.conversion.restored(tensor)
        let isExact = type.map { restored.isExact(as: $0) } ?? false
        values[variable.brick, default: [:]][weight.name] = Value(
          tensor: restored, type: isExact ? type ?? restored.type : restored.type)
      } catch {
        throw KerasProblem(
          .notRepresentable, "its shape \(tensor.shape) differs from the shape of the layer's weight in Keras",
          at: path.spelling)
      }
    }
    let lost = model.tensors.keys.filter { $0.collection != .persistent && !written.contains($0) }.sorted()
    if let first = lost.first {
      throw KerasProblem(
        .notRepresentable,
        "the model has \(counted(lost.count, "tensor")) that its Keras configuration does not name (such as \(first)); write .onnx or "
          + ".safetensors")
    }
    self.values = values
    var seeds: [Name: Tensor] = [:]
    for (path, tensor) in model.tensors where path.name == KerasFormat.seedName { seeds[path.brick] = tensor }
    self.seeds = seeds
  }

  private static func missing(_ tensor: Name) -> KerasProblem {
    KerasProblem(
      .notRepresentable,
      "the model no longer has this tensor, which its Keras configuration needs; write .onnx or .safetensors",
      at: tensor)
  }

  /// Checks that all layers still have their original configurations.
  private static func check(_ layers: [KerasLayer], against bricks: [BrickNode], path: Name = "") throws {
    let nodes = Dictionary(bricks.map { ($0.name, $0) }) { first, _ in first }
    for layer in layers {
      if case .input = layer.content { continue }
      let place: Name = "\(path)/\(layer.brickName)"
      guard let node = nodes[layer.brickName] else {
        // Layers that no output needs have no brick.
        if layer.variableGroup(brick: place, group: "", legacyPath: "", isTrainable: true).variables.isEmpty {
          continue
        }
        throw KerasProblem(
          .notRepresentable,
          "the model no longer has the layer (it was folded, dropped or renamed), but the Keras configuration still has it; write .onnx or .safetensors",
          at: place)
      }
      guard node.type == layer.className, node.configuration == layer.brickConfiguration else {
        throw KerasProblem(
          .notRepresentable,
          "the brick was changed after its import from Keras, so its configuration no longer fits; write .onnx or .safetensors",
          at: place)
      }
      if case .network(let network) = layer.content {
        try check(network.layers, against: node.children, path: place)
      }
    }
  }

  /// The value of a variable.
  func value(of variable: KerasVariable) throws -> Value {
    guard let value = values[variable.brick]?[variable.weight.name] else {
      throw KerasExport.missing("\(variable.brick).\(variable.weight.tensor)")
    }
    return value
  }
}
