import CHDF5

extension Dataset {
  /// Whether each axis is named by one dimension scale, as `attachDimensionScales(_:in:)` writes it.
  ///
  /// - Parameter names: For each axis, the name of its scale in the group.
  /// - Throws: ``HDF5Error`` with code `.noSuchObject`, `.typeMismatch` or `.corrupt`.
  package func isNamed(byDimensionScales names: [String], in group: borrowing Group) throws -> Bool {
    let root = group.location
    return try withHDF5Lock {
      let attribute = try Attribute(opening: "DIMENSION_LIST", of: location)
      guard attribute.count == names.count else { return false }
      let type = try Handle(
        H5Tvlen_create(chdf5_type_object_reference()),
        orThrow: location.failure(.libraryFailure, "could not make the type of a list of references"))
      let space = try Handle(
        H5Aget_space(attribute.handle.identifier),
        orThrow: location.failure(.corrupt, "the extents of \"DIMENSION_LIST\" cannot be read"))
      return try withUnsafeTemporaryAllocation(of: hvl_t.self, capacity: names.count) { lists in
        lists.initialize(repeating: hvl_t(len: 0, p: nil))
        try attribute.read(into: lists.baseAddress!, as: type.identifier)
        defer { _ = H5Dvlen_reclaim(type.identifier, space.identifier, chdf5_default_properties(), lists.baseAddress!) }
        for (list, name) in zip(lists, names) {
          var expected: hobj_ref_t = 0
          try location.check(
            chdf5_make_object_reference(root.identifier, name, &expected), or: .noSuchObject,
            "there is no dimension scale \"\(name)\"")
          guard list.len == 1, list.p.load(as: hobj_ref_t.self) == expected else { return false }
        }
        return true
      }
    }
  }
}
