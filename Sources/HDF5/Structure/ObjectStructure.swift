/// An object of a file, with the parts that `FileStructure` has checked.
final class ObjectStructure {
  let header: ObjectHeader
  var isChecked = false
  /// The links of a group, in ascending order of the bytes of their names.
  private(set) var links: [LinkStructure] = []
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
    self.links = links.sorted { $0.name.lexicographicallyPrecedes($1.name) }
    for (link, next) in zip(self.links, self.links.dropFirst()) where link.name == next.name {
      throw .corrupt("has two links with the same name")
    }
  }

  /// The link with a name; nil if the group has no such link.
  ///
  /// - Complexity: O(log links) comparisons of names.
  func link(named name: [UInt8]) -> LinkStructure? {
    var candidates = links.indices
    while let middle = candidates.isEmpty ? nil : candidates.lowerBound + candidates.count / 2 {
      if links[middle].name == name { return links[middle] }
      candidates =
        links[middle].name.lexicographicallyPrecedes(name)
        ? middle + 1..<candidates.upperBound : candidates.lowerBound..<middle
    }
    return nil
  }
}
