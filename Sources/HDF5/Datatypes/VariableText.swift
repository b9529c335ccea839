import CHDF5
import Platform

/// Text of variable length between Swift strings and the pointers that the library reads and writes.
enum VariableText {
  /// The text behind a pointer; the library gives none for an empty one.
  ///
  /// - Throws: `.corrupt` if it is not valid UTF-8.
  static func decode(_ pointer: UnsafeMutablePointer<CChar>?, at location: Location) throws -> String {
    guard let pointer else { return "" }
    guard let text = String(validatingCString: pointer) else {
      throw location.error(.corrupt, "holds text that is not valid UTF-8")
    }
    return text
  }

  /// Gives the address of an array of pointers to copies of texts, for one call.
  ///
  /// - Throws: `.typeMismatch` if a text contains a NUL.
  static func withPointers(
    to texts: [String], at location: Location, _ body: (UnsafeRawPointer) throws -> Void
  ) throws {
    for text in texts { try Text.checkHasNoNull(text, at: location) }
    var pointers = texts.map { strdup($0) }
    defer { for pointer in pointers { free(pointer) } }
    guard pointers.allSatisfy({ $0 != nil }) else {
      throw location.error(.libraryFailure, "there is no memory for the texts")
    }
    try pointers.withUnsafeMutableBytes { try body(UnsafeRawPointer($0.baseAddress!)) }
  }
}
