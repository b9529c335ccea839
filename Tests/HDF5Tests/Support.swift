import Foundation
import HDF5
import Testing

/// Runs a closure with the path of a file that does not exist yet, and removes it afterwards.
func withTemporaryFile<Result>(_ body: (String) throws -> Result) throws -> Result {
  let path = FileManager.default.temporaryDirectory.appendingPathComponent("hdf5-\(UUID().uuidString).h5").path
  defer { try? FileManager.default.removeItem(atPath: path) }
  return try body(path)
}

/// The path of a file written by tools/fixtures/hdf5.
func fixture(_ name: String, file: String = #filePath) -> String {
  URL(fileURLWithPath: file).deletingLastPathComponent().appendingPathComponent("Fixtures/\(name).h5").path
}

/// Expects a closure to throw an ``HDF5Error`` with a code, and returns it.
@discardableResult
func expectFailure(
  _ code: HDF5Error.Code, sourceLocation: SourceLocation = #_sourceLocation, _ body: () throws -> Void
) -> HDF5Error? {
  let error = #expect(throws: HDF5Error.self, sourceLocation: sourceLocation) { try body() }
  if let error { #expect(error.code == code, "\(error)", sourceLocation: sourceLocation) }
  return error
}
