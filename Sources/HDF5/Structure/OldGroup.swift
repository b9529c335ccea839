/// A link of a group, as the check of the file's structure reads it.
struct LinkStructure {
  let name: [UInt8]
  let kind: Link.Kind
  /// The address of the object; nil for a link that is not hard.
  let target: Int?
}

/// A group of the old format: a B-tree of leaves with links, and a heap with the names of the links.
struct OldGroup {
  private(set) var links: [LinkStructure] = []
  private let reader: MetadataReader
  private let names: [UInt8]
  /// The number of bytes that further names can have. Links do not share names, so all names together fit into the heap.
  private var unusedByteCount: Int
  /// The address of the B-tree.
  let tree: Int
  /// The address of the heap.
  let heap: Int

  /// Reads a group from the message with the addresses of its tree and its heap.
  init(_ message: ObjectHeader.Message, _ superblock: Superblock, _ reader: MetadataReader) throws(StructureError) {
    var fields = message.fields
    (tree, heap) = (try fields.blockAddress(), try fields.blockAddress())
    self.reader = reader
    names = try LocalHeap.bytes(at: heap, reader)
    unusedByteCount = names.count
    try readTree(superblock)
  }

  private mutating func readTree(_ superblock: Superblock) throws(StructureError) {
    // The last element is the next node. Children come in reversed order, so that links stay in order.
    var pending: [(address: Int, level: Int?)] = [(tree, nil)]
    let lastEnd = names.lastIndex(of: 0) ?? -1
    while let (address, expectedLevel) = pending.popLast() {
      if let expectedLevel, expectedLevel < 0 {
        try readLeaf(at: address, superblock)
        continue
      }
      let rank = 2 * superblock.groupNodeRank
      var node = try reader.block(at: address, count: 24 + rank * 16 + 8, "index of links")
      try node.signature("TREE")
      guard try node.byte() == 0 else { throw node.corrupt("is not the kind of index that is expected here") }
      let level = try node.byte()
      guard level == expectedLevel ?? level else {
        throw node.corrupt("does not have the level that its parent states")
      }
      let count = try node.number(2)
      guard count <= rank else { throw node.corrupt("has more entries than fit") }
      try node.skip(16)
      var children: [(address: Int, level: Int?)] = []
      for index in 0...count {
        guard try node.number(8) <= lastEnd else { throw node.corrupt("has a name outside of its heap") }
        guard index < count else { break }
        children.append((try node.blockAddress(), level - 1))
      }
      pending += children.reversed()
    }
  }

  private mutating func readLeaf(at address: Int, _ superblock: Superblock) throws(StructureError) {
    let rank = 2 * superblock.groupLeafRank
    var leaf = try reader.block(at: address, count: 8 + rank * 40, "leaf of links")
    try leaf.signature("SNOD")
    _ = try leaf.version(1...1)
    try leaf.skip(1)
    let count = try leaf.number(2)
    guard count <= rank else { throw leaf.corrupt("has more links than fit") }
    for _ in 0..<count {
      let name = try name(at: leaf.number(8), leaf)
      let address = try leaf.optionalAddress()
      let cache = try leaf.number(4)
      try leaf.skip(4)
      var scratch = try leaf.part(16)
      switch cache {
      case 0, 1:
        guard let address else { throw leaf.corrupt("has a link to nowhere") }
        links.append(LinkStructure(name: name, kind: .hard, target: address))
      case 2:
        _ = try self.name(at: scratch.number(4), leaf)
        links.append(LinkStructure(name: name, kind: .soft, target: nil))
      default: throw leaf.corrupt("has a link of an unknown kind")
      }
    }
  }

  /// The name of a link, or the target of a soft link, at an offset of the heap.
  private mutating func name(at offset: Int, _ fields: Fields) throws(StructureError) -> [UInt8] {
    guard offset < names.count, let end = names[offset...].firstIndex(of: 0) else {
      throw fields.corrupt("has a name outside of its heap")
    }
    unusedByteCount -= end + 1 - offset
    // Otherwise, the names could grow with the square of the file.
    guard unusedByteCount >= 0 else { throw fields.corrupt("has links that share their names") }
    return Array(names[offset..<end])
  }
}

/// A heap of the old format. It holds the names of links, or of external files.
enum LocalHeap {
  /// Reads the bytes of a heap.
  static func bytes(at address: Int, _ reader: MetadataReader) throws(StructureError) -> [UInt8] {
    var header = try reader.block(at: address, count: 32, "heap of names")
    try header.signature("HEAP")
    _ = try header.version(0...0)
    try header.skip(3)
    let count = try header.number(8)
    var free = try header.number(8)
    let place = try header.blockAddress()
    guard count > 0 else {
      guard free == 1 else { throw header.corrupt("has free space outside of the heap") }
      return []
    }
    var fields = try reader.block(at: place, count: count, "heap of names")
    let whole = fields
    let bytes = try fields.bytes(count)
    // The library follows the list of free space. The number 1 ends the list.
    var steps = 0
    while free != 1 {
      guard free > 0, free <= count - 16, steps <= count / 16 else {
        throw header.corrupt("has free space outside of the heap")
      }
      var entry = whole
      try entry.skip(free)
      let next = try entry.number(8)
      guard try entry.number(8) <= count - free else { throw header.corrupt("has free space outside of the heap") }
      free = next
      steps += 1
    }
    return bytes
  }
}
