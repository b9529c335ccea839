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

  /// The value of a text.
  ///
  /// - Throws: `CheckpointError` with code `.malformed` that names the document and the place in it.
  static func decode<Value: Decodable>(_ type: Value.Type, from text: String, file: String, object: String)
    throws(CheckpointError) -> Value
  {
    do {
      return try JSONDecoder().decode(type, from: Data(text.utf8))
    } catch let error as DecodingError {
      throw CheckpointError(.malformed, describe(error), file: file, object: object)
    } catch {
      throw CheckpointError(.malformed, "\(error)", file: file, object: object)
    }
  }

  private static func describe(_ error: DecodingError) -> String {
    let (problem, context): (String, DecodingError.Context) =
      switch error {
      case .keyNotFound(let key, let context): ("the key \"\(key.stringValue)\" is missing", context)
      case .typeMismatch(let type, let context): ("a value is not of type \(type)", context)
      case .valueNotFound(_, let context): ("a value is null", context)
      case .dataCorrupted(let context):
        // The parser tells no more than that.
        (
          context.codingPath.isEmpty
            ? "it is no valid JSON, or has a number that is too large or no whole one" : context.debugDescription,
          context
        )
      @unknown default: ("it cannot be decoded", DecodingError.Context(codingPath: [], debugDescription: ""))
      }
    let place = context.codingPath.map { $0.intValue.map { "[\($0)]" } ?? ".\($0.stringValue)" }.joined()
    return place.isEmpty ? problem : "\(problem) at \(place.drop { $0 == "." })"
  }
}
