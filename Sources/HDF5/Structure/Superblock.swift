/// The block at the beginning of a file: the address of the root group, and the sizes of the nodes of old indexes.
struct Superblock {
  /// The address of the root group's header.
  let root: Int
  /// Half of the largest number of children of a node in a B-tree of groups, in files of the old format.
  let groupNodeRank: Int
  /// Half of the largest number of links in a leaf of a B-tree of groups, in files of the old format.
  let groupLeafRank: Int
  /// Half of the largest number of children of a node in a B-tree of chunks, in files of the old format.
  let chunkNodeRank: Int

  private static let usualRanks = (node: 16, leaf: 4, chunk: 32)
  /// The greatest rank of nodes. Greater ranks only occur in damaged files.
  private static let largestRank = 1 << 12

  /// Reads the superblock at address 0.
  init(_ reader: MetadataReader) throws(StructureError) {
    // A file that is too short for a superblock was cut.
    guard reader.byteCount >= 48 else { throw reader.cut }
    var fields = try reader.peek(at: 0, count: 9, "superblock")
    try fields.skip(8)
    switch try fields.byte() {
    case 0, 1: self = try Self.old(reader)
    case 2, 3: self = try Self.new(reader)
    case let version: throw .unread("the superblock has the unknown version \(version)")
    }
  }

  private init(root: Int, groupNodeRank: Int, groupLeafRank: Int, chunkNodeRank: Int) {
    (self.root, self.groupNodeRank, self.groupLeafRank) = (root, groupNodeRank, groupLeafRank)
    self.chunkNodeRank = chunkNodeRank
  }

  private static func old(_ reader: MetadataReader) throws(StructureError) -> Superblock {
    var fields = try reader.peek(at: 8, count: 2, "superblock")
    let version = try fields.byte()
    fields = try reader.block(at: 0, count: version == 0 ? 96 : 100, "superblock")
    try fields.skip(9)
    let versions = (try fields.byte(), try fields.byte(), try fields.byte(), try fields.byte())
    guard versions == (0, 0, 0, 0) else { throw fields.corrupt("has parts of unknown versions") }
    try checkSizes(&fields)
    try fields.skip(1)
    let leaf = try rank(&fields)
    let node = try rank(&fields)
    try fields.skip(4)
    var chunk = usualRanks.chunk
    if version == 1 {
      chunk = try rank(&fields)
      try fields.skip(2)
    }
    let base = try base(&fields)
    _ = try fields.optionalAddress()
    try checkEnd(&fields, base: base, reader)
    guard try fields.optionalAddress() == nil else { throw .unread("the file is made of several files") }
    try fields.skip(8)
    let root = try fields.blockAddress()
    return Superblock(root: root, groupNodeRank: node, groupLeafRank: leaf, chunkNodeRank: chunk)
  }

  private static func new(_ reader: MetadataReader) throws(StructureError) -> Superblock {
    var fields = try reader.checkedBlock(at: 0, count: 48, "superblock")
    try fields.skip(8)
    let version = try fields.byte()
    try checkSizes(&fields)
    let flags = try fields.byte()
    guard version < 3 || flags & 0b101 == 0 else {
      throw .corrupt(
        "was not closed by the program that wrote it, or is still being written; if no program is writing it, run "
          + "h5clear --status, and check the contents")
    }
    let base = try base(&fields)
    let extensionAddress = try fields.optionalAddress()
    try checkEnd(&fields, base: base, reader)
    let root = try fields.blockAddress()
    var ranks = usualRanks
    if let extensionAddress {
      for var message in try ObjectHeader(at: extensionAddress, reader).messages {
        switch message.type {
        case .treeRanks:
          _ = try message.fields.version(0...0)
          ranks = (try rank(&message.fields), try rank(&message.fields), try rank(&message.fields))
          ranks = (node: ranks.1, leaf: ranks.2, chunk: ranks.0)
        case .fileSpace: try checkFileSpace(&message.fields)
        case .null, .continuation: break
        default: throw .unread("the superblock has an extension of kind \(message.type.rawValue)")
        }
      }
    }
    return Superblock(root: root, groupNodeRank: ranks.node, groupLeafRank: ranks.leaf, chunkNodeRank: ranks.chunk)
  }

  private static func checkSizes(_ fields: inout Fields) throws(StructureError) {
    let sizes = (try fields.byte(), try fields.byte())
    guard sizes == (8, 8) else { throw .unread("the addresses in the file do not have 8 bytes") }
  }

  private static func rank(_ fields: inout Fields) throws(StructureError) -> Int {
    let rank = try fields.number(2)
    guard rank > 0, rank <= largestRank else { throw fields.corrupt("has nodes of an impossible size") }
    return rank
  }

  /// Takes the stored address of the superblock. The library ignores this field if the superblock is elsewhere.
  private static func base(_ fields: inout Fields) throws(StructureError) -> Int { try fields.number(8) }

  private static func checkEnd(_ fields: inout Fields, base: Int, _ reader: MetadataReader) throws(StructureError) {
    let end = try fields.number(8)
    guard end >= base, end - base <= reader.byteCount else { throw reader.cut }
  }

  /// Refuses a file that keeps lists of its free space. They are not checked here, and the library reads them if it writes to the file.
  private static func checkFileSpace(_ fields: inout Fields) throws(StructureError) {
    guard try fields.byte() == 1 else { throw .unread("the file has an unknown kind of free space") }
    let strategy = try fields.byte()
    let isPersistent = try fields.byte()
    guard strategy <= 3, isPersistent == 0 else { throw .unread("the file keeps a list of its free space") }
  }
}
