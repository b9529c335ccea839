import JSON

/// Brick types by name. A registry creates bricks from configurations in files and from descriptions that people write.
///
/// ```swift
/// var registry = BrickRegistry.standard
/// registry.register(Residual<Sequential>.self)                      // models in files may contain it
/// registry.register(Highway(dimension: 1), requiring: ["dimension"])  // descriptions may name it, too
/// ```
public struct BrickRegistry: Sendable {
  /// A brick with the default configuration of its type.
  struct Example: Sendable {
    let brick: any Brick
    /// The keys of the configuration that have no default.
    let required: [Name]
  }

  private var types: [Name: any Brick.Type] = [:]
  private var examples: [Name: Example] = [:]

  /// Creates a registry of the given types.
  public init(_ types: [any Brick.Type]) {
    for type in types { register(type) }
  }

  /// The bricks of this module.
  public static let standard: BrickRegistry = {
    var registry = BrickRegistry([])
    registry.register(Linear(nil, 1), requiring: ["outputDimension"])
    registry.register(Embedding(1, 1), requiring: ["count", "dimension"])
    registry.register(GroupNormalization(1), requiring: ["groupCount"])
    registry.register(Sequential([]), requiring: ["bricks"])
    registry.register(MLP(activations: [], dimensions: []), requiring: ["activations", "dimensions"])
    registry.register(BatchNormalizedMLP(activations: [], dimensions: []), requiring: ["activations", "dimensions"])
    registry.register(Convolutional(filterSize: 1, filterCount: 1), requiring: ["filterSize", "filterCount"])
    registry.register(MaxPooling(1), requiring: ["poolingSize"])
    registry.register(AveragePooling(1), requiring: ["poolingSize"])
    registry.register(ConvolutionalSequence([]), requiring: ["layers"])
    registry.register(SimpleRecurrent(1), requiring: ["dimension"])
    registry.register(LSTM(1), requiring: ["dimension"])
    registry.register(GatedRecurrent(1), requiring: ["dimension"])
    registry.register(GRU(1), requiring: ["dimension"])
    registry.register(MappedRecurrent(SimpleRecurrent(1)), requiring: ["prototype"])
    registry.register(BatchNormalizedLSTM(1, timeSteps: 1), requiring: ["dimension", "normalization"])
    registry.register(Bidirectional(SimpleRecurrent(1)), requiring: ["prototype"])
    let complete: [any Brick] = [
      Bias(), Identity(), Tanh(), Logistic(), Rectifier(), LeakyRectifier(), Softplus(), Softmax(),
      BatchNormalization(), SpatialBatchNormalization(), LayerNormalization(), Flattener(), LastStep(),
    ]
    for brick in complete { registry.register(brick) }
    return registry
  }()

  /// Adds a type, or replaces the type of the same name.
  public mutating func register(_ type: any Brick.Type) { types[Name(type.typeName)] = type }

  /// Adds a type by an example. People can then describe bricks of this type (see `BrickDescription`).
  ///
  /// - Parameters:
  ///   - example: A brick with the default configuration.
  ///   - required: The keys of the configuration that have no default, so that each description must contain them.
  public mutating func register(_ example: any Brick, requiring required: [Name] = []) {
    register(Swift.type(of: example))
    examples[Name(Swift.type(of: example).typeName)] = Example(brick: example, required: required)
  }

  /// The names of all types, in ascending order.
  public var typeNames: [Name] { types.keys.sorted() }

  /// The type with the given name.
  ///
  /// - Throws: `BrickError` with code `.unknownType`.
  public func type(named name: Name) throws(BrickError) -> any Brick.Type {
    guard let type = types[name] else {
      throw BrickError(
        .unknownType,
        "the brick type \"\(name)\" is not registered; register it, or run the model's graph without the brick"
      )
    }
    return type
  }

  /// The example of a type.
  ///
  /// - Throws: `BrickError` with code `.unknownType` if the registry has no example of the type.
  func example(of type: Name) throws(BrickError) -> Example {
    guard let example = examples[type] else {
      let names = examples.keys.sorted().joined(separator: ", ")
      throw BrickError(.unknownType, "there is no brick of type \"\(type)\"; the types are \(names)")
    }
    return example
  }

  /// Creates the brick that a node of a model's tree describes.
  ///
  /// - Throws: `BrickError` with code `.unknownType`, `DecodingError` if the configuration does not fit the type.
  public func brick(_ node: BrickNode) throws -> any Brick {
    try brick(of: node.type, .object(node.configuration))
  }

  /// Creates a brick of a type from a complete configuration.
  ///
  /// - Throws: The errors of `brick(_:)`.
  func brick(of type: Name, _ configuration: JSONValue) throws -> any Brick {
    try Self.checkSizes(in: configuration, of: type)
    return try self.type(named: type).brick(configuration, registry: self)
  }
}

extension BrickRegistry {
  /// The largest integer in a configuration. Bricks multiply a few of their sizes, and must not overflow.
  public static let largestSize = Int(Int32.max)

  private static func checkSizes(in configuration: JSONValue, of type: Name) throws(BrickError) {
    switch configuration {
    case .integer(let number) where number.magnitude > largestSize.magnitude:
      throw BrickError(
        .invalidConfiguration,
        "\(type): the configuration has the number \(number); the largest allowed number is \(largestSize)")
    case .list(let elements): for element in elements { try checkSizes(in: element, of: type) }
    case .object(let members): for member in members.values { try checkSizes(in: member, of: type) }
    default: break
    }
  }
}

extension CodingUserInfoKey {
  /// The key under which a decoder keeps the registry for nested bricks.
  public static let brickRegistry = CodingUserInfoKey(rawValue: "swift-bricks.registry")
}

extension Brick {
  /// The brick as data. Only the outermost brick and bricks without children have a configuration. The configuration of the
  /// outermost brick determines all other configurations.
  ///
  /// - Throws: `EncodingError` if the configuration is not a JSON object.
  public func node(isOutermost: Bool = true) throws -> BrickNode {
    let children = distinctChildren
    var configuration: [Name: JSONValue] = [:]
    if isOutermost || children.isEmpty {
      configuration = try json().members()
    }
    return BrickNode(
      type: Name(Self.typeName), name: Name(name), configuration: configuration,
      children: try children.map { try $0.node(isOutermost: false) })
  }
}
