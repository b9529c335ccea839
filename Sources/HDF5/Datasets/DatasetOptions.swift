import CHDF5

/// The storage of a new dataset.
public struct DatasetOptions: Hashable, Sendable {
  /// The extents of a chunk, one for each axis; nil stores a contiguous dataset.
  public var chunkDimensions: [Int]?
  /// Whether the bytes of a chunk's numbers are grouped by their position in the number. This improves compression.
  public var shuffles: Bool
  /// The level of deflate compression, 0 to 9; nil for no compression.
  public var deflateLevel: Int?
  /// Whether space in the file is allocated when the dataset is created. Otherwise, it is allocated when the dataset is written.
  public var allocatesEarly: Bool

  /// Creates storage options. By default, a dataset is contiguous, and its space is allocated when it is written.
  ///
  /// Elements that are never written have undefined values. Texts of variable length are empty.
  public init(
    chunkDimensions: [Int]? = nil, shuffles: Bool = false, deflateLevel: Int? = nil, allocatesEarly: Bool = false
  ) {
    self.chunkDimensions = chunkDimensions
    self.shuffles = shuffles
    self.deflateLevel = deflateLevel
    self.allocatesEarly = allocatesEarly
  }

  /// Options for shuffled and compressed chunks of about 1 MiB. The elements of a chunk are consecutive in row-major order.
  ///
  /// A dataset without axes or without elements is stored without chunks.
  public static func compressed(_ dimensions: [Int], of datatype: Datatype, level: Int) -> DatasetOptions {
    guard !dimensions.isEmpty, !dimensions.contains(0) else { return DatasetOptions(allocatesEarly: true) }
    let slabs = SlabSequence(
      dimensions, chunks: dimensions.map { _ in 1 }, elementByteCount: datatype.byteCount)
    return DatasetOptions(chunkDimensions: slabs.extents, shuffles: true, deflateLevel: level)
  }

  /// The library's property list. Call it under the lock.
  ///
  /// - Throws: `.shapeMismatch` for chunks or filters that do not fit the dataset.
  func makeHandle(_ dimensions: [Int], datatype: Datatype, for location: Location) throws -> Handle {
    let shared = allocatesEarly ? SharedProperties.earlyDatasetCreation : SharedProperties.datasetCreation
    // Texts of variable length are references. If a text is never written, its reference must be filled with zeros.
    let fills = if case .variableString = datatype { true } else { false }
    if chunkDimensions == nil, !shuffles, deflateLevel == nil, !fills {
      return try Handle(sharing: shared, for: location)
    }
    let properties = try Handle(
      H5Pcopy(shared), orThrow: location.failure(.libraryFailure, "no property list"))
    let identifier = properties.identifier
    if fills {
      try location.check(
        H5Pset_fill_time(identifier, H5D_FILL_TIME_ALLOC), "could not set when fill values are written")
    }
    guard let chunkDimensions else {
      guard !shuffles, deflateLevel == nil else {
        throw location.error(.shapeMismatch, "only datasets stored in chunks can be shuffled or compressed")
      }
      return properties
    }
    guard
      chunkDimensions.count == dimensions.count, !dimensions.isEmpty,
      zip(chunkDimensions, dimensions).allSatisfy({ $0 >= 1 && $0 <= max($1, 1) }),
      let count = Dataspace.elementCount(of: chunkDimensions),
      // The format stores the size of a chunk in 32 bits.
      count <= Int(UInt32.max) / datatype.byteCount
    else {
      throw location.error(
        .shapeMismatch, "chunks of \(chunkDimensions) do not fit a dataset of \(dimensions), or are larger than 4 GiB")
    }
    try location.check(
      H5Pset_chunk(identifier, CInt(chunkDimensions.count), chunkDimensions.map { hsize_t($0) }),
      "could not set the chunks")
    if shuffles { try location.check(H5Pset_shuffle(identifier), "could not add the shuffle filter") }
    if let deflateLevel {
      guard (0...9).contains(deflateLevel) else {
        throw location.error(.shapeMismatch, "the level of compression is \(deflateLevel), but it must be from 0 to 9")
      }
      try location.check(H5Pset_deflate(identifier, UInt32(deflateLevel)), "could not add the deflate filter")
    }
    return properties
  }
}
