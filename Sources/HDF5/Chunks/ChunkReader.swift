/// Reads a dataset chunk by chunk, and expands the next chunks on other threads. The elements of each chunk are consecutive in the
/// row-major order of the dataset.
struct ChunkReader: Sendable {
  private let chunks: SlabSequence
  private let coding: ChunkCoding
  private var tasks = OrderedTasks<[UInt8]?>()
  private var requestedCount = 0

  /// Creates a reader at the first chunk; nil if only the library can read the dataset.
  init?(_ dataset: borrowing Dataset) {
    guard !dataset.file.isWritable, case .chunked(let extents, _) = dataset.layout,
      let chunks = SlabSequence(dataset.dimensions, chunks: extents),
      let coding = ChunkCoding(dataset.layout, elementByteCount: dataset.datatype.byteCount)
    else { return nil }
    self.chunks = chunks
    self.coding = coding
  }

  /// The elements of the next chunk. The library reads damaged and unusual chunks, because it can name the fault.
  mutating func next(of dataset: borrowing Dataset, at position: Int) throws -> [UInt8] {
    while !tasks.isFull, requestedCount < dataset.count {
      let chunk = chunks.slab(at: requestedCount)
      let elementCount = chunk.count.reduce(1, *)
      let byteCount = elementCount * dataset.datatype.byteCount
      requestedCount += elementCount
      // A deflated chunk is never much larger than the original.
      let stored = try dataset.storedChunk(at: chunk.start, atMost: 2 * coding.byteCount + 1024)
      tasks.add { [coding] in
        guard var bytes = stored.flatMap(coding.decoded) else { return nil }
        if bytes.count > byteCount { bytes.removeLast(bytes.count - byteCount) }
        return bytes
      }
    }
    if let bytes = tasks.next() ?? nil { return bytes }
    let chunk = chunks.slab(at: position / dataset.datatype.byteCount)
    try withHDF5Lock { try dataset.checkReadable(chunk) }
    var bytes = [UInt8](repeating: 0, count: chunk.count.reduce(dataset.datatype.byteCount, *))
    try bytes.withUnsafeMutableBytes { try dataset.readBytes(into: $0, from: chunk) }
    return bytes
  }
}
