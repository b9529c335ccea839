import CHDF5
import Platform

/// The storage of a dataset's elements in the file.
public enum Storage: Hashable, Sendable {
  /// As a single block of bytes, at an offset from the beginning of the file. The offset is nil if no space is allocated yet.
  case contiguous(byteOffset: Int?)
  /// In chunks. When a chunk is written, it passes through the filters in order.
  case chunked(dimensions: [Int], filters: [Filter])
  /// Inside the header of the dataset.
  case compact
}

/// A step that converts between the elements of a chunk and their bytes in the file.
public struct Filter: Hashable, Sendable {
  /// The registered numbers of the filters that checkpoints use.
  static let deflate = 1
  static let shuffle = 2

  /// The registered number of the filter: 1 deflate, 2 shuffle, 3 Fletcher-32.
  public let identifier: Int
  /// The name of the filter in the library or in the file.
  public let name: String
  /// Its parameters, such as the level of compression.
  public let parameters: [UInt32]

  static let fletcher32 = 3
  /// The filters that this module reads. Other filters run code of the library that trusts the parameters in the file, so they are
  /// refused.
  static let read = [deflate, shuffle, fletcher32]
}

/// The layout of a dataset's elements. It never changes.
enum Layout: Hashable, Sendable {
  case contiguous
  case chunked(dimensions: [Int], filters: [Filter])
  case compact

  var isChunked: Bool { if case .chunked = self { true } else { false } }

  /// The layout of an open dataset. Call it under the lock.
  init(of dataset: hid_t, rank: Int, at location: Location) throws {
    let properties = try Handle(
      H5Dget_create_plist(dataset), orThrow: location.failure(.corrupt, "the dataset's storage cannot be read"))
    try self.init(properties.identifier, rank: rank, at: location)
  }

  /// The layout in a dataset's property list. Call it under the lock.
  init(_ properties: hid_t, rank: Int, at location: Location) throws {
    switch H5Pget_layout(properties) {
    case H5D_COMPACT: self = .compact
    case H5D_CONTIGUOUS: self = .contiguous
    case H5D_CHUNKED:
      var extents = [hsize_t](repeating: 0, count: DataspaceStructure.largestRank)
      guard Int(H5Pget_chunk(properties, CInt(extents.count), &extents)) == rank else {
        throw location.failure(.corrupt, "the chunks' extents cannot be read")
      }
      self = .chunked(
        dimensions: extents.prefix(rank).map { Int(clamping: $0) },
        filters: try Dataset.filters(properties, at: location))
    default: throw location.failure(.corrupt, "the dataset's storage cannot be read")
    }
  }
}

extension Dataset {
  /// The current storage of the elements.
  ///
  /// - Throws: ``HDF5Error`` with code `.corrupt`.
  public var storage: Storage {
    get throws {
      try withHDF5Lock {
        try file.checkUsable()
        switch layout {
        case .compact: return .compact
        case .contiguous:
          let offset = H5Dget_offset(handle.identifier)
          return .contiguous(byteOffset: offset == chdf5_undefined_address() ? nil : Int(exactly: offset))
        case .chunked(let dimensions, let filters): return .chunked(dimensions: dimensions, filters: filters)
        }
      }
    }
  }

  /// The number of bytes in the file that hold elements, after compression and other filters.
  ///
  /// - Throws: ``HDF5Error`` with code `.corrupt`.
  public var storedByteCount: Int {
    get throws {
      try withHDF5Lock {
        try file.checkUsable()
        // Zero means either no storage or a failure. The library does not tell these cases apart.
        return Int(clamping: H5Dget_storage_size(handle.identifier))
      }
    }
  }

  /// The number of chunks that were never written, or 1 if no space is allocated for contiguous elements. This happens if a
  /// writer stopped early. The missing elements are read as a fill value, usually 0. If the HDF5 library is older than 1.10.5,
  /// it cannot count chunks, and the number is 0.
  ///
  /// - Throws: ``HDF5Error`` with code `.corrupt`.
  /// - Complexity: O(chunks).
  public var unwrittenChunkCount: Int {
    get throws {
      guard count > 0 else { return 0 }
      switch try storage {
      case .compact: return 0
      case .contiguous(let byteOffset): return byteOffset == nil ? 1 : 0
      case .chunked(let extents, _):
        let chunkCount = zip(dimensions, extents).reduce(1) { $0 * $1.0.dividedRoundingUp(by: $1.1) }
        return try withHDF5Lock {
          let space = try Handle(
            H5Dget_space(handle.identifier), orThrow: location.failure(.corrupt, "the dataset's extents cannot be read")
          )
          var written = hsize_t(chunkCount)
          try location.check(
            chdf5_written_chunk_count(handle.identifier, space.identifier, &written), or: .corrupt,
            "the dataset's chunks cannot be counted")
          return max(0, chunkCount - Int(clamping: written))
        }
      }
    }
  }

  fileprivate static func filters(_ properties: hid_t, at location: Location) throws -> [Filter] {
    let count = H5Pget_nfilters(properties)
    guard count >= 0 else { throw location.failure(.corrupt, "the filters cannot be read") }
    return try (0..<count).map { index in
      var flags: UInt32 = 0
      var parameterCount = 32
      var parameters = [UInt32](repeating: 0, count: parameterCount)
      var name = [CChar](repeating: 0, count: 128)
      let identifier = H5Pget_filter2(
        properties, UInt32(index), &flags, &parameterCount, &parameters, name.count, &name, nil)
      guard identifier >= 0 else { throw location.failure(.corrupt, "the filters cannot be read") }
      name[name.count - 1] = 0
      return Filter(
        identifier: Int(identifier), name: name.withUnsafeBufferPointer { String(cString: $0.baseAddress!) },
        parameters: Array(parameters.prefix(parameterCount)))
    }
  }

  /// Refuses storage outside of this file, and filters that this module does not support.
  static func refuseForeignStorage(_ properties: hid_t, at location: Location) throws {
    let layout = H5Pget_layout(properties)
    if layout == H5D_VIRTUAL {
      throw location.error(.refused, "is a virtual dataset, whose elements are in other files; copy them into this one")
    }
    if layout == H5D_CONTIGUOUS, H5Pget_external_count(properties) != 0 {
      throw location.error(.refused, "keeps its elements in external files; copy them into this one")
    }
    guard layout == H5D_CHUNKED else { return }
    for filter in try filters(properties, at: location) where !Filter.read.contains(filter.identifier) {
      let name = filter.name.isEmpty ? "an unknown filter" : filter.name.uppercased()
      throw location.error(
        .refused,
        "is stored with \(name) (HDF5 filter \(filter.identifier)), which is not supported; write the dataset again with gzip "
          + "(compression=\"gzip\" in h5py) or without compression")
    }
  }
}
