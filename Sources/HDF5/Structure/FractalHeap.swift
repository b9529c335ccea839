/// A fractal heap. It holds the links or attributes of an object with many links or attributes.
struct FractalHeap {
  /// A block with objects.
  private struct Block {
    var offset: Int
    var count: Int
    var fields: Fields
  }

  private let reader: MetadataReader
  private let address: Int
  private let offsetByteCount: Int
  private let lengthByteCount: Int
  private let largestObject: Int
  private let heapByteCount: Int
  private let hasChecksums: Bool
  private let width: Int
  private let firstBlockByteCount: Int
  private let directRowCount: Int
  private let firstRowBits: Int
  private var blocks: [Block] = []
  /// The number of bytes that further objects in blocks can have. Objects do not share bytes, so all objects fit into the blocks.
  private var unusedByteCount = 0
  private var hugeObjects: [Int: (address: Int, count: Int)] = [:]

  private static let largestWidth = 1 << 10
  private static let smallestBlockByteCount = 64
  private static let largestBlockByteCount = 1 << 26

  /// Reads all blocks of a heap whose identifiers have the given size.
  init(at address: Int, identifierByteCount: Int, _ reader: MetadataReader) throws(StructureError) {
    (self.reader, self.address) = (reader, address)
    var header = try reader.checkedBlock(at: address, count: 146, "heap header")
    try header.signature("FRHP")
    _ = try header.version(0...0)
    guard try header.number(2) == identifierByteCount else {
      throw header.corrupt("has identifiers of an unexpected size")
    }
    guard try header.number(2) == 0 else { throw .unread("the links or attributes of an object are compressed") }
    hasChecksums = try header.byte() & 2 != 0
    largestObject = try header.number(4)
    try header.skip(8)
    let hugeIndex = try header.optionalAddress()
    try header.skip(8)
    if let freeSpace = try header.optionalAddress() { try Self.checkFreeSpace(at: freeSpace, reader) }
    heapByteCount = try header.number(8)
    try header.skip(56)
    width = try header.number(2)
    firstBlockByteCount = try header.number(8)
    let largestDirect = try header.number(8)
    let heapBits = try header.number(2)
    try header.skip(2)
    let root = try header.optionalAddress()
    let rootRowCount = try header.number(2)
    func bits(_ number: Int) -> Int { number.trailingZeroBitCount }
    guard width > 0, width <= Self.largestWidth, width.nonzeroBitCount == 1, firstBlockByteCount.nonzeroBitCount == 1,
      largestDirect.nonzeroBitCount == 1, firstBlockByteCount >= Self.smallestBlockByteCount,
      firstBlockByteCount <= largestDirect, largestDirect <= Self.largestBlockByteCount,
      bits(largestDirect) <= heapBits, heapBits <= 48, bits(firstBlockByteCount) + bits(width) <= heapBits
    else { throw header.corrupt("has blocks of an impossible size") }
    offsetByteCount = (heapBits + 7) / 8
    firstRowBits = bits(firstBlockByteCount) + bits(width)
    directRowCount = bits(largestDirect) - bits(firstBlockByteCount) + 2
    lengthByteCount = min(
      (bits(largestDirect) + 7) / 8, max(1, (Int.bitWidth - largestObject.leadingZeroBitCount + 7) / 8))
    guard 1 + offsetByteCount + lengthByteCount <= identifierByteCount, rootRowCount <= heapBits - firstRowBits + 1
    else { throw header.corrupt("has identifiers of an impossible size") }
    if let root {
      if rootRowCount == 0 {
        try readDirect(at: root, offset: 0, count: firstBlockByteCount)
      } else {
        try readIndirect(at: root, offset: 0, rowCount: rootRowCount, level: 0)
      }
    }
    if let hugeIndex {
      var lastNumber = -1
      for var record in try BTree2(at: hugeIndex, .hugeObject, recordByteCount: 24, reader).records {
        let place = (address: try record.blockAddress(), count: try record.number(8))
        let number = try record.number(8)
        guard number > lastNumber else { throw record.corrupt("has objects that are not in order") }
        hugeObjects[number] = place
        lastNumber = number
      }
    }
  }

