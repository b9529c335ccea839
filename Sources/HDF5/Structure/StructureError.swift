/// A fault in the structure of a file, found before the C library reads this part of the file.
struct StructureError: Error {
  /// `.corrupt` if the file contradicts itself, `.refused` for a part of HDF5 that is not read, `.truncated`, or `.inputOutput`.
  let code: HDF5Error.Code
  let message: String

  /// A contradiction.
  static func corrupt(_ message: String) -> StructureError { StructureError(code: .corrupt, message: message) }

  /// A part of the file that is not followed. The message says what to do.
  static func refused(_ message: String) -> StructureError { StructureError(code: .refused, message: message) }

  /// A rare part of HDF5.
  static func unread(_ message: String) -> StructureError {
    .refused("\(message), which is not read; write the file again, for example with h5repack or h5py")
  }
}

extension HDF5Error {
  /// The same fault with its place.
  init(_ error: StructureError, file: String, objectPath: String?) {
    self.init(error.code, error.message, file: file, objectPath: objectPath)
  }
}
