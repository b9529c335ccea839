import JSON

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

extension Brick {
  /// The complete configuration, with the keys that the type's `Codable` conformance writes.
  ///
  /// - Throws: `EncodingError` if the type cannot be written as JSON.
  func json() throws -> JSONValue {
    try JSONValue(parsing: String(decoding: JSONEncoder().encode(self), as: UTF8.self))
  }

  /// Creates a brick from its complete configuration.
  ///
  /// - Parameter registry: The registry that gives the types of nested bricks.
  /// - Throws: `DecodingError` if the configuration does not fit, `BrickError` for an unknown type of a nested brick.
  static func brick(_ json: JSONValue, registry: BrickRegistry) throws -> Self {
    let decoder = JSONDecoder()
    if let key = CodingUserInfoKey.brickRegistry { decoder.userInfo[key] = registry }
    return try decoder.decode(Self.self, from: Data(json.jsonText().utf8))
  }
}
