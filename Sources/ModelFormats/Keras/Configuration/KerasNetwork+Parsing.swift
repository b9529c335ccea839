import JSON
import Names

/// A parser that turns the configuration of a Keras model into layers.
struct KerasConfigurationParser {
  /// The largest depth of nested models.
  static let greatestDepth = 32

  /// The major version of the Keras that wrote the configuration.
  let version: Int

  /// Reads a whole model.
  ///
  /// - Throws: `KerasProblem` that names the layer.
  func network(_ json: JSONValue) throws -> KerasNetwork {
    try refuseCode(json)
    guard case .object(let members) = json else {
      throw KerasProblem(.malformed, "the configuration of the model is not an object")
    }
    guard members["class_name"] != nil else {
      throw KerasProblem(
        .malformed,
        "is not a configuration of a Keras model, because it has no \"class_name\"; give the .keras file of the model or the "
          + "text of model.to_json()")
    }
    guard let network = try network(members, path: "", depth: 0) else {
      throw KerasProblem(
        .unsupported,
        "the model is of the class \(className(members)), whose graph exists only as Python code; use a Sequential or Functional model"
      )
    }
    return network
  }

  private func className(_ members: [Name: JSONValue]) -> Name {
    if case .text(let name)? = members["class_name"] { Name(name) } else { "(none)" }
  }

  /// Throws if the configuration contains Python code at any depth.
  private func refuseCode(_ json: JSONValue) throws {
    // The JSON parser already limits the depth.
    func search(_ value: JSONValue, near layer: Name) throws {
      switch value {
      case .list(let elements): for element in elements { try search(element, near: layer) }
      case .object(let members):
        var layer = layer
        if case .object(let config)? = members["config"], case .text(let name)? = config["name"] {
          layer = layer.isEmpty ? Name(name) : "\(layer)/\(name)"
        }
        if let name = ["Lambda", "__lambda__"].first(where: { members["class_name"] == .text($0) }) {
          throw KerasProblem(
            .unsupported,
            "the file holds Python code (\(name)), which is never run; replace it by a layer of Keras, and save the model again",
            at: layer.isEmpty ? nil : layer)
        }
        for key in members.keys.sorted() { if let member = members[key] { try search(member, near: layer) } }
      default: break
      }
    }
    try search(json, near: "")
  }

  /// Reads a model; nil if the object is not a model.
  private func network(_ members: [Name: JSONValue], path: Name, depth: Int) throws -> KerasNetwork? {
    let className = className(members)
    let isSequential = className == "Sequential"
    guard ["Sequential", "Functional", "Model"].contains(className) else { return nil }
    guard depth < Self.greatestDepth else {
      throw KerasProblem(.unsupported, "models are nested more than \(Self.greatestDepth) levels deep", at: path)
    }
    // In the first versions of Sequential, the configuration was only a list.
    let config: [Name: JSONValue]
    switch members["config"] {
    case .object(let object): config = object
    case .list(let layers): config = ["layers": .list(layers)]
    default: throw KerasProblem(.malformed, "the \(className) has no object \"config\"", at: path.isEmpty ? nil : path)
    }
    guard case .list(let layerObjects)? = config["layers"] else {
      throw KerasProblem(
        .unsupported, "the \(className) has no list of layers; use a Sequential or Functional model",
        at: path.isEmpty ? nil : path)
    }
    var layers: [KerasLayer] = []
    var names: Set<Name> = []
    var brickNames: Set<Name> = []
    for object in layerObjects {
      let layer = try layer(object, within: path, depth: depth)
      guard names.insert(layer.name).inserted, brickNames.insert(layer.brickName).inserted else {
        throw KerasProblem(
          .malformed,
          "two layers are named \"\(layer.name)\", or their names become the same brick name \"\(layer.brickName)\"",
          at: path.isEmpty ? nil : path)
      }
      layers.append(layer)
    }
    let name: Name =
      if case .text(let name)? = config["name"] { Name(name) } else { isSequential ? "sequential" : "model" }
    let object = path.isEmpty ? name : path
    return KerasNetwork(
      name: name, className: className, layers: layers, isSequential: isSequential,
      inputs: try KerasReference.references(config["input_layers"], of: object),
      outputs: try KerasReference.references(config["output_layers"], of: object),
      impliedInput: isSequential ? try impliedInput(config, firstLayer: layers.first, at: object) : nil)
  }

