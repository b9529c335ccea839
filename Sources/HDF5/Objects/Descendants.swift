/// An object below a group.
public struct Descendant: Hashable, Sendable {
  /// The path from the group: the names of the links, joined by "/".
  public let path: String
  /// The kind of object.
  public let kind: ObjectKind
}

extension ObjectContainer where Self: ~Copyable {
  /// All objects below this group, in the order of the names' bytes. Each group comes before the objects in it.
  ///
  /// Only hard links are followed. An object with several names is listed under each name, but the contents of a group are listed
  /// only below its first name. So the function ends even if links form circles.
  ///
  ///     for dataset in try file.descendants() where dataset.kind == .dataset {
  ///       print(dataset.path, try file.openDataset(dataset.path).dimensions)
  ///     }
  ///
  /// - Throws: ``HDF5Error`` with code `.corrupt`.
  /// - Complexity: O(links) calls of the library; memory for the paths of all objects.
  public func descendants() throws -> [Descendant] {
    var found: [Descendant] = []
    var entered: Set<ObjectIdentity> = []
    // The last element is the next link to visit.
    var pending = try hardLinks(below: "")
    while let path = pending.popLast() {
      guard let kind = try objectKind(path) else { continue }
      found.append(Descendant(path: path, kind: kind))
      guard kind == .group, entered.insert(try identity(of: path)).inserted else { continue }
      pending += try openGroup(path).hardLinks(below: path + "/")
    }
    return found
  }

  /// The paths of this group's hard links, the last one first.
  fileprivate func hardLinks(below prefix: String) throws -> [String] {
    try links().filter { $0.kind == .hard }.map { prefix + $0.name }.reversed()
  }
}
