import ComputationGraphs
import HDF5
import Platform
import Tensors

/// Reads one tensor of a checkpoint from front to back, block by block, and checks its digest at the end.
///
/// Memory holds one block and, for chunked storage, one row of chunks (see `SequentialReader`). Several threads may read
/// different tensors at the same time.
public struct TensorReader: ~Copyable, Sendable {
  /// The default number of elements in a block: one or two MiB.
  public static let blockElementCount = 1 << 18
  /// The number of bytes that are read before they are hashed, so that they are still in a cache.
  private static let hashedByteCount = 1 << 18

  /// The tensor's entry in the table of contents.
  public let entry: Contents.Entry
  /// The number of elements.
  public let elementCount: Int
  private let file: String
  private var elements: SequentialReader
  private var hasher: DigestHasher

  /// The number of elements that were already read.
  public var position: Int { elements.position / entry.type.byteCount }

  /// Creates a reader that begins at the first element of a tensor. The caller guarantees that the dataset has the type and shape of
  /// the entry.
  init(_ elements: consuming SequentialReader, _ entry: Contents.Entry, file: String) throws(CheckpointError) {
    elementCount = elements.byteCount / entry.type.byteCount
    self.elements = elements
    self.entry = entry
    self.file = file
    hasher = DigestHasher()
    if elementCount == 0 { try checkDigest() }
  }

  /// Reads the next elements, at most the given number, as a tensor with one axis. Returns nil after the last element. Elements of
  /// 16 bits become float32.
  ///
  /// - Throws: `CheckpointError` with code `.damaged` at the end if the digest differs from the table of contents.
  public mutating func next(atMost count: Int = blockElementCount) throws(CheckpointError) -> Tensor? {
    precondition(count > 0)
    let count = min(count, elementCount - position)
    guard count > 0 else { return nil }
    return try next(count, shape: [count])
  }

  /// Reads the next elements, and fills the buffer with them in this machine's byte order and in the stored type.
  ///
  /// - Precondition: The buffer has room for whole elements, and the tensor has enough elements left to fill it.
  /// - Throws: The errors of `next(atMost:)`.
  public mutating func read(into destination: UnsafeMutableRawBufferPointer) throws(CheckpointError) {
    var rest = destination
    while !rest.isEmpty {
      let piece = UnsafeMutableRawBufferPointer(rebasing: rest.prefix(Self.hashedByteCount))
      try fill(piece)
      hasher.update(UnsafeRawBufferPointer(piece))
      rest = UnsafeMutableRawBufferPointer(rebasing: rest.dropFirst(piece.count))
    }
    if position == elementCount { try checkDigest() }
  }

  private mutating func fill(_ bytes: UnsafeMutableRawBufferPointer) throws(CheckpointError) {
    do {
      try elements.read(into: bytes)
    } catch {
      throw CheckpointError(about: file, error)
    }
  }

  /// Passes the bytes of all remaining elements to a body, in pieces of whole elements that are still in a cache. The digest is
  /// known only after the last piece.
  ///
  /// - Parameter count: The greatest number of bytes of a piece, a multiple of 8.
  /// - Throws: The errors of `next(atMost:)` and of the body.
  mutating func forEachPiece(
    atMost count: Int = hashedByteCount, _ body: (UnsafeRawBufferPointer) throws -> Void
  ) throws {
    let byteCount = (elementCount - position) * entry.type.byteCount
    try withUnsafeTemporaryAllocation(byteCount: min(byteCount, Self.hashedByteCount), alignment: 64) { buffer in
      var rest = byteCount
      while rest > 0 {
        let block = UnsafeMutableRawBufferPointer(rebasing: buffer.prefix(rest))
        try fill(block)
        for start in stride(from: 0, to: block.count, by: count) {
          let piece = UnsafeRawBufferPointer(rebasing: block[start..<min(start + count, block.count)])
          hasher.update(piece)
          try body(piece)
        }
        rest -= block.count
      }
    }
    if byteCount > 0 { try checkDigest() }
  }

  /// The byte range of the elements in the file; nil if they are not contiguous.
  var place: ElementPlace? { elements.place }

  /// Reads all elements as they are stored.
  ///
  /// - Throws: The errors of `next(atMost:)`, and `CheckpointError` with code `.refused` if the machine does not have the memory.
  consuming func bytes() throws(CheckpointError) -> [UInt8] {
    do {
      try elements.checkReadable()
      return try next(elementCount * entry.type.byteCount, as: UInt8.self)
    } catch {
      throw CheckpointError(about: file, error)
    }
  }

  /// Reads a whole tensor.
  static func whole(
    _ elements: consuming SequentialReader, _ entry: Contents.Entry, file: String
  ) throws(CheckpointError) -> Tensor {
    // Refuse the tensor before memory is allocated.
    do { try elements.checkReadable() } catch { throw CheckpointError(about: file, error) }
    var reader = try TensorReader(elements, entry, file: file)
    return try reader.next(reader.elementCount, shape: Shape(entry.shape))
  }

  private mutating func next(_ count: Int, shape: Shape) throws(CheckpointError) -> Tensor {
    do {
      switch entry.type {
      case .float32: return try Tensor(next(count, as: Float.self), shape: shape)
      case .float64: return try Tensor(next(count, as: Double.self), shape: shape)
      case .float16: return try Tensor(next(count, as: HalfFloat.self).map(\.widened), shape: shape)
      case .bfloat16: return try Tensor(next(count, as: BrainFloat.self).map(\.widened), shape: shape)
      default: return try Tensor(next(count, as: Int64.self), shape: shape)
      }
    } catch {
      throw CheckpointError(about: file, error)
    }
  }

  private mutating func next<Element: BitwiseCopyable>(_ count: Int, as: Element.Type) throws -> [Element] {
    try [Element](unsafeUninitializedCapacity: count) { buffer, initializedCount in
      let elements = UnsafeMutableRawBufferPointer(UnsafeMutableBufferPointer(rebasing: buffer.prefix(count)))
      Memory.preferLargePages(for: elements)
      try read(into: elements)
      initializedCount = count
    }
  }

  private borrowing func checkDigest() throws(CheckpointError) {
    let digest = hasher.digest
    guard digest == entry.digest else {
      throw CheckpointError(damaged: entry.path, read: digest, recorded: entry.digest, file: file)
    }
  }
}
