import CHDF5
import Platform

/// Reads the bytes of a dataset's elements from front to back in little memory. The bytes are as stored, with the last axis
/// varying fastest.
///
/// If a dataset is in one piece and its file was opened for reading, the bytes come straight from the system, outside the lock of
/// this module, so that several threads read at once. Chunks pass through a buffer of whole chunks. The buffer spans as many
/// outermost positions as one chunk (at least about 1 MiB) and all of the further axes. This bounds the memory, unless a single
/// chunk is the whole dataset.
public struct SequentialReader: ~Copyable, Sendable {
  private let dataset: Dataset
  private let source: Source
  private var slab: [UInt8] = []
  private var slabPosition = 0
  /// The number of bytes of all elements.
  public let byteCount: Int
  /// The number of bytes that were already read.
  public private(set) var position = 0

  private enum Source {
    case file(Descriptor, byteOffset: Int)
    case slabs(SlabSequence)
    case whole
  }

  /// A reader at the beginning of the dataset.
  ///
  /// - Throws: ``HDF5Error`` with code `.typeMismatch` if the elements are references to bytes elsewhere, `.refused` if the
  ///   extents are too large for the stored bytes, `.corrupt` or `.inputOutput`.
  public init(_ dataset: consuming Dataset) throws {
    let byteCount = try withHDF5Lock {
      _ = try dataset.fixedSizeType()
      return try dataset.checkStored()
    }
    let source = try Self.source(of: dataset, byteCount: byteCount)
    self.dataset = dataset
    self.source = source
    self.byteCount = byteCount
  }

  private static func source(of dataset: borrowing Dataset, byteCount: Int) throws -> Source {
    switch try dataset.storage {
    case .contiguous(let byteOffset?) where !dataset.file.isWritable:
      .file(try dataset.file.duplicateDescriptor(), byteOffset: byteOffset)
    case .chunked(let chunks, _) where !dataset.dimensions.isEmpty && byteCount > 0:
      .slabs(SlabSequence(dataset.dimensions, chunks: chunks, elementByteCount: dataset.datatype.byteCount))
    default: .whole
    }
  }

  /// Reads the next bytes and fills the buffer.
  ///
  /// - Precondition: At least as many bytes as fill the buffer are left.
  /// - Throws: ``HDF5Error`` with code `.truncated`, `.corrupt` or `.inputOutput`, or `.refused` if a row of chunks needs more
  ///   memory than the machine has.
  public mutating func read(into destination: UnsafeMutableRawBufferPointer) throws {
    precondition(destination.count <= byteCount - position)
    if case .file(let descriptor, let byteOffset) = source {
      try readFile(descriptor, at: byteOffset + position, into: destination)
      position += destination.count
      return
    }
    var rest = destination
    while !rest.isEmpty {
      if slabPosition == slab.count { try fillSlab() }
      let count = min(rest.count, slab.count - slabPosition)
      slab.withUnsafeBytes {
        rest.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[slabPosition...].prefix(count)))
      }
      slabPosition += count
      position += count
      rest = UnsafeMutableRawBufferPointer(rebasing: rest.dropFirst(count))
    }
  }

  private func readFile(
    _ descriptor: Descriptor, at offset: Int, into destination: UnsafeMutableRawBufferPointer
  ) throws {
    let count: Int
    do throws(SystemError) {
      count = try descriptor.read(into: destination, at: offset)
    } catch {
      throw dataset.location.error(.inputOutput, "the elements cannot be read", reason: error)
    }
    guard count == destination.count else {
      throw dataset.location.error(.truncated, "the file ends before the elements do")
    }
  }

  /// Reads the slab that begins at the current position.
  private mutating func fillSlab() throws {
    var selection: Hyperslab?
    var count = byteCount
    if case .slabs(let slabs) = source {
      let slab = slabs.slab(at: position / dataset.datatype.byteCount)
      selection = slab
      count = slab.count.reduce(dataset.datatype.byteCount, *)
    }
    // Refuses the read before memory is allocated.
    try withHDF5Lock { try dataset.checkReadable(selection) }
    if slab.count != count { slab = [UInt8](repeating: 0, count: count) }
    slabPosition = 0
    try slab.withUnsafeMutableBytes { try dataset.readBytes(into: $0, from: selection) }
  }
}
