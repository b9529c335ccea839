/// A B-tree of version 2: an index of records of a fixed size. Each block has a checksum.
struct BTree2 {
  /// The records of the whole tree, in order.
  private(set) var records: [Fields] = []

  /// The kinds of records that this module reads.
  enum Kind: Int {
    case hugeObject = 1
    case linkName = 5
    case attributeName = 8
    case chunk = 10
    case filteredChunk = 11
  }

  private let reader: MetadataReader
  private let kind: Kind
  private let recordByteCount: Int
  private let nodeByteCount: Int
  /// For each level above the leaves: the largest number of records in a node, and in the node with all nodes below it.
  private var capacities: [(node: Int, total: Int)]

  private static let deepestLevel = 16
  private static let largestNodeByteCount = 1 << 20

  /// Reads a whole tree.
  init(at address: Int, _ kind: Kind, recordByteCount: Int, _ reader: MetadataReader) throws(StructureError) {
    (self.reader, self.kind, self.recordByteCount) = (reader, kind, recordByteCount)
    var header = try reader.checkedBlock(at: address, count: 38, "index header")
    try header.signature("BTHD")
    _ = try header.version(0...0)
    guard try header.byte() == kind.rawValue else {
      throw header.corrupt("is not the kind of index that is expected here")
    }
    nodeByteCount = try header.number(4)
    let statedRecordByteCount = try header.number(2)
    let depth = try header.number(2)
    try header.skip(2)
    let root = try header.optionalAddress()
    let count = try header.number(2)
    let total = try header.number(8)
    guard statedRecordByteCount == recordByteCount, depth <= Self.deepestLevel,
      (recordByteCount + 10...Self.largestNodeByteCount).contains(nodeByteCount)
    else { throw header.corrupt("has records or nodes of an impossible size") }
    let leaf = (nodeByteCount - 10) / recordByteCount
    capacities = [(leaf, leaf)]
    for level in 1..<max(1, depth + 1) {
      let pointerByteCount = Self.pointerByteCount(level, capacities)
      let node = (nodeByteCount - 10 - pointerByteCount) / (recordByteCount + pointerByteCount)
      let (below, overflow) = (node + 1).multipliedReportingOverflow(by: capacities[level - 1].total)
      guard node > 0, !overflow, below < Int.max / 2 else { throw header.corrupt("has nodes of an impossible size") }
      capacities.append((node, below + node))
    }
    guard let root else {
      guard total == 0, count == 0 else { throw header.corrupt("points nowhere") }
      return
    }
    guard total > 0 else { throw header.corrupt("has an empty root") }
    try readNode(at: root, level: depth, count: count, total: total)
  }

  private static func byteCount(of number: Int) -> Int { max(1, (Int.bitWidth - number.leadingZeroBitCount + 7) / 8) }

  /// The size of a pointer in a node at a level above the leaves.
  private static func pointerByteCount(_ level: Int, _ capacities: [(node: Int, total: Int)]) -> Int {
    8 + byteCount(of: capacities[0].node) + (level > 1 ? byteCount(of: capacities[level - 1].total) : 0)
  }

  private mutating func readNode(
    at address: Int, level: Int, count: Int, total: Int
  ) throws(StructureError) {
    let isLeaf = level == 0
    let pointerByteCount = isLeaf ? 0 : Self.pointerByteCount(level, capacities)
    guard count <= capacities[level].node else {
      throw .corrupt("the index node at byte \(address) has more records than fit")
    }
    // The library reads whole nodes, so check all their bytes.
    try reader.check(address, count: nodeByteCount, "index node")
    var node = try reader.checkedBlock(
      at: address, count: 6 + count * recordByteCount + (isLeaf ? 0 : (count + 1) * pointerByteCount) + 4, "index node"
    ).copy
    try node.signature(isLeaf ? "BTLF" : "BTIN")
    _ = try node.version(0...0)
    guard try node.byte() == kind.rawValue else { throw node.corrupt("is not the kind of index that is expected here") }
    var own: [Fields] = []
    for _ in 0..<count { own.append(try node.part(recordByteCount)) }
    guard !isLeaf else {
      guard total == count else { throw node.corrupt("does not have the number of records that its parent states") }
      return records += own
    }
    var left = total - count
    for index in 0...count {
      let child = try node.blockAddress()
      let childCount = try node.number(Self.byteCount(of: capacities[0].node))
      let childTotal = level > 1 ? try node.number(Self.byteCount(of: capacities[level - 1].total)) : childCount
      guard childTotal <= left, childTotal > 0 else {
        throw node.corrupt("does not have the number of records that its parent states")
      }
      left -= childTotal
      try readNode(at: child, level: level - 1, count: childCount, total: childTotal)
      if index < count { records.append(own[index]) }
    }
    guard left == 0 else { throw node.corrupt("does not have the number of records that its parent states") }
  }
}
