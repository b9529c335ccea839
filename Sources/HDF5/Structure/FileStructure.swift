import Platform

/// Checks the structure of a file, object by object, before the C library sees an object.
///
/// The library trusts many sizes and addresses of a file, and reads or writes outside of its memory if they are wrong. So a file
/// that is read goes through this check first. This class also follows the paths, and the library opens objects by their addresses.
/// The check accepts the parts of HDF5 that this module reads, and refuses everything else. An object is checked when it is first
/// used, so the cost does not depend on the size of the file.
///
/// Use it only under the lock of the library.
final class FileStructure {
  let reader: MetadataReader
  private let superblock: Superblock
  private var objects: [Int: ObjectStructure] = [:]
  private var collections: [Int: GlobalHeap] = [:]
  /// The group of the path that was last looked up. The next path is often in the same group.
  private var lastGroup: (path: [UInt8], group: ObjectStructure)?
  // Compare names by their bytes. Swift strings would be equal if only the encodings of their characters differ.
  private var expandableChunks: [[UInt8]: Set<Int>] = [:]

  /// Checks the beginning of a file and its root group.
  ///
  /// - Parameter base: The offset of the superblock.
  convenience init(_ file: ReadableFile, base: Int) throws(StructureError) {
    try self.init(MetadataReader(file, base: base))
  }

  init(_ reader: MetadataReader) throws(StructureError) {
    self.reader = reader
    superblock = try Superblock(reader)
    _ = try checked(superblock.root)
  }

  /// The kind of the last link of a path; nil if it does not exist, or if an earlier link of the path is not hard.
  ///
  /// - Parameter path: The path from the root group, beginning with "/".
  func linkKind(_ path: String) throws(StructureError) -> Link.Kind? {
    guard let (parent, name) = try parent(of: path) else { return nil }
    return parent.link(named: name)?.kind
  }

  /// The address of an object whose header was checked; nil if a path of hard links does not lead there.
  func address(_ path: String) throws(StructureError) -> Int? {
    guard path != "/" else { return superblock.root }
    guard let (parent, name) = try parent(of: path), let address = parent.link(named: name)?.target else { return nil }
    _ = try object(at: address)
    return address
  }

  /// The address of an object that was checked completely; nil if a path of hard links does not lead there.
  func checkedAddress(_ path: String) throws(StructureError) -> Int? {
    guard let address = try address(path) else { return nil }
    _ = try checked(address)
    return address
  }

  /// The kind of an object; nil if a path of hard links does not lead there, or the kind is unknown.
  func kind(_ path: String) throws(StructureError) -> ObjectKind? {
    guard let address = try address(path) else { return nil }
    return try object(at: address).kind
  }

  /// The kind of an object, and the properties of a contiguous dataset. The properties are nil if only the library can describe
  /// the dataset.
  ///
  /// - Parameter names: The names of the attributes whose texts the result contains.
  func outline(
    at address: Int, texts names: [[UInt8]]
  ) throws(StructureError) -> (kind: ObjectKind?, dataset: DatasetParts?) {
    let object = try object(at: address)
    guard let kind = object.kind else { return (nil, nil) }
    guard kind == .dataset else { return (kind, nil) }
    _ = try checked(address)
    return (
      kind,
      try object.dataset.flatMap { (dataset) throws(StructureError) in
        try DatasetParts(dataset, object.header, reader, types: self, texts: names)
      }
    )
  }

  /// The object to which each axis of a dataset refers as its dimension scale; nil for an axis without exactly one scale. The result is
  /// nil if the references are not in the header of the dataset.
  func dimensionScales(_ path: String) throws(StructureError) -> [Int?]? {
    guard let address = try address(path) else { return nil }
    let name = Array("DIMENSION_LIST".utf8)
    for message in try checked(address).header.messages where message.type == .attribute && !message.isShared {
      guard try AttributeStructure.name(message.fields).elementsEqual(name) else { continue }
      var attribute = try AttributeStructure(message.fields, self)
      guard attribute.type.referredByteCount == 8, attribute.space.extents.count == 1 else { return nil }
      var scales: [Int?] = []
      for _ in 0..<attribute.space.extents[0] {
        let count = try attribute.elements.number(4)
        let collectionAddress = try attribute.elements.number(8)
        let index = try attribute.elements.number(4)
        guard count == 1, let place = try collection(at: collectionAddress).places[index] else {
          scales.append(nil)
          continue
        }
        var reference = try reader.peek(at: place.address, count: 8, "reference")
        scales.append(try reference.optionalAddress())
      }
      return scales
    }
    return nil
  }

  /// The links of a group, in ascending order of the bytes of their names.
  func links(_ path: String) throws(StructureError) -> [LinkStructure] {
    guard let address = try address(path) else { return [] }
    return try checked(address).links
  }

