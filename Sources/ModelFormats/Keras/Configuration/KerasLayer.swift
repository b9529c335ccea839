import JSON
import Names

/// A layer of a Keras network as data: its configuration, and the places where it is applied.
struct KerasLayer {
  /// What a layer is.
  enum Content {
    /// An input of the network.
    case input(KerasInput)
    /// A layer with a computation of its own.
    case operation(any KerasOperation)
    /// A model within the model.
    case network(KerasNetwork)
  }

  /// The name in the configuration.
  let name: Name
  /// The name of the class, such as `Conv2D`.
  let className: Name
  /// Whether the layer is one for Keras, which saves it; functions such as `keras.ops.relu` are none.
  let isLayer: Bool
  /// Whether an optimizer may change its weights.
  let isTrainable: Bool
  /// The configuration as the file has it.
  let configuration: [Name: JSONValue]
  let content: Content
  /// The applications in the network around, in the order of the file; empty in a sequential model.
  let nodes: [KerasNode]

  /// The name of the layer's brick among its siblings, without the characters that names of bricks cannot have.
  var brickName: Name {
    let allowed = name.text.unicodeScalars.map { scalar -> Character in
      let isControl = scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value)
      return isControl || scalar == "/" || scalar == "." || scalar == "|" ? "_" : Character(scalar)
    }
    return allowed.isEmpty ? "_" : Name(String(allowed))
  }
}

extension KerasLayer {
  /// The configuration that the layer's brick keeps: without the layers of a model, which have bricks of their own.
  var brickConfiguration: [Name: JSONValue] {
    guard case .network = content else { return configuration }
    return configuration.filter { !["layers", "input_layers", "output_layers"].contains($0.key) }
  }
}

/// An input of a Keras network.
struct KerasInput {
  /// The extents with the batch in front, nil where any extent is allowed; nil if the configuration does not say them.
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

/// One application of a layer: the outputs of others that it reads, and other arguments.
struct KerasNode {
  /// What the layer is applied to, in order; nil for a number or another constant.
  var inputs: [KerasReference]
  /// Further inputs by keyword, such as `initial_state`.
  var keywordInputs: [Name: [KerasReference]]
  /// Constants in the call, such as `training`.
  var keywords: [Name: JSONValue]
  /// Constants among the positional arguments, such as the 2 of `x * 2`.
  var constants: [(position: Int, value: JSONValue)]
}

/// A Keras model as data.
struct KerasNetwork {
  let name: Name
  let className: Name
  let layers: [KerasLayer]
  /// Whether the layers are applied one after another.
  let isSequential: Bool
  let inputs: [KerasReference]
  let outputs: [KerasReference]
  /// The first layer's input of a sequential model without a layer for the input.
  let impliedInput: KerasInput?

  /// The layers that have a place in files of weights: those of Keras's `model.layers`.
  var savedLayers: [KerasLayer] {
    let layers = layers.filter(\.isLayer)
    guard isSequential, let first = layers.first, case .input = first.content else { return layers }
    return Array(layers.dropFirst())
  }
}
