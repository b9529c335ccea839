import CHDF5
import Platform

/// Reads the bytes of a dataset's elements from front to back, with little memory. The bytes are as stored, with the last axis
/// varying fastest.
///
/// If a dataset is contiguous and its file was opened for reading, the bytes come straight from the system, outside the lock of
/// this module, so that several threads can read at the same time. In such a file, deflated chunks of at most 16 MiB are expanded on
/// several threads, if the elements of each chunk are consecutive in the row-major order of the dataset. All other chunks are read
/// into a buffer, one row of chunks at a time. A row of chunks consists of all chunks at the same position of the first axis. If a
/// row is smaller than about 1 MiB, the buffer holds several rows. So the memory is limited, unless chunks span the whole first axis.
public struct SequentialReader: ~Copyable, Sendable {
  private let source: Source
  private var chunkReader: ChunkReader?
  private var slab: [UInt8] = []
  private var slabPosition = 0
  /// The number of bytes of all elements.
  public let byteCount: Int
  /// The number of bytes that were already read.
  public private(set) var position = 0

  /// Creates a reader that begins at the first element of a dataset.
  ///
  /// - Throws: ``HDF5Error`` with code `.typeMismatch` if the elements are references to bytes elsewhere, `.refused` if the
  ///   extents are too large for the stored bytes, `.corrupt` or `.inputOutput`.
  public init(_ dataset: consuming Dataset) throws {
    if let place = try dataset.place {
      self.init(place)
      return
    }
    let byteCount = try withHDF5Lock {
      _ = try dataset.fixedSizeType()
      return try dataset.checkStored()
    }
    if case .chunked(let chunks, _) = dataset.layout, !dataset.dimensions.isEmpty, byteCount > 0 {
      let slabs = SlabSequence(
        dataset.dimensions, chunks: chunks, elementByteCount: dataset.datatype.byteCount)
      let reader = ChunkReader(dataset)
      self.init(.slabs(SharedDataset(dataset), slabs), byteCount)
      chunkReader = reader
    } else {
      self.init(.whole(SharedDataset(dataset)), byteCount)
    }
  }

  private init(_ source: Source, _ byteCount: Int) {
    self.source = source
    self.byteCount = byteCount
  }

  /// Creates a reader that begins at the first element of a byte range in a file.
  public init(_ place: ElementPlace) {
    self.init(.place(place), place.byteCount)
  }

  /// Checks that the machine has the memory for all elements together. Call this before you allocate memory.
  ///
  /// - Throws: ``HDF5Error`` with code `.refused` if the memory does not suffice.
  public func checkReadable() throws {
    try source.checkReadable()
  }

  /// The byte range of the elements in the file; nil if they are not contiguous.
  public var place: ElementPlace? { if case .place(let place) = source { place } else { nil } }

  /// Reads the next bytes and fills the buffer.
  ///
  /// - Precondition: The number of bytes that are left is at least the size of the buffer.
  /// - Throws: ``HDF5Error`` with code `.truncated`, `.corrupt` or `.inputOutput`, or `.refused` if a row of chunks needs more
  ///   memory than the machine has.
  public mutating func read(into destination: UnsafeMutableRawBufferPointer) throws {
    precondition(destination.count <= byteCount - position)
    if case .place(let place) = source {
      try place.read(into: destination, from: position)
      position += destination.count
      return
    }
    var rest = destination
    while !rest.isEmpty {
      if slabPosition == slab.count {
        try fillSlab()
        slabPosition = 0
      }
      let count = min(rest.count, slab.count - slabPosition)
      slab.withUnsafeBytes {
        rest.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[slabPosition...].prefix(count)))
      }
      slabPosition += count
      position += count
      rest = UnsafeMutableRawBufferPointer(rebasing: rest.dropFirst(count))
    }
  }
}

extension SequentialReader {
  private mutating func fillSlab() throws {
    guard chunkReader != nil, case .slabs(let shared, _) = source else { return try source.fill(&slab, at: position) }
    // The old bytes are released before new bytes are read.
    slab = []
    slab = try chunkReader?.next(of: shared.dataset, at: position) ?? []
  }
}

/// The source of a reader's bytes.
private enum Source: Sendable {
  case place(ElementPlace)
  case slabs(SharedDataset, SlabSequence)
  case whole(SharedDataset)

  func checkReadable() throws {
    switch self {
    case .place(let place): if !Memory.canProvide(byteCount: place.byteCount) { throw place.tooLarge }
    case .slabs(let shared, _), .whole(let shared): try shared.dataset.checkReadable()
    }
  }

  /// Reads the slab that begins at a position.
  func fill(_ slab: inout [UInt8], at position: Int) throws {
    switch self {
    case .place: break
    case .slabs(let shared, let slabs):
      let selection = slabs.slab(at: position / shared.dataset.datatype.byteCount)
      let count = selection.count.reduce(shared.dataset.datatype.byteCount, *)
      try Self.fill(&slab, count, from: shared.dataset, selection)
    case .whole(let shared):
      try Self.fill(&slab, shared.dataset.count * shared.dataset.datatype.byteCount, from: shared.dataset, nil)
    }
  }

  private static func fill(
    _ slab: inout [UInt8], _ count: Int, from dataset: borrowing Dataset, _ selection: Hyperslab?
  ) throws {
    // Refuses the read before memory is allocated.
    try withHDF5Lock { try dataset.checkReadable(selection) }
    if slab.count != count { slab = [UInt8](repeating: 0, count: count) }
    try slab.withUnsafeMutableBytes { try dataset.readBytes(into: $0, from: selection) }
  }
}

/// A shared reference to a dataset, because a `Dataset` cannot be copied.
private final class SharedDataset: Sendable {
  let dataset: Dataset

  init(_ dataset: consuming Dataset) { self.dataset = dataset }
}
