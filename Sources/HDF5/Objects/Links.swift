import CHDF5

/// A link of a group.
public struct Link: Hashable, Sendable {
  /// The kinds of link.
  public enum Kind: String, Hashable, Sendable {
    /// A direct link to an object of the same file.
    case hard
    /// A link by a path in the same file. The path may lead nowhere.
    case soft
    /// A link by a path in another file.
    case external
    /// A link that an application defined.
    case other
  }

  /// The name, without "/".
  public let name: String
  /// The kind of the link.
  public let kind: Kind
  /// The object of a hard link; nil for other links.
  public let identity: ObjectIdentity?
}

/// The kinds of objects in a file.
public enum ObjectKind: String, Hashable, Sendable {
  /// A group of links.
  case group
  /// An array of elements, or a single element.
  case dataset
  /// A named (committed) datatype.
  case datatype

  init?(_ type: H5O_type_t) {
    switch type {
    case H5O_TYPE_GROUP: self = .group
    case H5O_TYPE_DATASET: self = .dataset
    case H5O_TYPE_NAMED_DATATYPE: self = .datatype
    default: return nil
    }
  }
}

extension ObjectContainer where Self: ~Copyable {
  /// The links of this group, sorted by the bytes of their names. This opens no object.
  ///
  /// - Throws: ``HDF5Error`` with code `.corrupt`, also if a name is not valid UTF-8.
  public func links() throws -> [Link] {
    try withHDF5Lock {
      let location = self.location
      try location.file.checkUsable()
      if let links = try location.checkedLinks() { return links }
      var links: [Link?] = []
      let status = withUnsafeMutablePointer(to: &links) { links in
        chdf5_visit_links(
          location.identifier,
          { _, name, info, links in
            guard let name, let info, let links else { return -1 }
            let kind = Link.Kind(info.pointee.type)
            var words: (UInt64, UInt64) = (0, 0)
            if kind == .hard {
              withUnsafeMutableBytes(of: &words) {
                chdf5_link_identity(info, $0.baseAddress?.assumingMemoryBound(to: UInt64.self))
              }
            }
            let identity = kind == .hard ? ObjectIdentity(words) : nil
            let link = String(validatingCString: name).map { Link(name: $0, kind: kind, identity: identity) }
            links.assumingMemoryBound(to: [Link?].self).pointee.append(link)
            return 0
          }, links)
      }
      try location.check(status, or: .corrupt, "the links of this group cannot be read")
      return try links.map {
        guard let link = $0 else { throw location.error(.corrupt, "the name of a link is not valid UTF-8") }
        return link
      }
    }
  }

  /// Whether a path leads to an object, or to a soft, external or other link, whose object may be missing.
  ///
  /// - Throws: ``HDF5Error`` with code `.invalidName`, or `.refused` if the path leads through a link that is not hard.
  public func exists(_ path: String) throws -> Bool {
    try withHDF5Lock { try location.linkKind(following: path) != nil }
  }

  /// The kind of the object at a path; nil if this module does not know the kind.
  ///
  /// - Throws: ``HDF5Error`` as for ``openGroup(_:)``.
  public func objectKind(_ path: String) throws -> ObjectKind? {
    try withHDF5Lock {
      try location.requireObject(path)
      return try objectKind(atKnownPath: path)
    }
  }

  /// The kind of the object at a path of hard links; nil if this module does not know the kind.
  package func objectKind(atKnownPath path: String) throws -> ObjectKind? {
    try withHDF5Lock {
      let location = self.location
      try location.file.checkUsable()
      return try location.kind(path)
    }
  }
}

/// The identity of an object in its file. All paths to one object lead to the same identity.
public struct ObjectIdentity: Hashable, Sendable {
  private let first: UInt64
  private let second: UInt64

  init(_ words: (UInt64, UInt64)) { (first, second) = words }

  /// The address of an object of a file whose structure was checked.
  var address: Int { Int(clamping: first) }
}