  /// The checked group that contains the last link of a path, and the name of the link.
  private func parent(of path: String) throws(StructureError) -> (ObjectStructure, name: [UInt8])? {
    let bytes = Array(path.utf8)
    guard let end = bytes.lastIndex(of: UInt8(ascii: "/")) else { return nil }
    let name = Array(bytes[(end + 1)...])
    if let lastGroup, lastGroup.path.elementsEqual(bytes[..<end]) { return (lastGroup.group, name) }
    var address = superblock.root
    for name in bytes[..<end].split(separator: UInt8(ascii: "/")) {
      guard let next = try checked(address).link(named: Array(name))?.target else { return nil }
      address = next
    }
    let group = try checked(address)
    lastGroup = (Array(bytes[..<end]), group)
    return (group, name)
  }

  /// Releases the memory for objects that were checked. No object may be used after that.
  func forget() {
    (objects, collections, lastGroup, expandableChunks) = ([:], [:], nil, [:])
    reader.forget()
  }

  /// Whether a chunk was found to expand to its size.
  func isExpandable(_ chunk: Int, of path: String) -> Bool {
    expandableChunks[Array(path.utf8)]?.contains(chunk) ?? false
  }

  /// Records that a chunk expands to its size.
  func setExpandable(_ chunk: Int, of path: String) { expandableChunks[Array(path.utf8), default: []].insert(chunk) }

  /// The elements of a dataset that are in its header. The dataset must have been checked.
  func compactElements(of path: String) throws(StructureError) -> [UInt8] {
    guard let address = try address(path), case .compact(var elements)? = objects[address]?.dataset?.layout else {
      return []
    }
    return try elements.bytes(elements.count)
  }

  /// Checks elements that are references to texts.
  func checkTexts(_ elements: [UInt8]) throws(StructureError) {
    var fields = Fields(elements, kind: "dataset", address: 0)
    try check(&fields)
  }

  /// Checks everything that the root group leads to.
  ///
  /// - Throws: `HDF5Error` about the file of the given name.
  func checkAll(file: String) throws {
    do throws(StructureError) {
      try checkAll()
    } catch {
      throw HDF5Error(error, file: file, objectPath: nil)
    }
  }

  private func checkAll() throws(StructureError) {
    var entered: Set<Int> = []
    var pending = [superblock.root]
    while let address = pending.popLast() {
      guard entered.insert(address).inserted else { continue }
      pending += try checked(address).links.compactMap(\.target)
    }
  }

  private func object(at address: Int) throws(StructureError) -> ObjectStructure {
    if let known = objects[address] { return known }
    let object = ObjectStructure(try ObjectHeader(at: address, reader))
    objects[address] = object
    return object
  }

  private func checked(_ address: Int) throws(StructureError) -> ObjectStructure {
    let object = try object(at: address)
    guard !object.isChecked else { return object }
    let header = object.header
    let isDataset = header.has(.layout)
    let oldGroup = try header.only(.symbolTable)
    let newGroup = try header.only(.linkInformation)
    guard !isDataset || oldGroup == nil && newGroup == nil, oldGroup == nil || newGroup == nil else {
      throw .corrupt("is of two kinds")
    }
    try checkSharing(header)
    if isDataset {
      object.dataset = try DatasetStructure(header, superblock, reader, types: self, texts: self)
    } else if let oldGroup {
      try object.setLinks(OldGroup(oldGroup, superblock, reader).links)
    } else if let newGroup {
      try object.setLinks(NewGroup.links(header, newGroup, reader))
    } else if let type = try header.only(.datatype) {
      _ = try DatatypeStructure(type, self)
    }
    try AttributeCheck(reader: reader, types: self, texts: self).run(header)
    object.isChecked = true
    return object
  }

  /// Refuses messages in tables that belong to the whole file, because these tables are not checked here.
  private func checkSharing(_ header: ObjectHeader) throws(StructureError) {
    for message in header.messages {
      switch message.type {
      case .sharedMessages, .driver, .cacheImage:
        throw .unread("has a part of kind \(message.type.rawValue)")
      case .comment:
        var fields = message.fields
        _ = try fields.terminatedText()
      case .datatype: break
      default:
        guard message.isShared, message.type.isKnown else { break }
        throw .unread("has parts that are stored in a table of shared messages")
      }
    }
  }
}

extension FileStructure: CommittedTypes, TextCollections {
  func datatype(at address: Int) throws(StructureError) -> DatatypeStructure {
    guard let message = try object(at: address).header.only(.datatype), !message.isShared else {
      throw .corrupt("refers to a datatype that does not exist, or that refers to another datatype")
    }
    return try DatatypeStructure(message, self)
  }

  func collection(at address: Int) throws(StructureError) -> GlobalHeap {
    if let known = collections[address] { return known }
    let collection = try GlobalHeap(at: address, reader)
    collections[address] = collection
    return collection
  }
}
