/// A group of the new format: links in messages, or in a heap with an index.
enum NewGroup {
  /// The links of a group.
  static func links(
    _ header: ObjectHeader, _ information: ObjectHeader.Message, _ reader: MetadataReader
  ) throws(StructureError) -> [LinkStructure] {
    var fields = information.fields
    _ = try fields.version(0...0)
    let flags = try fields.byte()
    if flags & 1 != 0 { try fields.skip(8) }
    let heap = try fields.optionalAddress()
    let index = try fields.optionalAddress()
    if flags & 2 != 0 { try fields.skip(8) }
    guard let heap else {
      var links: [LinkStructure] = []
      for message in header.messages where message.type == .link { links.append(try link(message.fields)) }
      return links
    }
    guard let index else { throw fields.corrupt("has links without an index") }
    var objects = try FractalHeap(at: heap, identifierByteCount: 7, reader)
    var links: [LinkStructure] = []
    for var record in try BTree2(at: index, .linkName, recordByteCount: 11, reader).records {
      try record.skip(4)
      links.append(try link(objects.object(record)))
    }
    return links
  }

  /// Reads the message of a link.
  private static func link(_ message: Fields) throws(StructureError) -> LinkStructure {
    var fields = message
    _ = try fields.version(1...1)
    let flags = try fields.byte()
    guard flags & ~0x1F == 0 else { throw fields.corrupt("has a link with unknown flags") }
    let kind = flags & 8 != 0 ? try fields.byte() : 0
    if flags & 4 != 0 { try fields.skip(8) }
    if flags & 16 != 0 {
      guard try fields.byte() <= 1 else { throw fields.corrupt("has a name of an unknown encoding") }
    }
    let name = try fields.bytes(fields.number(1 << (flags & 3)))
    guard !name.isEmpty, !name.contains(0), !name.contains(UInt8(ascii: "/")) else {
      throw fields.corrupt("has a link without a valid name")
    }
    switch kind {
    case 0: return LinkStructure(name: name, kind: .hard, target: try fields.blockAddress())
    case 1, 64...255:
      let count = try fields.number(2)
      guard kind != 1 || count > 0 else { throw fields.corrupt("has a link to nowhere") }
      try fields.skip(count)
      return LinkStructure(name: name, kind: kind == 1 ? .soft : kind == 64 ? .external : .other, target: nil)
    default: throw fields.corrupt("has a link of the unknown kind \(kind)")
    }
  }
}
