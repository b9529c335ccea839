import JSON

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Brick types by name. A registry makes bricks from the configurations in files.
public struct BrickRegistry: Sendable {
  private var types: [Name: any Brick.Type] = [:]

  /// A registry of the given types.
  public init(_ types: [any Brick.Type]) {
    for type in types { register(type) }
  }

  /// The bricks of this module.
  public static let standard = BrickRegistry([
    Linear.self, Bias.self, Identity.self, Tanh.self, Logistic.self, Rectifier.self, LeakyRectifier.self, Softplus.self,
    Softmax.self, Sequential.self, MLP.self, BatchNormalization.self, BatchNormalizedMLP.self, SimpleRecurrent.self,
    LSTM.self, GatedRecurrent.self, Bidirectional.self, BatchNormalizedLSTM.self,
    SpatialBatchNormalization.self, Convolutional.self, MaxPooling.self, AveragePooling.self, Flattener.self,
    ConvolutionalSequence.self,
  ])

  /// Adds a type, or replaces the type of the same name.
  public mutating func register(_ type: any Brick.Type) { types[Name(type.typeName)] = type }

  /// The names of all types, in ascending order.
  public var typeNames: [Name] { types.keys.sorted() }

  /// The type with the given name.
  ///
  /// - Throws: `BrickError` with code `.unknownType`.
  public func type(named name: Name) throws(BrickError) -> any Brick.Type {
    guard let type = types[name] else {
      throw BrickError(
        .unknownType, "the brick type \"\(name)\" is not registered; register it, or run the model from its graph alone"
      )
    }
    return type
  }

  /// The brick that a node of a model's tree describes.
  ///
  /// - Throws: `BrickError` with code `.unknownType`, `DecodingError` if the configuration is not the type's.
  public func brick(_ node: BrickNode) throws -> any Brick {
    let type = try type(named: node.type)
    let decoder = JSONDecoder()
    if let key = CodingUserInfoKey.brickRegistry { decoder.userInfo[key] = self }
    return try decoder.decode(type, from: JSONEncoder().encode(JSONValue.object(node.configuration)))
  }
}

extension CodingUserInfoKey {
  /// The key under which a decoder keeps the registry for nested bricks.
  public static let brickRegistry = CodingUserInfoKey(rawValue: "swift-bricks.registry")
}

extension Brick {
  /// The brick as data. Only bricks without children and the outermost brick have a configuration, because it determines the
  /// rest.
  ///
  /// - Throws: `EncodingError` if the configuration is not a JSON object.
  public func node(isOutermost: Bool = true) throws -> BrickNode {
    let children = distinctChildren
    var configuration: [Name: JSONValue] = [:]
    if isOutermost || children.isEmpty {
      configuration = try JSONDecoder().decode(JSONValue.self, from: JSONEncoder().encode(self)).members()
    }
    return BrickNode(
      type: Name(Self.typeName), name: Name(name), configuration: configuration,
      children: try children.map { try $0.node(isOutermost: false) })
  }
}
