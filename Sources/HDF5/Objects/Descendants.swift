/// The greatest number of bytes of all paths that `descendants()` returns. A small file can have long names on many levels.
private let largestPathByteCount = 1 << 26

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
  /// - Throws: ``HDF5Error`` with code `.corrupt`, or `.refused` if all paths together have more than 64 MiB.
  /// - Complexity: O(links) calls of the library; memory for the paths of all objects.
  public func descendants() throws -> [Descendant] {
    var found: [Descendant] = []
    var entered: Set<ObjectIdentity> = []
    var byteCount = 0
    // The last element is the next link to visit.
    var pending = try hardLinks(below: "", &byteCount)
    while let (path, identity) = pending.popLast() {
      guard let kind = try objectKind(atKnownPath: path) else { continue }
      found.append(Descendant(path: path, kind: kind))
      guard kind == .group, entered.insert(identity).inserted else { continue }
      pending += try openGroup(atKnownPath: path).hardLinks(below: path + "/", &byteCount)
    }
    return found
  }

  /// The paths of this group's hard links, the last one first, and the objects to which they lead.
  ///
  /// - Parameter byteCount: The number of bytes of all paths so far.
  fileprivate func hardLinks(
    below prefix: String, _ byteCount: inout Int
  ) throws -> [(path: String, identity: ObjectIdentity)] {
    let links = try links().filter { $0.kind == .hard }
    for link in links { byteCount += prefix.utf8.count + link.name.utf8.count }
    guard byteCount <= largestPathByteCount else {
      throw HDF5Error(
        .refused, "the paths of all objects have more than \(largestPathByteCount) bytes together",
        file: location.file.path)
    }
    return links.reversed().compactMap { link in link.identity.map { (prefix + link.name, $0) } }
  }
}
