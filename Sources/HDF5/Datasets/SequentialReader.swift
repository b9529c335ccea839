import CHDF5
import Platform

/// Reads the bytes of a dataset's elements front to back, as stored and with the last axis fastest, in little memory.
///
/// What lies in one piece in a file opened for reading comes straight from the system, outside the lock of this module, so that
/// several threads read at once. Chunks pass through a buffer of whole ones: as many of the outermost positions as one chunk spans
/// (at least about 1 MiB), complete along all further axes. Memory is bounded by that, and by nothing better where one chunk is
/// the whole dataset.
public struct SequentialReader: ~Copyable, Sendable {
  private let dataset: Dataset
  private let source: Source
  private var slab: [UInt8] = []
  private var slabPosition = 0
  /// The number of bytes of all elements.
  public let byteCount: Int
  /// The number of bytes that were read already.
  public private(set) var position = 0

  private enum Source {
    case file(Descriptor, byteOffset: Int)
    case slabs(SlabSequence)
    case whole
  }

  /// A reader that stands at the beginning.
  ///
  /// - Throws: ``HDF5Error`` with code `.typeMismatch` if elements are references to bytes elsewhere, `.refused` if the
  ///   extents are out of proportion to what is stored, `.corrupt` or `.inputOutput`.
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

  /// Reads the next bytes, as many as the buffer has room for.
  ///
  /// - Precondition: So many are left.
  /// - Throws: ``HDF5Error`` with code `.truncated`, `.corrupt` or `.inputOutput`, or `.refused` if a row of chunks needs more
  ///   memory than there is.
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

  /// Reads the slab that begins at the position.
  private mutating func fillSlab() throws {
    var selection: Hyperslab?
    var count = byteCount
    if case .slabs(let slabs) = source {
      let slab = slabs.slab(at: position / dataset.datatype.byteCount)
      selection = slab
      count = slab.count.reduce(dataset.datatype.byteCount, *)
    }
    // Refuse before the memory is asked for.
    try withHDF5Lock { try dataset.checkReadable(selection) }
    if slab.count != count { slab = [UInt8](repeating: 0, count: count) }
    slabPosition = 0
    try slab.withUnsafeMutableBytes { try dataset.readBytes(into: $0, from: selection) }
  }
}
