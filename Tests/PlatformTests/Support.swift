import Platform
@_exported import TestSupport
import Testing

/// Expects a `FileError` of a code whose description contains every text, and returns the error.
@discardableResult
func expectFailure<Result>(
  _ code: FileError.Code, _ texts: String..., sourceLocation: SourceLocation = #_sourceLocation,
  _ body: () throws -> Result
) -> FileError? {
  expectError(FileError.self, mentioning: texts, sourceLocation: sourceLocation, body) { $0.code == code }
}
