import CHDF5
import Platform

/// Converts variable-length text between Swift strings and the pointers of the library.
enum VariableText {
  /// The text at a pointer. The library gives no pointer for an empty text.
  ///
  /// - Throws: `.corrupt` if the text is not valid UTF-8.
  static func decode(_ pointer: UnsafeMutablePointer<CChar>?, at location: Location) throws -> String {
    guard let pointer else { return "" }
    guard let text = String(validatingCString: pointer) else {
      throw location.error(.corrupt, "holds text that is not valid UTF-8")
    }
    return text
  }

  /// Calls a closure with the address of an array of pointers to copies of texts.
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