  /// Reads one layer from an object with `class_name`, `config`, and in functional models `name` and `inbound_nodes`.
  func layer(_ json: JSONValue, within parent: Name, depth: Int) throws -> KerasLayer {
    guard case .object(let members) = json, case .text(let classText)? = members["class_name"],
      case .object(let config) = members["config"] ?? JSONValue.object([:])
    else {
      throw KerasProblem(
        .malformed, "a layer is not an object with \"class_name\" and \"config\"", at: parent.isEmpty ? nil : parent)
    }
    // Older files write the package before the class: `Addons>WeightNormalization`.
    let className = Name(classText)
    let name: Name
    switch (members["name"], config["name"]) {
    case (.text(let text)?, _), (_, .text(let text)?): name = Name(text)
    default: throw KerasProblem(.malformed, "a \(className) has no name", at: parent.isEmpty ? nil : parent)
    }
    let path: Name = parent.isEmpty ? name : "\(parent)/\(name)"
    let isLayer: Bool =
      if case .text(let module)? = members["module"] { !module.hasPrefix("keras.src.ops") } else { true }
    let content: KerasLayer.Content
    if className == "InputLayer" {
      content = .input(try input(config, at: path))
    } else if let network = try network(members, path: path, depth: depth + 1) {
      content = .network(network)
    } else {
      try refuseForeign(members, className, at: path)
      let configuration = KerasConfiguration(path: path, className: className, version: version, members: config)
      content = .operation(
        try KerasLayerTypes.operation(configuration, isLayer: isLayer) { object, _ in
          try layer(object, within: path, depth: depth + 1)
        })
    }
    var nodes: [KerasNode] = []
    if case .list(let list)? = members["inbound_nodes"] {
      // Keras 1 and 2 write a flat list for a single tensor, and an empty list for inputs.
      nodes = try list.map { try KerasNode($0, of: path) }
    }
    let isTrainable = if case .boolean(false)? = config["trainable"] { false } else { true }
    return KerasLayer(
      name: name, className: className, isLayer: isLayer, isTrainable: isTrainable, configuration: config,
      content: content, nodes: nodes)
  }

  /// Throws if a class does not belong to Keras.
  private func refuseForeign(_ members: [Name: JSONValue], _ className: Name, at path: Name) throws {
    var owner: String?
    if case .text(let registered)? = members["registered_name"], registered.contains(">") { owner = registered }
    if case .text(let module)? = members["module"], module != "keras", !module.hasPrefix("keras."),
      !module.hasPrefix("tf_keras.")
    {
      owner = owner ?? "\(module).\(className)"
    }
    if className.text.contains(">") { owner = className.text }
    guard let owner else { return }
    throw KerasProblem(
      .unsupported,
      "the layer is of the class \(owner), which is not a class of Keras, and its code is not in the file; build the model from layers of Keras, and save it again",
      at: path)
  }

  private func input(_ config: [Name: JSONValue], at path: Name) throws -> KerasInput {
    let shape = config["batch_shape"] ?? config["batch_input_shape"]
    var type = ""
    if case .text(let text)? = config["dtype"] { type = text }
    guard config["sparse"] != .boolean(true), config["ragged"] != .boolean(true) else {
      throw KerasProblem(.unsupported, "the input is sparse or ragged; use a dense input", at: path)
    }
    guard !["string", "bool"].contains(type) else {
      throw KerasProblem(.unsupported, "the input is of type \(type); use numbers", at: path)
    }
    return KerasInput(
      shape: try shape.flatMap { $0 == .null ? nil : try extents($0, at: path) },
      isInteger: type.hasPrefix("int") || type.hasPrefix("uint"), isDouble: type == "float64")
  }

  /// The input of a sequential model. Its shape comes from the first layer, or from the shape that the model was built for.
  private func impliedInput(_ config: [Name: JSONValue], firstLayer: KerasLayer?, at path: Name) throws -> KerasInput? {
    guard let firstLayer else { return nil }
    if case .input = firstLayer.content { return nil }
    if case .network(let network) = firstLayer.content, config["build_input_shape"] == nil {
      if let implied = network.impliedInput { return implied }
      let inputs = network.layers.compactMap { layer -> KerasInput? in
        if case .input(let input) = layer.content { input } else { nil }
      }
      return inputs.count == 1 ? inputs[0] : nil
    }
    let own = firstLayer.configuration["batch_input_shape"] ?? firstLayer.configuration["batch_shape"]
    guard let shape = own ?? config["build_input_shape"], shape != .null else { return nil }
    return KerasInput(
      shape: try extents(shape, at: path), isInteger: firstLayer.className == "Embedding",
      isDouble: firstLayer.configuration["dtype"] == .text("float64"))
  }

  private func extents(_ json: JSONValue, at path: Name) throws -> [Int?] {
    guard case .list(let list) = json, !list.isEmpty, list.count <= 32 else {
      throw KerasProblem(.malformed, "the shape of the input is not a list of 1 to 32 extents", at: path)
    }
    return try list.map { extent in
      switch extent {
      case .null: return nil
      case .integer(let value) where value >= 1 && value <= 1 << 24: return value
      default:
        throw KerasProblem(
          .malformed, "the shape of the input has an extent that is not from 1 to \(1 << 24)", at: path)
      }
    }
  }
}
