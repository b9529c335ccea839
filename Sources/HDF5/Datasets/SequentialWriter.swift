import CHDF5
import Platform

/// Writes the bytes of a dataset's elements from front to back in little memory. The bytes are as stored, with the last axis
/// varying fastest.
///
/// If a dataset in one piece already has its place in the file (`DatasetOptions.allocatesEarly`), the bytes go straight to the
/// system, outside the lock of this module. Chunks are collected one row at a time, as `SequentialReader` reads them. Other
/// datasets are collected completely before they are written.
public struct SequentialWriter: ~Copyable {
  private let dataset: Dataset
  private let target: Target
  private var slab: [UInt8] = []
  /// The number of bytes of all elements.
  public let byteCount: Int
  /// The number of bytes that were already given.
  public private(set) var position = 0

  private enum Target {
    case file(Descriptor, byteOffset: Int)
    case slabs(SlabSequence)
    case whole
  }

  /// A writer at the beginning of the dataset.
  ///
  /// - Throws: ``HDF5Error`` with code `.typeMismatch` if elements are references to bytes elsewhere, `.permissionDenied` or
  ///   `.inputOutput`.
  public init(_ dataset: consuming Dataset) throws {
    try withHDF5Lock {
      try dataset.location.checkWritable()
      _ = try dataset.fixedSizeType()
    }
    let target = try Self.target(of: dataset)
    byteCount = dataset.count * dataset.datatype.byteCount
    self.dataset = dataset
    self.target = target
  }

  private static func target(of dataset: borrowing Dataset) throws -> Target {
    switch try dataset.storage {
    case .contiguous(let byteOffset?): .file(try dataset.file.duplicateDescriptor(), byteOffset: byteOffset)
    case .chunked(let chunks, _) where dataset.count > 0:
      .slabs(SlabSequence(dataset.dimensions, chunks: chunks, elementByteCount: dataset.datatype.byteCount))
    default: .whole
    }
  }

  /// Writes the next bytes.
  ///
  /// - Precondition: The dataset still misses at least this number of bytes.
  /// - Throws: ``HDF5Error`` with code `.inputOutput`.
  public mutating func write(_ bytes: UnsafeRawBufferPointer) throws {
    precondition(bytes.count <= byteCount - position)
    if case .file(let descriptor, let byteOffset) = target {
      try writeFile(bytes, descriptor, at: byteOffset + position)
      position += bytes.count
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
        try dataset.writeBytes(slab, to: selection)
        slab.removeAll(keepingCapacity: true)
      }
    }
  }

  /// The dataset, after all of its elements were written.
  public consuming func finish() -> Dataset {
    precondition(position == byteCount, "\(dataset.path): \(position) bytes of \(byteCount) were written")
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
