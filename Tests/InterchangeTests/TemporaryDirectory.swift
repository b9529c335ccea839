import Foundation
import Interchange
import Testing

/// A directory that goes away with the value that made it.
final class TemporaryDirectory {
  let path: String

  init() throws {
    path = NSTemporaryDirectory() + "/interchange-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// The path of a file in the directory, with content if given.
  func file(_ name: String, _ bytes: [UInt8]? = nil) throws -> String {
    let file = "\(path)/\(name)"
    if let bytes { try Data(bytes).write(to: URL(fileURLWithPath: file)) }
    return file
  }

  /// The names in the directory, hidden ones included.
  var names: [String] { get throws { try FileManager.default.contentsOfDirectory(atPath: path).sorted() } }
}

/// The path of a file of the folder `Fixtures`.
func fixturePath(_ name: String) -> String {
  URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Fixtures/\(name)").path
}

/// All bytes of a file.
func bytes(ofFile path: String) throws -> [UInt8] { try [UInt8](Data(contentsOf: URL(fileURLWithPath: path))) }

/// Expects an error of a kind, whose message contains a text if one is given.
func expectError<Result>(
  _ code: InterchangeError.Code, mentioning text: String? = nil, sourceLocation: SourceLocation = #_sourceLocation,
  _ body: () throws -> Result
) {
  do {
    _ = try body()
    Issue.record("no error", sourceLocation: sourceLocation)
  } catch let error as InterchangeError {
    #expect(error.code == code, "\(error)", sourceLocation: sourceLocation)
    if let text { #expect(error.message.contains(text), sourceLocation: sourceLocation) }
  } catch {
    Issue.record("unexpected error \(error)", sourceLocation: sourceLocation)
  }
}
