import Tensors

/// Reads the elements of the tensors of a file.
protocol TensorSource: Sendable {
  /// Calls a closure with a tensor's elements in blocks of whole elements: little-endian, in row-major order.
  ///
  /// - Parameter index: The index of the tensor among the file's entries.
  /// - Throws: `InterchangeError` with code `.malformed` or `.inputOutput`; the errors of the closure.
  func read(_ index: Int, _ body: (UnsafeRawBufferPointer) throws -> Void) throws
}

/// The content of a tensor file, as the reader of its format finds it.
struct TensorContent {
  var format: FileFormat
  var entries: [TensorFile.Entry]
  var skipped: [TensorFile.Skipped] = []
  var metadata: [Name: String] = [:]
  var notes: [String] = []
  var source: any TensorSource
}

/// Joins the sources of several files into one, for a model whose tensors are in several files.
struct JoinedSource: TensorSource {
  /// The source of each tensor, and its index in this source.
  let places: [(source: any TensorSource, index: Int)]

  func read(_ index: Int, _ body: (UnsafeRawBufferPointer) throws -> Void) throws {
    try places[index].source.read(places[index].index, body)
  }
}
