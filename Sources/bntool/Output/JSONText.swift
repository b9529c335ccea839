#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Reports as JSON: sorted keys, no insignificant white space, the same text for the same value.
enum JSONText {
  /// The text of a value.
  ///
  /// - Throws: `EncodingError` for numbers that JSON cannot hold.
  static func text(of value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  }
}
