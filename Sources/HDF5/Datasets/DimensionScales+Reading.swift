import CHDF5

extension Dataset {
  /// The objects that name each axis of this dataset; nil if it has no list of dimension scales.
  ///
  /// HDF5 stores no checksum for these references, so a damaged reference can lead anywhere. They are not followed here.
  ///
  /// - Throws: ``HDF5Error`` with code `.typeMismatch` if the attribute `DIMENSION_LIST` is not a list of references for each
  ///   axis, or `.corrupt`.
  package func dimensionScales() throws -> [[ObjectIdentity]]? {
    try withHDF5Lock { () throws -> [[ObjectIdentity]]? in
      guard try location.hasAttribute("DIMENSION_LIST") else { return nil }
      let attribute = try Attribute(opening: "DIMENSION_LIST", of: location)
      let type = try Handle(sharing: SharedTypes.listOfReferences, for: location)
      guard attribute.dimensions == [dimensions.count], try attribute.has(type: type.identifier) else {
        throw location.error(
          .typeMismatch, "the attribute \"DIMENSION_LIST\" is not a list of references for each axis")
      }
      return try attribute.references(as: type.identifier)
    }
  }
}

extension Attribute {
  /// Whether the elements are stored with the given type of the library.
  fileprivate func has(type: hid_t) throws -> Bool {
    let stored = try Handle(
      H5Aget_type(handle.identifier),
      orThrow: location.failure(.corrupt, "the type of the attribute \"\(name)\" cannot be read"))
    return H5Tequal(stored.identifier, type) > 0
  }

  /// The targets of elements that are lists of references.
  fileprivate func references(as type: hid_t) throws -> [[ObjectIdentity]] {
    let space = try Handle(
      H5Aget_space(handle.identifier),
      orThrow: location.failure(.corrupt, "the extents of the attribute \"\(name)\" cannot be read"))
    return try withUnsafeTemporaryAllocation(of: hvl_t.self, capacity: count) { lists in
      lists.initialize(repeating: hvl_t(len: 0, p: nil))
      try read(into: lists.baseAddress!, as: type)
      defer { _ = H5Dvlen_reclaim(type, space.identifier, chdf5_default_properties(), lists.baseAddress!) }
      return lists.map { list in
        guard let references = list.p?.assumingMemoryBound(to: hobj_ref_t.self) else { return [] }
        return (0..<list.len).map { ObjectIdentity((UInt64(references[$0]), 0)) }
      }
    }
  }
}
