/// A fault in the structure of a file, found before the C library reads this part of the file.
struct StructureError: Error {
  /// `.corrupt` if the file contradicts itself, `.refused` for an unsupported part of HDF5, `.truncated`, or `.inputOutput`.
  let code: HDF5Error.Code
  let message: String

  /// The error for a file that contradicts itself.
  static func corrupt(_ message: String) -> StructureError { StructureError(code: .corrupt, message: message) }

  /// The error for a part of the file that this module refuses to follow. The message says what to do.
  static func refused(_ message: String) -> StructureError { StructureError(code: .refused, message: message) }

  /// The error for a rare part of HDF5 that this module does not support.
  static func unread(_ message: String) -> StructureError {
    .refused("\(message), which is not supported; write the file again, for example with h5repack or h5py")
  }
}

extension HDF5Error {
  /// Converts a fault into an error about a file or an object in it.
  init(_ error: StructureError, file: String, objectPath: String?) {
    self.init(error.code, error.message, file: file, objectPath: objectPath)
  }
}
