#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Reports as JSON. Keys are sorted, and there is no insignificant white space, so equal values give equal texts. A property
/// `meanShift` becomes the member `mean_shift`. Keys that come from files stay as they are.
enum JSONText {
  private struct Member: CodingKey {
    let stringValue: String
    let intValue: Int? = nil

    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  /// The text of a value.
  ///
  /// - Throws: `EncodingError` for numbers that JSON cannot hold.
  static func text(of value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    encoder.keyEncodingStrategy = .custom { path in
      let key = path[path.count - 1]
      // The keys of properties are cases of an enumeration. All other keys belong to dictionaries and JSON objects, and stay
      // unchanged.
      guard key.stringValue.contains(where: \.isUppercase), Mirror(reflecting: key).displayStyle == .enum else {
        return key
      }
      return Member(stringValue: snakeCase(key.stringValue))
    }
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  }

  /// The name in snake case, such as `mean_shift` for `meanShift`.
  private static func snakeCase(_ name: String) -> String {
    name.reduce(into: "") { text, character in
      text += character.isUppercase ? "_\(character.lowercased())" : String(character)
    }
  }
}
