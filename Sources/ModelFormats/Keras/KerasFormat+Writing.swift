import ComputationGraphs
import HDF5
import Interchange
import JSON
import Names
import Platform

extension KerasFormat {
  /// Writes a model that came from Keras as a file that Keras loads.
  ///
  /// The extension of the path chooses the format: `.keras` is an archive, `.weights.h5` has only the weights, and `.h5` and
  /// `.hdf5` are full legacy files. Unchanged weights keep their bits. The moving variance of a normalization with changed
  /// statistics is σ² − ε.
  ///
  /// - Throws: `ModelFormatError` with code `.notRepresentable` if the model did not come from Keras, or no longer fits its
  ///   configuration, or if the variance of a normalization is beyond the range of its type; `.inputOutput` if the file cannot be
  ///   written.
  public static func write(_ model: Model, to path: String) throws(ModelFormatError) {
    try ModelFormatError.about(path) {
      let export = try KerasExport(model, path: path)
      do {
        try AtomicFile.write(to: path) { temporary in
          if path.hasSuffix(".keras") {
            try write(export, asArchive: temporary)
          } else {
            let file = try HDF5.File(creating: temporary, options: HDF5.File.CreationOptions(replacesExisting: true))
            if path.hasSuffix(".weights.h5") {
              try export.writeGroups(to: file)
            } else if path.hasSuffix(".h5") || path.hasSuffix(".hdf5") {
              try export.writeLegacyModel(to: file)
            } else {
              throw KerasProblem(
                .notRepresentable,
                "the name of a Keras file must end in .keras, .weights.h5, .h5 or .hdf5; rename the output")
            }
            try file.close()
          }
          try export.checkReadsBack(temporary, isArchive: path.hasSuffix(".keras"))
        }
      } catch let error as HDF5Error {
        throw KerasProblem(.inputOutput, "the file cannot be written: \(error.explanation)")
      } catch let error as FileError {
        throw KerasProblem(.inputOutput, error.message)
      }
    }
  }

  /// Writes a `.keras` archive with its three members: metadata, configuration and weights.
  private static func write(_ export: KerasExport, asArchive path: String) throws {
    // The HDF5 library can only write files, so the weights are first written to a temporary file.
    let temporary = try TemporaryFile(keepsName: true)
    let weights = try HDF5.File(creating: temporary.path, options: HDF5.File.CreationOptions(replacesExisting: true))
    try export.writeGroups(to: weights)
    try weights.close()
    // The time of writing is left out, so that equal models give equal files.
    let metadata: JSONValue = [
      "keras_version": .text(export.document.version ?? "\(export.document.majorVersion).0.0"),
      "date_saved": .text("1980-01-01@00:00:00"),
    ]
    var archive = try ZipWriter(creating: path)
    try archive.add("metadata.json", text: metadata.jsonText())
    try archive.add("config.json", text: export.document.archiveConfiguration().jsonText())
    let file = try ReadableFile(temporary, path: "\(path):model.weights.h5")
    try archive.add("model.weights.h5", byteCount: file.byteCount) { write in
      var position = 0
      while position < file.byteCount {
        let block = try file.read(at: position, count: min(1 << 20, file.byteCount - position))
        try block.withUnsafeBytes(write)
        position += block.count
      }
    }
    try archive.finish()
  }
}

extension ZipWriter {
  /// Adds a member that contains text.
  fileprivate mutating func add(_ name: Name, text: String) throws {
    var text = text
    try text.withUTF8 { bytes in
      try add(name, byteCount: bytes.count) { write in try write(UnsafeRawBufferPointer(bytes)) }
    }
  }
}
