import Platform

/// Writes files that are not HDF5 files, such as pages and pictures.
enum TextFile {
  /// Writes a file completely or not at all.
  ///
  /// - Throws: `FileError`.
  static func write(_ text: String, to path: String) throws { try write(Array(text.utf8), to: path) }

  /// Writes a file completely or not at all.
  ///
  /// - Throws: `FileError`.
  static func write(_ bytes: [UInt8], to path: String) throws {
    try AtomicFile.write(to: path) { temporary in try WritableFile.write([bytes], to: temporary) }
  }
}
