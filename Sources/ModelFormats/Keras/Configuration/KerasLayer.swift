import JSON
import Names

/// A layer of a Keras network, parsed from its configuration, and its applications.
struct KerasLayer {
  /// The kind of a layer.
  enum Content {
    /// An input of the network.
    case input(KerasInput)
    /// A layer that computes its outputs itself.
    case operation(any KerasOperation)
    /// A model within the model.
    case network(KerasNetwork)
  }

  /// The name in the configuration.
  let name: Name
  /// The name of the class, such as `Conv2D`.
  let className: Name
  /// Whether this is a layer that Keras saves. Functions such as `keras.ops.relu` are not layers.
  let isLayer: Bool
  /// Whether an optimizer may change its weights.
  let isTrainable: Bool
  /// The configuration in the file.
  let configuration: [Name: JSONValue]
  let content: Content
  /// The applications in the surrounding network, in the order of the file; empty in a sequential model.
  let nodes: [KerasNode]

  /// The name of the layer's brick among its siblings, without characters that are not allowed in names of bricks.
  var brickName: Name {
    let allowed = name.text.unicodeScalars.map { scalar -> Character in
      let isControl = scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value)
      return isControl || scalar == "/" || scalar == "." || scalar == "|" ? "_" : Character(scalar)
    }
    return allowed.isEmpty ? "_" : Name(String(allowed))
  }
}

extension KerasLayer {
  /// The configuration that the layer's brick keeps. The layers of a nested model are left out, because they have their own bricks.
  var brickConfiguration: [Name: JSONValue] {
    guard case .network = content else { return configuration }
    return configuration.filter { !["layers", "input_layers", "output_layers"].contains($0.key) }
  }
}

/// The shape and the kind of elements of one input of a Keras network.
struct KerasInput {
  /// The extents with the batch first. An extent is nil if any extent is allowed. The whole list is nil if the configuration has no
  /// shape.
  let shape: [Int?]?
  /// Whether the elements are integers.
  let isInteger: Bool
  /// Whether the numbers have double precision.
  let isDouble: Bool
}

/// One output of one application of a layer.
struct KerasReference: Hashable {
  let layer: Name
  let node: Int
  let tensor: Int
}

/// One application of a layer: the outputs of other layers that it reads, and other arguments.
struct KerasNode {
  /// The outputs that the layer reads, in order; nil for a number or another constant.
  var inputs: [KerasReference]
  /// The inputs that are keyword arguments, such as `initial_state`.
  var keywordInputs: [Name: [KerasReference]]
  /// Constants among the keyword arguments, such as `training`.
  var keywords: [Name: JSONValue]
  /// Constants among the positional arguments, such as the 2 of `x * 2`.
  var constants: [(position: Int, value: JSONValue)]
}

/// A Keras model, parsed from its configuration.
struct KerasNetwork {
  let name: Name
  let className: Name
  let layers: [KerasLayer]
  /// Whether the layers are applied one after another.
  let isSequential: Bool
  let inputs: [KerasReference]
  let outputs: [KerasReference]
  /// The input of the first layer, in a sequential model without a layer for the input.
  let impliedInput: KerasInput?

  /// The layers that files of weights contain. These are the layers in Keras's `model.layers`.
  var savedLayers: [KerasLayer] {
    let layers = layers.filter(\.isLayer)
    guard isSequential, let first = layers.first, case .input = first.content else { return layers }
    return Array(layers.dropFirst())
  }
}
