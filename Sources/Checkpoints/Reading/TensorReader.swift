import ComputationGraphs
import HDF5
import Tensors

/// Reads one tensor of a checkpoint from front to back, block by block, and checks its digest at the end.
///
/// Memory holds one block and, for chunked storage, one row of chunks (see `SequentialReader`). Several threads may read
/// different tensors at once.
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

  private init(_ elements: consuming SequentialReader, _ entry: Contents.Entry, file: String) {
    elementCount = elements.byteCount / entry.type.byteCount
    self.elements = elements
    self.entry = entry
    self.file = file
    hasher = DigestHasher()
  }

  /// A reader at the first element of a tensor's dataset. The type and shape of the dataset are those of the entry.
  static func opening(
    _ dataset: consuming Dataset, _ entry: Contents.Entry, file: String
  ) throws(CheckpointError) -> TensorReader {
    let elements: SequentialReader
    do {
      elements = try SequentialReader(dataset)
    } catch {
      throw CheckpointError(about: file, error)
    }
    let reader = TensorReader(elements, entry, file: file)
    if reader.elementCount == 0 { try reader.checkDigest() }
    return reader
  }

  /// Reads the next elements, at most the given number, as a tensor with one axis. Returns nil after the last element. Elements of
  /// 16 bits become float32.
  ///
  /// - Throws: `CheckpointError` with code `.damaged` at the end if the digest differs from the table.
  public mutating func next(atMost count: Int = blockElementCount) throws(CheckpointError) -> Tensor? {
    precondition(count > 0)
    let count = min(count, elementCount - position)
    guard count > 0 else { return nil }
    return try next(count, shape: [count])
  }

  /// Reads the next elements in this machine's byte order and their own type, and fills the buffer.
  ///
  /// - Precondition: The buffer has room for whole elements, and the tensor has enough elements left to fill it.
  /// - Throws: The errors of `next(atMost:)`.
  public mutating func read(into destination: UnsafeMutableRawBufferPointer) throws(CheckpointError) {
    var rest = destination
    while !rest.isEmpty {
      let piece = UnsafeMutableRawBufferPointer(rebasing: rest.prefix(Self.hashedByteCount))
      do {
        try elements.read(into: piece)
      } catch {
        throw CheckpointError(about: file, error)
      }
      hasher.update(UnsafeRawBufferPointer(piece))
      rest = UnsafeMutableRawBufferPointer(rebasing: rest.dropFirst(piece.count))
    }
    if position == elementCount { try checkDigest() }
  }

  /// Reads a whole tensor.
  static func whole(
    _ dataset: consuming Dataset, _ entry: Contents.Entry, file: String
  ) throws(CheckpointError) -> Tensor {
    // Refuse the read before memory is allocated.
    try CheckpointError.about(file) { try dataset.checkReadable() }
    var reader = try TensorReader.opening(dataset, entry, file: file)
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
      try read(into: UnsafeMutableRawBufferPointer(UnsafeMutableBufferPointer(rebasing: buffer.prefix(count))))
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
