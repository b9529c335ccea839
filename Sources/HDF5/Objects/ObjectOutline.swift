import Platform

/// The description of an object, read from its checked header. So the library does not have to open the object.
package enum ObjectOutline: Sendable {
  case group
  case dataset(DatasetOutline)
  /// The library has to say what the object is.
  case unknown
}

/// The properties of a contiguous dataset that suffice to read it without the library.
package struct DatasetOutline: Sendable {
  /// The stored type of the elements.
  package let datatype: Datatype
  /// The extents; none for a scalar.
  package let dimensions: [Int]
  /// The byte range of the elements in the file; nil if no space is allocated for elements.
  package let place: ElementPlace?
  /// The requested attributes, which are single texts; nil for an attribute that is missing.
  package let texts: [String?]
}

extension File {
  /// The links of a group, sorted by the bytes of the links' names, with outlines of their objects.
  ///
  /// - Precondition: The file was opened for reading.
  /// - Parameters:
  ///   - path: The path of the group from the root. It leads through hard links only.
  ///   - names: The names of the attributes whose texts the outlines contain.
  /// - Throws: ``HDF5Error`` about the group. An error about an object is in the result for this object.
  package func outlines(
    ofGroup path: String, texts names: [String]
  ) throws -> [(link: Link, outline: Result<ObjectOutline, any Error>)] {
    let wanted = names.map { Array($0.utf8) }
    return try withHDF5Lock {
      let group = Location(identifier: location.identifier, file: location.file, path: "/" + path)
      try group.file.checkUsable()
      guard let links = try group.checkedLinks() else { return [] }
      let bytes = try group.file.bytes()
      return links.map { link in (link, Result { try group.outline(of: link, wanted, bytes) }) }
    }
  }

  /// Whether each axis of a dataset is named by one dimension scale; nil if only the library can say.
  ///
  /// - Parameters:
  ///   - path: The path of the dataset from the root.
  ///   - names: For each axis, the name of its scale in the group of the dataset.
  package func isNamed(_ path: String, byDimensionScales names: [String]) throws -> Bool? {
    try withHDF5Lock {
      let group = path.utf8.lastIndex(of: UInt8(ascii: "/")).map { "/\(path[..<$0])" } ?? ""
      return try location.file.examine("/" + path) { structure throws(StructureError) -> Bool? in
        guard let scales = try structure.dimensionScales("/" + path) else { return nil }
        guard scales.count == names.count else { return false }
        for (scale, name) in zip(scales, names) {
          guard let scale, try structure.address("\(group)/\(name)") == scale else { return false }
        }
        return true
      } ?? nil
    }
  }
}

extension Location {
  /// The outline of the object that a link of this group leads to.
  fileprivate func outline(of link: Link, _ names: [[UInt8]], _ bytes: ReadableFile) throws -> ObjectOutline {
    guard let address = link.identity?.address else { return .unknown }
    let path = self.path(of: link.name)
    let parts = try file.examine(path) { structure throws(StructureError) in
      try structure.outline(at: address, texts: names)
    }
    guard let parts, parts.kind != .group else { return parts == nil ? .unknown : .group }
    guard let dataset = parts.dataset else { return .unknown }
    let texts = try dataset.texts.map { text in
      try text.map { text in
        try text.bytes.withUnsafeBytes { try Text.decode($0, padding: text.padding, at: self) }
      }
    }
    return .dataset(
      DatasetOutline(
        datatype: dataset.datatype, dimensions: dataset.dimensions,
        place: dataset.byteOffset.map { byteOffset in
          ElementPlace(file: file, bytes: bytes, path: path, byteOffset: byteOffset, byteCount: dataset.byteCount)
        }, texts: texts))
  }
}
