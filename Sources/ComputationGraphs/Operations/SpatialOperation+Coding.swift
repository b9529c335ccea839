import JSON
import Tensors

extension SpatialOperation {
  /// Reads the operation with the given name in files; nil if the name is not a spatial operation.
  ///
  /// - Throws: `GraphError` with code `.malformed` if attributes are missing or of the wrong type.
  init?(name: String, attributes: [Name: JSONValue]) throws {
    let attributes = JSONValue.object(attributes)
    switch name {
    case "convolution", "dilated_convolution":
      self = .convolution(
        Convolution(
          padding: try attributes.extents("padding"), stride: try attributes.extents("stride"),
          groups: try attributes.integer("groups"),
          dilation: name == "convolution" ? 1 : try attributes.extents("dilation")))
    case "max_pool": self = .pooling(try Pooling(.maximum, attributes))
    case "average_pool":
      var pooling = try Pooling(.average, attributes)
      pooling.includesPadding = try attributes.boolean("include_padding")
      self = .pooling(pooling)
    case "affine_glimpse": self = .affineGlimpse(try attributes.extents("extents"))
    default: return nil
    }
  }

  /// The attributes of the operation in a file.
  var attributes: [Name: JSONValue] {
    switch self {
    case .convolution(let convolution):
      var attributes: [Name: JSONValue] = [
        "padding": convolution.padding.attribute, "stride": convolution.stride.attribute,
        "groups": .integer(convolution.groups),
      ]
      if convolution.dilation != 1 { attributes["dilation"] = convolution.dilation.attribute }
      return attributes
    case .pooling(let pooling):
      var attributes: [Name: JSONValue] = [
        "window": pooling.window.attribute, "step": pooling.stride.attribute, "padding": pooling.padding.attribute,
        "ignore_border": .boolean(pooling.ignoresBorder),
      ]
      if pooling.summary == .average { attributes["include_padding"] = .boolean(pooling.includesPadding) }
      return attributes
    case .affineGlimpse(let extents): return ["extents": extents.attribute]
    }
  }
}

extension Pooling {
  fileprivate init(_ summary: Summary, _ attributes: JSONValue) throws {
    self.init(
      summary, window: try attributes.extents("window"), stride: try attributes.extents("step"),
      padding: try attributes.extents("padding"), ignoresBorder: try attributes.boolean("ignore_border"))
  }
}

extension SpatialExtents {
  fileprivate var attribute: JSONValue { .integers([height, width]) }
}

extension JSONValue {
  /// The two integers of a list, height before width. Throws the errors of `member(_:_:)`.
  fileprivate func extents(_ key: Name) throws -> SpatialExtents {
    let numbers = try integers(key)
    guard numbers.count == 2 else {
      throw GraphError(.malformed, "\(key): \(numbers) is not a height and a width")
    }
    return SpatialExtents(numbers[0], numbers[1])
  }
}
