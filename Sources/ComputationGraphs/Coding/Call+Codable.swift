extension Graph.Call: Codable {
  private enum Keys: String, CodingKey {
    case brick, application, inputs, outputs, metadata, normalization
    case brickType = "brick_type"
  }

  /// Reads a call.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Keys.self)
    brick = try container.decode(String.self, forKey: .brick)
    brickType = try container.decodeIfPresent(String.self, forKey: .brickType)
    application = try container.decode(String.self, forKey: .application)
    inputs = try container.decode([Int].self, forKey: .inputs)
    outputs = try container.decode([Int].self, forKey: .outputs)
    metadata = try container.decodeIfPresent([String: AttributeValue].self, forKey: .metadata) ?? [:]
    normalization = try container.decodeIfPresent(Normalization.self, forKey: .normalization)
  }

  /// Writes the call; what is empty is left out.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Keys.self)
    try container.encode(brick, forKey: .brick)
    try container.encodeIfPresent(brickType, forKey: .brickType)
    try container.encode(application, forKey: .application)
    try container.encode(inputs, forKey: .inputs)
    try container.encode(outputs, forKey: .outputs)
    if !metadata.isEmpty { try container.encode(metadata, forKey: .metadata) }
    try container.encodeIfPresent(normalization, forKey: .normalization)
  }
}

extension TensorPath: Codable {
  /// Reads a dataset path.
  public init(from decoder: any Decoder) throws {
    try self.init(datasetPath: decoder.singleValueContainer().decode(String.self))
  }

  /// Writes the dataset path.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(datasetPath)
  }
}
