/// An object of a file, with the parts that `FileStructure` has checked.
final class ObjectStructure {
  let header: ObjectHeader
  var isChecked = false
  var links: [[UInt8]: LinkStructure] = [:]
  var dataset: DatasetStructure?

  init(_ header: ObjectHeader) { self.header = header }

  /// The kind of the object, by the same rule as in the library.
  var kind: ObjectKind? {
    if header.has(.symbolTable) || header.has(.linkInformation) { return .group }
    guard header.has(.datatype) else { return nil }
    return header.has(.dataspace) ? .dataset : .datatype
  }

  /// Sets the links of a group.
  ///
  /// - Throws: `.corrupt` if two links have the same name, because the library could find a different link than this check.
  func setLinks(_ links: [LinkStructure]) throws(StructureError) {
    for link in links {
      guard self.links.updateValue(link, forKey: link.name) == nil else {
        throw .corrupt("has two links with the same name")
      }
    }
  }
}
