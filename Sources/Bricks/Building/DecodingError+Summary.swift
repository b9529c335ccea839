import JSON

extension DecodingError {
  /// The fault of a configuration, described by its key and value.
  func summary(of configuration: JSONValue) -> String {
    switch self {
    case .keyNotFound(let key, let context):
      return "\"\(key.stringValue)\" is missing\(DecodingError.place(context.codingPath).map { " at \($0)" } ?? "")"
    case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
      guard let place = DecodingError.place(context.codingPath) else { return "a value is of the wrong kind" }
      let value = configuration.value(at: context.codingPath).map { " \($0)" } ?? ""
      return "\"\(place)\" cannot be\(value)"
    @unknown default: return "a value is of the wrong kind"
    }
  }

  private static func place(_ path: [any CodingKey]) -> String? {
    let keys = path.map { $0.intValue.map { "[\($0)]" } ?? $0.stringValue }.joined(separator: ".")
    return keys.isEmpty ? nil : keys
  }
}

extension JSONValue {
  /// The value at a path of keys, as text.
  fileprivate func value(at path: [any CodingKey]) -> String? {
    var value = self
    for key in path {
      switch value {
      case .object(let members):
        guard let member = members[Name(key.stringValue)] else { return nil }
        value = member
      case .list(let elements):
        guard let index = key.intValue, elements.indices.contains(index) else { return nil }
        value = elements[index]
      default: return nil
      }
    }
    return try? value.jsonText()
  }
}