extension ObjectContainer where Self: ~Copyable {
  /// The identity of the object that a path leads to.
  ///
  /// - Throws: ``HDF5Error`` as for ``openGroup(_:)``.
  public func identity(of path: String) throws -> ObjectIdentity {
    try withHDF5Lock {
      let location = self.location
      try location.requireObject(path)
      let address = try location.examine(path) { structure, path throws(StructureError) in try structure.address(path) }
      if let address { return ObjectIdentity((UInt64(address ?? 0), 0)) }
      var words: [UInt64] = [0, 0]
      try location.check(
        chdf5_object_identity(location.identifier, path, &words), or: .corrupt,
        "the object \"\(path)\" cannot be examined")
      return ObjectIdentity((words[0], words[1]))
    }
  }
}

extension Link.Kind {
  init(_ type: H5L_type_t) {
    switch type {
    case H5L_TYPE_HARD: self = .hard
    case H5L_TYPE_SOFT: self = .soft
    case H5L_TYPE_EXTERNAL: self = .external
    default: self = .other
    }
  }
}

extension Location {
  /// The links of a group of a foreign file, sorted by the bytes of their names; nil for a file that this process writes.
  func checkedLinks() throws -> [Link]? {
    let links = try examine(nil) { structure, path throws(StructureError) in try structure.links(path) }
    return try links?.sorted { $0.name.lexicographicallyPrecedes($1.name) }.map {
      guard let name = String(validating: $0.name, as: UTF8.self) else {
        throw error(.corrupt, "the name of a link is not valid UTF-8")
      }
      return Link(name: name, kind: $0.kind, identity: $0.target.map { ObjectIdentity((UInt64($0), 0)) })
    }
  }

  /// The kind of one link; nil if it does not exist. The caller guarantees that all links before the last are hard.
  func linkKind(_ path: String) throws -> Link.Kind? {
    if let kind = try examine(path, { structure, path throws(StructureError) in try structure.linkKind(path) }) {
      return kind
    }
    let type = chdf5_link_type(identifier, path)
    if type != H5L_TYPE_ERROR { return Link.Kind(type) }
    let failed = failure(.corrupt, "the link cannot be read", at: path)
    // This is the fastest way to find out that a link does not exist. For both calls, a missing name is not an error.
    if H5Lexists(identifier, path, chdf5_default_properties()) == 0 { return nil }
    throw failed
  }

  /// The kind of the last link of a path; nil if this link or an earlier link does not exist.
  ///
  /// - Throws: `.refused` if a link before the last is not hard; `.invalidName`.
  func linkKind(following path: String) throws -> Link.Kind? {
    try file.checkUsable()
    let components = try LinkPath.components(of: path, at: self)
    var partialPath = ""
    for (index, component) in components.enumerated() {
      partialPath += index == 0 ? component : "/" + component
      let isLast = index == components.count - 1
      guard let kind = try linkKind(partialPath) else { return nil }
      if isLast { return kind }
      guard kind == .hard else { throw refusal(of: kind, at: partialPath) }
      // A dataset contains no links. Without this check, the library would report damage.
      guard try self.kind(partialPath) == .group else { return nil }
    }
    return nil
  }

  /// Throws unless a path leads to an object through hard links only.
  ///
  /// - Throws: `.noSuchObject`, `.refused`, or `.invalidName`.
  func requireObject(_ path: String) throws {
    guard let kind = try linkKind(following: path) else {
      throw error(.noSuchObject, "there is no such object", at: path)
    }
    guard kind == .hard else { throw refusal(of: kind, at: path) }
  }

  private func refusal(of kind: Link.Kind, at path: String) -> HDF5Error {
    let name = kind == .other ? "user-defined" : kind.rawValue
    return error(
      .refused, "is a link of kind \"\(name)\", which is not followed; copy its target into the file", at: path)
  }
}
