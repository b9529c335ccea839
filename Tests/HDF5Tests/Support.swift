import HDF5
@_exported import TestSupport
import Testing

/// The path of a file written by tools/fixtures/hdf5.
func fixture(_ name: String) -> String { Repository.fixture("\(name).h5", of: "HDF5Tests") }

/// Expects an `HDF5Error` of a code whose description contains every text, and returns the error.
@discardableResult
func expectFailure<Result>(
  _ code: HDF5Error.Code, _ texts: String..., sourceLocation: SourceLocation = #_sourceLocation,
  _ body: () throws -> Result
) -> HDF5Error? {
  expectError(HDF5Error.self, mentioning: texts, sourceLocation: sourceLocation, body) { $0.code == code }
}
