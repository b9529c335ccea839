/// The header of an object: messages that describe a group, a dataset or a datatype.
struct ObjectHeader {
  /// A message of the header.
  struct Message {
    /// The kinds of messages that the check understands. All other kinds count as unknown.
    enum Kind: Hashable {
      case null, dataspace, linkInformation, datatype, oldFillValue, fillValue, link, externalFiles, layout
      case groupInformation, filters, attribute, comment, oldTime, sharedMessages, continuation, symbolTable, time
      case treeRanks, driver, attributeInformation, referenceCount, fileSpace, cacheImage
      case unknown(Int)

      private static let known: [Kind] = [
        .null, .dataspace, .linkInformation, .datatype, .oldFillValue, .fillValue, .link, .externalFiles, .layout,
        .unknown(9), .groupInformation, .filters, .attribute, .comment, .oldTime, .sharedMessages, .continuation,
        .symbolTable, .time, .treeRanks, .driver, .attributeInformation, .referenceCount, .fileSpace, .cacheImage,
      ]

      init(_ number: Int) { self = number < Self.known.count ? Self.known[number] : .unknown(number) }
      /// The number of this kind in the file.
      var rawValue: Int {
        if case .unknown(let number) = self { return number }
        return Self.known.firstIndex(of: self) ?? 0
      }
    }

    let type: Kind
    /// Whether the content is a reference to the message of another object.
    let isShared: Bool
    var fields: Fields
  }

  /// The messages in their order.
  private(set) var messages: [Message] = []
  private let version: Int
  private let flags: Int

  private static let kind = "object header"
  /// The greatest number of messages. Valid headers have few messages, because many attributes are stored elsewhere.
  private static let largestMessageCount = 1 << 17

  /// Reads the header at an address.
  init(at address: Int, _ reader: MetadataReader) throws(StructureError) {
    var pending: [(address: Int, count: Int)] = []
    var start = try reader.peek(at: address, count: min(8, reader.byteCount - address), Self.kind)
    if start.hasPrefix("OHDR") {
      try start.skip(4)
      version = try start.version(2...2)
      flags = try start.byte()
      guard flags & 0xC0 == 0 else { throw start.corrupt("has unknown flags") }
      let prefixCount = 6 + (flags & 0x20 != 0 ? 16 : 0) + (flags & 0x10 != 0 ? 4 : 0)
      let sizeCount = 1 << (flags & 3)
      var prefix = try reader.peek(at: address, count: prefixCount + sizeCount, Self.kind)
      try prefix.skip(prefixCount)
      let count = try prefix.number(sizeCount)
      try reader.check(address, count: count, Self.kind)
      var block = try reader.checkedBlock(at: address, count: prefixCount + sizeCount + count + 4, Self.kind)
      try block.skip(prefixCount + sizeCount)
      try read(&block, &pending)
    } else {
      var prefix = try reader.block(at: address, count: 16, Self.kind)
      version = try prefix.version(1...1)
      flags = 0
      try prefix.skip(7)
      let count = try prefix.number(4)
      if count > 0 {
        var block = try reader.block(at: address + 16, count: count, Self.kind)
        try read(&block, &pending)
      }
    }
    while let (address, count) = pending.popLast() {
      if version == 1 {
        var block = try reader.block(at: address, count: count, Self.kind)
        try read(&block, &pending)
      } else {
        var block = try reader.checkedBlock(at: address, count: count, Self.kind)
        try block.signature("OCHK")
        try read(&block, &pending)
      }
    }
  }

  private mutating func read(
    _ block: inout Fields, _ pending: inout [(address: Int, count: Int)]
  ) throws(StructureError) {
    let headCount = version == 1 ? 8 : 4 + (flags & 4 != 0 ? 2 : 0)
    while block.count >= headCount {
      let type = Message.Kind(try block.number(version == 1 ? 2 : 1))
      let count = try block.number(2)
      let messageFlags = try block.byte()
      try block.skip(headCount - (version == 1 ? 5 : 4))
      guard version > 1 || count.isMultiple(of: 8) else { throw block.corrupt("has a message that is not aligned") }
      var message = Message(type: type, isShared: messageFlags & 2 != 0, fields: try block.part(count))
      if type == .continuation {
        pending.append((try message.fields.blockAddress(), try message.fields.number(8)))
      }
      messages.append(message)
      guard messages.count <= Self.largestMessageCount else { throw block.corrupt("has too many messages") }
    }
    // Only headers of the new format may end with a few unused bytes.
    guard version > 1 || block.count == 0 else { throw block.corrupt("has bytes after its messages") }
  }

  /// The only message of a kind; nil if there is no such message.
  func only(_ kind: Message.Kind) throws(StructureError) -> Message? {
    var found: Message?
    for message in messages where message.type == kind {
      guard found == nil else { throw message.fields.corrupt("has two messages of kind \(kind.rawValue)") }
      found = message
    }
    return found
  }
}
