import Foundation
import Platform
import Testing

/// Runs a closure with the path of a new folder, and removes it afterwards.
func withTemporaryFolder<Result>(_ body: (String) throws -> Result) throws -> Result {
  let folder = FileManager.default.temporaryDirectory.appendingPathComponent("platform-\(UUID().uuidString)").path
  try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(atPath: folder) }
  return try body(folder)
}

/// Expects a closure to throw a `FileError` of a code whose description contains every fragment.
func expectFailure(
  _ code: FileError.Code, _ fragments: String..., sourceLocation: SourceLocation = #_sourceLocation,
  _ body: () throws -> Void
) {
  guard let error = #expect(throws: FileError.self, sourceLocation: sourceLocation, performing: body) else { return }
  #expect(error.code == code, "\(error)", sourceLocation: sourceLocation)
  for fragment in fragments {
    #expect("\(error)".contains(fragment), "\(error) does not mention \(fragment)", sourceLocation: sourceLocation)
  }
}
