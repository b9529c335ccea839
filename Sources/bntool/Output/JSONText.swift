#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Reports as JSON. Keys are sorted, and there is no insignificant white space, so equal values give equal texts. A property
/// `meanShift` becomes the member `mean_shift`.
enum JSONText {
  /// The text of a value.
  ///
  /// - Throws: `EncodingError` for numbers that JSON cannot hold.
  static func text(of value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    encoder.keyEncodingStrategy = .convertToSnakeCase
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  }
}
