import CHDF5
import Platform

/// Writes the bytes of a dataset's elements from front to back, with little memory. The bytes are as stored, with the last axis
/// varying fastest.
///
/// If space in the file is already allocated for a contiguous dataset (`DatasetOptions.allocatesEarly`), the bytes go straight
/// to the system, outside the lock of this module. Without allocated space, such a dataset is collected completely before it is
/// written. Shuffled and deflated chunks are compressed on several threads. All other chunks are collected one row at a time, as in
/// `SequentialReader`.
public struct SequentialWriter: ~Copyable {
  private let dataset: Dataset
  private let target: Target
  private var slab: [UInt8] = []
  private var startedPosition = 0
  /// The number of bytes after which the system is asked to begin writing to the disk.
  private static let startedByteCount = 8 << 20
  /// The number of bytes of all elements.
  public let byteCount: Int
  /// The number of bytes that were already given.
  public private(set) var position = 0

  private var chunkWriter: ChunkWriter?

  private enum Target {
    case file(Descriptor, byteOffset: Int)
    case slabs(SlabSequence)
    case whole
  }

  /// Creates a writer that begins at the first element of a dataset.
  ///
  /// - Throws: ``HDF5Error`` with code `.typeMismatch` if elements are references to bytes elsewhere, `.permissionDenied` or
  ///   `.inputOutput`.
  public init(_ dataset: consuming Dataset) throws {
    try withHDF5Lock {
      try dataset.location.checkWritable()
      _ = try dataset.fixedSizeType()
    }
    chunkWriter = ChunkWriter(dataset)
    let target = try chunkWriter.map { .slabs($0.chunks) } ?? Self.target(of: dataset)
    byteCount = dataset.count * dataset.datatype.byteCount
    self.dataset = dataset
    self.target = target
  }

  private static func target(of dataset: borrowing Dataset) throws -> Target {
    switch try dataset.storage {
    case .contiguous(let byteOffset?): .file(try dataset.file.sharedDescriptor(), byteOffset: byteOffset)
    case .chunked(let chunks, _) where dataset.count > 0:
      .slabs(SlabSequence(dataset.dimensions, chunks: chunks, elementByteCount: dataset.datatype.byteCount))
    default: .whole
    }
  }

  /// Writes the next bytes.
  ///
  /// - Precondition: At least this number of bytes is still missing in the dataset.
  /// - Throws: ``HDF5Error`` with code `.inputOutput`.
  public mutating func write(_ bytes: UnsafeRawBufferPointer) throws {
    precondition(bytes.count <= byteCount - position)
    if case .file(let descriptor, let byteOffset) = target {
      try writeFile(bytes, descriptor, at: byteOffset + position)
      position += bytes.count
      if position - startedPosition >= Self.startedByteCount {
        descriptor.startSynchronizing(byteOffset + startedPosition..<byteOffset + position)
        startedPosition = position
      }
      return
    }
    var rest = bytes
    while !rest.isEmpty {
      let start = (position - slab.count) / dataset.datatype.byteCount
      var selection: Hyperslab?
      if case .slabs(let slabs) = target { selection = slabs.slab(at: start) }
      let slabByteCount = selection?.count.reduce(dataset.datatype.byteCount, *) ?? byteCount
      let count = min(rest.count, slabByteCount - slab.count)
      slab += rest.prefix(count)
      position += count
      rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(count))
      if slab.count == slabByteCount {
        try writeSlab(to: selection)
      }
    }
  }

  private mutating func writeSlab(to selection: Hyperslab?) throws {
    if let selection, chunkWriter != nil {
      try chunkWriter?.add(slab, at: selection.start, to: dataset)
      slab = []
      slab.reserveCapacity(min(byteCount - position, selection.count.reduce(dataset.datatype.byteCount, *)))
    } else {
      try dataset.writeBytes(slab, to: selection)
      slab.removeAll(keepingCapacity: true)
    }
  }

  /// Finishes writing, after all bytes were given, and returns the dataset.
  ///
  /// - Throws: ``HDF5Error`` with code `.inputOutput`.
  public consuming func finish() throws -> Dataset {
    precondition(position == byteCount, "\(dataset.path): \(position) bytes of \(byteCount) were written")
    try chunkWriter?.finish(dataset)
    return dataset
  }

  private func writeFile(_ bytes: UnsafeRawBufferPointer, _ descriptor: Descriptor, at offset: Int) throws {
    do throws(SystemError) {
      try descriptor.write(bytes, at: offset)
    } catch {
      throw dataset.location.error(.inputOutput, "the elements cannot be written", reason: error)
    }
  }
}
