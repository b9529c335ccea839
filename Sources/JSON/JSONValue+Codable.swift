import Names

/// Support for Swift's coders, which are used for configurations and reports. Files are read by `init(parsing:)` and written by
/// `jsonText()`.
extension JSONValue: Codable {
  private struct Member: CodingKey {
    let stringValue: String
    let intValue: Int? = nil

    init(_ name: Name) { stringValue = name.text }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  /// Reads any JSON value. Whole numbers become integers.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .null
    } else if let value = try? container.decode(Bool.self) {
      self = .boolean(value)
    } else if let value = try? container.decode(Int.self),
      value != 0 || (try? container.decode(Double.self))?.sign != .minus
    {
      // Negative zero stays a real number, because an integer would lose its sign.
      self = .integer(value)
    } else if let value = try? container.decode(Double.self) {
      self = .real(value)
    } else if let value = try? container.decode(String.self) {
      self = .text(value)
    } else if let value = try? container.decode([JSONValue].self) {
      self = .list(value)
    } else {
      let container = try decoder.container(keyedBy: Member.self)
      var members: [Name: JSONValue] = [:]
      for key in container.allKeys {
        members[Name(key.stringValue)] = try container.decode(JSONValue.self, forKey: key)
      }
      self = .object(members)
    }
  }

  /// Writes the JSON value.
  public func encode(to encoder: any Encoder) throws {
    if case .object(let members) = self {
      var container = encoder.container(keyedBy: Member.self)
      for (name, value) in members { try container.encode(value, forKey: Member(name)) }
      return
    }
    var container = encoder.singleValueContainer()
    switch self {
    case .boolean(let value): try container.encode(value)
    case .integer(let value): try container.encode(value)
    case .real(let value): try container.encode(value)
    case .text(let value): try container.encode(value)
    case .list(let value): try container.encode(value)
    case .object, .null: try container.encodeNil()
    }
  }
}
