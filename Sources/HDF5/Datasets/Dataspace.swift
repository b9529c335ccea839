import CHDF5

/// Converts the extents of datasets and attributes between Swift and the library.
enum Dataspace {
  /// Makes a dataspace, which never changes; empty dimensions make a scalar. Call it under the lock.
  ///
  /// - Throws: `.shapeMismatch` for extents that no dataset can have.
  static func makeHandle(_ dimensions: [Int], for location: Location) throws -> Handle {
    guard dimensions.count <= DataspaceStructure.largestRank, dimensions.allSatisfy({ $0 >= 0 }),
      elementCount(of: dimensions) != nil
    else {
      throw location.error(
        .shapeMismatch,
        "extents \(dimensions) are invalid: at most \(DataspaceStructure.largestRank) are allowed, each at least 0, with a "
          + "product below 2^63"
      )
    }
    guard !dimensions.isEmpty else {
      return try Handle(sharing: SharedTypes.scalar, for: location)
    }
    return try Handle(
      H5Screate_simple(CInt(dimensions.count), dimensions.map { hsize_t($0) }, nil),
      orThrow: location.failure(.libraryFailure, "could not make a dataspace of extents \(dimensions)"))
  }

  /// The extents of a dataspace: no extents for a scalar, a single 0 for an empty ("null") dataspace. Call it under the lock.
  static func dimensions(of space: hid_t, for location: Location) throws -> [Int] {
    if H5Sget_simple_extent_type(space) == H5S_NULL { return [0] }
    let rank = Int(H5Sget_simple_extent_ndims(space))
    guard rank >= 0 else { throw location.failure(.corrupt, "the extents cannot be read") }
    guard rank > 0 else { return [] }
    var extents = [hsize_t](repeating: 0, count: rank)
    guard H5Sget_simple_extent_dims(space, &extents, nil) >= 0 else {
      throw location.failure(.corrupt, "the extents cannot be read")
    }
    let dimensions = extents.compactMap { Int(exactly: $0) }
    guard dimensions.count == rank, elementCount(of: dimensions) != nil else {
      throw location.error(.corrupt, "extents \(extents) are beyond what a machine can address")
    }
    return dimensions
  }

  /// The product of extents; nil if it overflows.
  static func elementCount(of dimensions: [Int]) -> Int? {
    // If an extent is 0, the product is 0, even if other extents would overflow.
    if dimensions.contains(0) { return 0 }
    var count = 1
    for extent in dimensions {
      let (product, overflow) = count.multipliedReportingOverflow(by: extent)
      guard !overflow else { return nil }
      count = product
    }
    return count
  }
}
