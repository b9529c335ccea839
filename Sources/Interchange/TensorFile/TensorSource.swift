import Tensors

/// Reads the elements of the tensors of a file.
package protocol TensorSource: Sendable {
  /// Calls a closure with a tensor's elements in blocks of whole elements: little-endian, in row-major order.
  ///
  /// - Parameter index: The index of the tensor among the file's entries.
  /// - Throws: `InterchangeError` with code `.malformed` or `.inputOutput`; the errors of the closure.
  func read(_ index: Int, _ body: (UnsafeRawBufferPointer) throws -> Void) throws
}

/// The content of a tensor file, as the reader of its format finds it.
package struct TensorContent {
  package var format: FileFormat
  package var entries: [TensorFile.Entry]
  package var skipped: [TensorFile.Skipped]
  package var metadata: [Name: String]
  package var notes: [String]
  package var source: any TensorSource

  package init(
    format: FileFormat, entries: [TensorFile.Entry], skipped: [TensorFile.Skipped] = [], metadata: [Name: String] = [:],
    notes: [String] = [], source: any TensorSource
  ) {
    (self.format, self.entries, self.skipped) = (format, entries, skipped)
    (self.metadata, self.notes, self.source) = (metadata, notes, source)
  }
}

/// Joins the sources of several files into one, for a model whose tensors are in several files.
struct JoinedSource: TensorSource {
  /// The source of each tensor, and its index in this source.
  let places: [(source: any TensorSource, index: Int)]

  func read(_ index: Int, _ body: (UnsafeRawBufferPointer) throws -> Void) throws {
    try places[index].source.read(places[index].index, body)
  }
}
