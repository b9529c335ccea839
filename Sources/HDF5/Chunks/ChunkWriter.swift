/// Compresses the chunks of a dataset on other threads, and writes them in order. The elements of each chunk are consecutive in the
/// row-major order of the dataset.
struct ChunkWriter {
  let chunks: SlabSequence
  private let coding: ChunkCoding
  private var tasks = OrderedTasks<[UInt8]?>()
  private var starts: [[Int]] = []

  /// Creates a writer before the first chunk; nil if only the library can write the dataset.
  init?(_ dataset: borrowing Dataset) {
    guard case .chunked(let extents, _) = dataset.layout,
      let chunks = SlabSequence(dataset.dimensions, chunks: extents),
      let coding = ChunkCoding(dataset.layout, elementByteCount: dataset.datatype.byteCount)
    else { return nil }
    self.chunks = chunks
    self.coding = coding
  }

  /// Adds the elements of the next chunk.
  mutating func add(_ bytes: [UInt8], at start: [Int], to dataset: borrowing Dataset) throws {
    if tasks.isFull { try writeNext(to: dataset) }
    starts.append(start)
    tasks.add { [coding] in coding.encoded(bytes) }
  }

  /// Writes all chunks that are still in memory.
  mutating func finish(_ dataset: borrowing Dataset) throws { while !tasks.isEmpty { try writeNext(to: dataset) } }

  private mutating func writeNext(to dataset: borrowing Dataset) throws {
    guard let stored = tasks.next() ?? nil else {
      throw dataset.location.error(.inputOutput, "there is not enough memory to compress the elements")
    }
    try dataset.writeChunk(stored, at: starts.removeFirst())
  }
}
