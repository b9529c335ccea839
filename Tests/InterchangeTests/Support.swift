import Foundation
import Interchange
@_exported import TestSupport
import Testing

/// The path of a file of the folder `Fixtures`.
func fixturePath(_ name: String) -> String { Repository.fixture(name, of: "InterchangeTests") }

/// All bytes of a file.
func bytes(ofFile path: String) throws -> [UInt8] { try [UInt8](bytes(path)) }

/// Expects an `InterchangeError` of a code whose description contains every text, and returns the error.
@discardableResult
func expectError<Result>(
  _ code: InterchangeError.Code, mentioning texts: String..., sourceLocation: SourceLocation = #_sourceLocation,
  _ body: () throws -> Result
) -> InterchangeError? {
  expectError(InterchangeError.self, mentioning: texts, sourceLocation: sourceLocation, body) { $0.code == code }
}
