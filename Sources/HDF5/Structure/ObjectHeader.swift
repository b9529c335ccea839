/// The header of an object: messages that describe a group, a dataset or a datatype.
struct ObjectHeader {
  /// A message of the header.
  struct Message {
    /// The kind of a message: its number in the file.
    struct Kind: Hashable {
      let rawValue: Int

      static let null = Kind(0), dataspace = Kind(1), linkInformation = Kind(2), datatype = Kind(3)
      static let oldFillValue = Kind(4), fillValue = Kind(5), link = Kind(6), externalFiles = Kind(7), layout = Kind(8)
      static let filters = Kind(11), attribute = Kind(12), comment = Kind(13), sharedMessages = Kind(15)
      static let continuation = Kind(16), symbolTable = Kind(17), treeRanks = Kind(19), driver = Kind(20)
      static let attributeInformation = Kind(21), fileSpace = Kind(23), cacheImage = Kind(24)

      init(_ number: Int) { rawValue = number }

      /// Whether the check understands messages of this kind. The library ignores all other kinds.
      var isKnown: Bool { rawValue != 9 && rawValue <= Kind.cacheImage.rawValue }
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

  private static let kind: StaticString = "object header"
  /// The greatest number of messages. Valid headers have few messages, because many attributes are stored elsewhere.
  private static let largestMessageCount = 1 << 17
  /// The greatest number of bytes before the messages of a header of the new format.
  private static let largestPrefixByteCount = 6 + 16 + 4 + 8

  /// Reads the header at an address.
  init(at address: Int, _ reader: MetadataReader) throws(StructureError) {
    var pending: [(address: Int, count: Int)] = []
    var start = try reader.peek(
      at: address, count: min(Self.largestPrefixByteCount, reader.byteCount - address), Self.kind)
    if start.hasPrefix("OHDR") {
      try start.skip(4)
      version = try start.version(2...2)
      flags = try start.byte()
      guard flags & 0xC0 == 0 else { throw start.corrupt("has unknown flags") }
      let prefixCount = 6 + (flags & 0x20 != 0 ? 16 : 0) + (flags & 0x10 != 0 ? 4 : 0)
      let sizeCount = 1 << (flags & 3)
      try reader.check(address, count: prefixCount + sizeCount, Self.kind)
      try start.skip(prefixCount - 6)
      let count = try start.number(sizeCount)
      try reader.check(address, count: count, Self.kind)
      var block = try reader.checkedBlock(at: address, count: prefixCount + sizeCount + count + 4, Self.kind).copy
      try block.skip(prefixCount + sizeCount)
      try read(&block, &pending)
    } else {
      var prefix = try reader.block(at: address, count: 16, Self.kind)
      version = try prefix.version(1...1)
      flags = 0
      try prefix.skip(7)
      let count = try prefix.number(4)
      if count > 0 {
        var block = try reader.block(at: address + 16, count: count, Self.kind).copy
        try read(&block, &pending)
      }
    }
    while let (address, count) = pending.popLast() {
      if version == 1 {
        var block = try reader.block(at: address, count: count, Self.kind).copy
        try read(&block, &pending)
      } else {
        var block = try reader.checkedBlock(at: address, count: count, Self.kind).copy
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
    guard let index = messages.firstIndex(where: { $0.type == kind }) else { return nil }
    let message = messages[index]
    guard !messages[(index + 1)...].contains(where: { $0.type == kind }) else {
      throw message.fields.corrupt("has two messages of kind \(kind.rawValue)")
    }
    return message
  }

  /// Whether there is a message of a kind.
  func has(_ kind: Message.Kind) -> Bool { messages.contains { $0.type == kind } }
}
