#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// JSON as checkpoints keep it: sorted keys, no insignificant white space, the same text for the same value.
public enum JSONDocument {
  /// The text of a value.
  ///
  /// - Throws: `EncodingError` for numbers that JSON cannot hold.
  public static func text(of value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  }
}
