import CHDF5

// Dimension scales name the axes of datasets. They are a convention of attributes (HDF5 Dimension Scale Specification 1.1). This
// code writes the attributes itself, because the library's extension leaves uninitialized padding in the file.

extension Dataset {
  /// The name that netCDF-4 gives to a scale without coordinates, which only names an axis.
  public static func netCDFDimensionName(extent: Int) -> String {
    let digits = String(extent)
    let padding = String(repeating: " ", count: max(0, 10 - digits.count))
    return "This is a netCDF dimension but not a netCDF variable. \(padding)\(digits)"
  }

  /// Turns this dataset into a dimension scale. The name of its link names the axes to which it is attached.
  ///
  /// - Parameter name: The scale's name, or ``netCDFDimensionName(extent:)``.
  /// - Throws: ``HDF5Error`` with code `.alreadyExists` if the dataset already is a dimension scale, `.typeMismatch` if the name
  ///   contains a NUL, `.permissionDenied` or `.inputOutput`.
  public func makeDimensionScale(named name: String) throws {
    try withHDF5Lock {
      try writeTerminatedText("CLASS", "DIMENSION_SCALE")
      try writeTerminatedText("NAME", name)
    }
  }

  /// Names the axes of this dataset by dimension scales, in the order of the axes.
  ///
  /// - Parameter paths: For each axis, the path of its scale from the root group, or nil for an axis without a name.
  /// - Throws: ``HDF5Error`` with code `.shapeMismatch` unless there is one path for each axis, `.noSuchObject` or `.refused`
  ///   for paths that lead nowhere or out of the file, `.alreadyExists` if axes already have names, `.permissionDenied` or
  ///   `.inputOutput`.
  public func attachDimensionScales(_ paths: [String?]) throws {
    let root = Location(identifier: file.identifier, file: file, path: "/")
    try withHDF5Lock {
      for case let path? in paths { try root.requireObject(path.hasPrefix("/") ? String(path.dropFirst()) : path) }
      try attachDimensionScales(paths, at: root)
    }
  }

  /// Names the axes of this dataset by existing dimension scales of a group.
  package func attachDimensionScales(_ names: [String?], in group: borrowing Group) throws {
    try withHDF5Lock { try attachDimensionScales(names, at: group.location) }
  }

  private func attachDimensionScales(_ paths: [String?], at root: Location) throws {
    guard paths.count == dimensions.count else {
      throw location.error(.shapeMismatch, "\(paths.count) dimension scales were given for \(dimensions.count) axes")
    }
    do {
      try location.checkWritable()
      // All references are in one block of memory that exists until the write has ended. Each axis refers to at most one reference.
      var references = [hobj_ref_t](repeating: 0, count: paths.count)
      for (axis, path) in paths.enumerated() {
        guard let path else { continue }
        let relativePath = path.hasPrefix("/") ? String(path.dropFirst()) : path
        try location.check(
          chdf5_make_object_reference(root.identifier, relativePath, &references[axis]),
          "could not create a reference to the dimension scale \"\(path)\"")
      }
      let type = try Handle(sharing: SharedTypes.listOfReferences, for: location)
      try references.withUnsafeMutableBufferPointer { references in
        let lists = paths.indices.map { axis in
          paths[axis] == nil
            ? hvl_t(len: 0, p: nil) : hvl_t(len: 1, p: UnsafeMutableRawPointer(references.baseAddress! + axis))
        }
        try lists.withUnsafeBytes {
          try Attribute.write(
            "DIMENSION_LIST", of: location, type: type.identifier, memoryType: type.identifier,
            dimensions: [paths.count], bytes: $0)
        }
      }
    }
  }

  /// Writes text that ends with a NUL, because readers also compare the types of these attributes.
  private func writeTerminatedText(_ name: String, _ text: String) throws {
    let byteCount = text.utf8.count + 1
    let bytes = try Text.encode([text], byteCount: byteCount, padding: .nullTerminated, at: location)
    try bytes.withUnsafeBytes {
      try Attribute.write(
        name, of: location,
        datatype: .fixedString(byteCount: byteCount, padding: .nullTerminated, characterSet: .ascii), dimensions: [],
        bytes: $0)
    }
  }
}