  /// Checks the list of the unused bytes of blocks. No object is in it, but libhdf5 reads it when it reports the size of metadata.
  private static func checkFreeSpace(at address: Int, _ reader: MetadataReader) throws(StructureError) {
    var header = try reader.checkedBlock(at: address, count: 82, "list of unused bytes")
    try header.signature("FSHD")
    _ = try header.version(0...0)
    try header.skip(49)
    guard let sections = try header.optionalAddress() else { return }
    var list = try reader.checkedBlock(at: sections, count: try header.number(8), "list of unused bytes")
    try list.signature("FSSE")
    _ = try list.version(0...0)
    guard try list.blockAddress() == address else { throw list.corrupt("belongs to another heap") }
  }

  private var directHeadByteCount: Int { 5 + 8 + offsetByteCount + (hasChecksums ? 4 : 0) }

  private mutating func readDirect(at address: Int, offset: Int, count: Int) throws(StructureError) {
    guard count > directHeadByteCount else { throw .corrupt("the heap block at byte \(address) is too small") }
    let whole = try reader.block(at: address, count: count, "heap block")
    var head = whole
    try head.signature("FHDB")
    try checkHead(&head, offset)
    if hasChecksums {
      // The checksum is computed as if its own bytes were zeros.
      let stored = try head.number(4)
      var bytes = Array(whole.rest)
      for index in directHeadByteCount - 4..<directHeadByteCount { bytes[index] = 0 }
      try reader.compareChecksum(
        of: Fields(bytes, kind: "heap block", address: address), with: UInt32(stored),
        at: address + directHeadByteCount - 4)
    }
    blocks.append(Block(offset: offset, count: count, fields: whole.copy))
    unusedByteCount += count - directHeadByteCount
  }

  private mutating func readIndirect(
    at address: Int, offset: Int, rowCount: Int, level: Int
  ) throws(StructureError) {
    guard level < 48 else { throw .corrupt("the heap block at byte \(address) is nested too deep") }
    var block = try reader.checkedBlock(
      at: address, count: 5 + 8 + offsetByteCount + 8 * width * rowCount + 4, "heap block")
    try block.signature("FHIB")
    try checkHead(&block, offset)
    var childOffset = offset
    for row in 0..<rowCount {
      let count = firstBlockByteCount << max(0, row - 1)
      for _ in 0..<width {
        defer { childOffset += count }
        guard let child = try block.optionalAddress() else { continue }
        if row < directRowCount {
          try readDirect(at: child, offset: childOffset, count: count)
        } else {
          let rows = count.trailingZeroBitCount - firstRowBits + 1
          guard rows > 0 else { throw block.corrupt("has blocks of an impossible size") }
          try readIndirect(at: child, offset: childOffset, rowCount: rows, level: level + 1)
        }
      }
    }
  }

  private func checkHead(_ fields: inout Fields, _ offset: Int) throws(StructureError) {
    _ = try fields.version(0...0)
    guard try fields.blockAddress() == address, try fields.number(offsetByteCount) == offset else {
      throw fields.corrupt("belongs to another heap")
    }
  }

  /// The block that contains an offset of the heap. Blocks are in the order of their offsets.
  private func block(at offset: Int) -> Block? {
    var (low, high) = (0, blocks.count)
    while low < high {
      let middle = (low + high) / 2
      if blocks[middle].offset <= offset { low = middle + 1 } else { high = middle }
    }
    return low > 0 ? blocks[low - 1] : nil
  }

  /// The bytes of an object. Each object can be read once.
  mutating func object(_ identifier: Fields) throws(StructureError) -> Fields {
    var identifier = identifier
    let first = try identifier.byte()
    guard first & 0xC0 == 0 else { throw identifier.corrupt("has an identifier of an unknown version") }
    switch first >> 4 & 3 {
    case 0:
      let offset = try identifier.number(offsetByteCount)
      let count = try identifier.number(lengthByteCount)
      guard offset <= heapByteCount, let block = block(at: offset), count > 0,
        offset - block.offset >= directHeadByteCount, offset - block.offset + count <= block.count,
        count <= largestObject
      else { throw identifier.corrupt("points outside of its heap") }
      unusedByteCount -= count
      // Otherwise, the objects could grow with the square of the file.
      guard unusedByteCount >= 0 else { throw identifier.corrupt("has objects that share bytes") }
      var fields = block.fields
      try fields.skip(offset - block.offset)
      return try fields.part(count)
    case 1:
      guard let place = hugeObjects[try identifier.number(min(8, identifier.count))] else {
        throw identifier.corrupt("points outside of its heap")
      }
      return try reader.block(at: place.address, count: place.count, "attribute")
    case 2: return try identifier.part((first & 15) + 1)
    default: throw identifier.corrupt("has an identifier of an unknown kind")
    }
  }
}
