import Platform

/// Checks the index that finds the chunks of a dataset.
struct ChunkIndexCheck {
  private let layout: ChunkedLayout
  let isFiltered: Bool
  private let superblock: Superblock
  let reader: MetadataReader

  /// Checks the whole index, and that all chunks are inside of the file.
  static func run(
    _ layout: ChunkedLayout, _ space: DataspaceStructure, isFiltered: Bool, _ superblock: Superblock,
    _ reader: MetadataReader
  ) throws(StructureError) {
    guard let address = layout.address else { return }
    let check = ChunkIndexCheck(layout: layout, isFiltered: isFiltered, superblock: superblock, reader: reader)
    switch layout.index {
    case .single(let stored):
      guard isFiltered || stored == nil else { throw .corrupt("a dataset without filters has a filtered chunk") }
      try check.checkChunk(address, count: stored ?? layout.byteCount)
    case .implicit:
      let total = try check.product(
        space.limits.enumerated().map { axis, limit in limit ?? space.extents[axis] }, layout.extents)
      let (byteCount, overflow) = total.multipliedReportingOverflow(by: layout.byteCount)
      guard !overflow else { throw .corrupt("a dataset has more chunks than the file can hold") }
      try reader.check(address, count: byteCount, "row of chunks")
    case .tree: try check.checkTree(at: address)
    case .fixedArray:
      guard !space.limits.contains(nil) else { throw .corrupt("a dataset without limits has an index of a fixed size") }
      let total = try check.product(space.limits.map { $0 ?? 0 }, layout.extents)
      try check.checkFixedArray(at: address, count: total)
    case .extensibleArray:
      guard space.limits.count(where: { $0 == nil }) == 1 else {
        throw .corrupt("the chunk index does not fit the limits of the dataset")
      }
      let reach = space.limits.enumerated().map { axis, limit in limit ?? space.extents[axis] }
      guard try check.product(reach, layout.extents) < 1 << 31 else {
        throw .corrupt("a dataset has more chunks than its index can hold")
      }
      try check.checkExtensibleArray(at: address)
    case .tree2: try check.checkTree2(at: address)
    }
  }

  /// The number of chunks that cover extents.
  private func product(_ extents: [Int], _ chunk: [Int]) throws(StructureError) -> Int {
    var product = 1
    for (extent, size) in zip(extents, chunk) {
      let (next, overflow) = product.multipliedReportingOverflow(by: extent.dividedRoundingUp(by: size))
      guard !overflow else { throw .corrupt("a dataset has more chunks than the file can hold") }
      product = next
    }
    return product
  }

  private func checkChunk(_ address: Int, count: Int) throws(StructureError) {
    guard isFiltered || count == layout.byteCount, count > 0 else {
      throw .corrupt("the chunk at byte \(address) does not have the size of the dataset's chunks")
    }
    try reader.check(address, count: count, "chunk")
  }

  /// The number of bytes in which an index stores the size of a filtered chunk.
  private var sizeByteCount: Int {
    min(8, 1 + (Int.bitWidth - 1 - layout.byteCount.leadingZeroBitCount + 8) / 8)
  }

  /// The number of bytes of a chunk's entry in an array.
  var entryByteCount: Int { isFiltered ? 8 + sizeByteCount + 4 : 8 }

  private func checkEntry(_ fields: inout Fields) throws(StructureError) {
    let address = try fields.optionalAddress()
    let count = isFiltered ? try fields.number(sizeByteCount) : layout.byteCount
    if isFiltered { try fields.skip(4) }
    if let address { try checkChunk(address, count: count) }
  }

  func checkEntries(_ fields: inout Fields, count: Int) throws(StructureError) {
    for _ in 0..<count { try checkEntry(&fields) }
  }
}

// The B-tree of the old format.
extension ChunkIndexCheck {
  private func checkTree(at address: Int) throws(StructureError) {
    var pending: [(address: Int, level: Int?)] = [(address, nil)]
    while let (address, expectedLevel) = pending.popLast() {
      let keyByteCount = 8 + 8 * layout.extents.count
      let rank = 2 * superblock.chunkNodeRank
      var node = try reader.block(
        at: address, count: 24 + rank * 8 + (rank + 1) * keyByteCount, "chunk index")
      try node.signature("TREE")
      guard try node.byte() == 1 else { throw node.corrupt("is not the kind of index that is expected here") }
      let level = try node.byte()
      guard level == expectedLevel ?? level else {
        throw node.corrupt("does not have the level that its parent states")
      }
      let count = try node.number(2)
      guard count <= rank else { throw node.corrupt("has more entries than fit") }
      try node.skip(16)
      for index in 0...count {
        let byteCount = try node.number(4)
        try node.skip(4)
        for extent in layout.extents {
          let offset = try node.unsigned(8)
          guard offset.isMultiple(of: UInt64(extent)) else {
            throw node.corrupt("has a chunk at a position that is not a multiple of the chunk's extents")
          }
        }
        guard index < count else { break }
        let child = try node.blockAddress()
        if level > 0 {
          pending.append((child, level - 1))
        } else {
          try checkChunk(child, count: byteCount)
        }
      }
    }
  }

  private func checkTree2(at address: Int) throws(StructureError) {
    let rank = layout.extents.count - 1
    let kind: BTree2.Kind = isFiltered ? .filteredChunk : .chunk
    for var record in try BTree2(at: address, kind, recordByteCount: entryByteCount + 8 * rank, reader).records {
      try checkEntry(&record)
    }
  }
}

// The arrays of the new format for datasets that cannot grow.
extension ChunkIndexCheck {
  /// The number of entries in a page of an array.
  static let pageCount = 1 << 10

  private func checkFixedArray(at address: Int, count: Int) throws(StructureError) {
    var header = try reader.checkedBlock(at: address, count: 28, "chunk index")
    try header.signature("FAHD")
    _ = try header.version(0...0)
    guard try header.byte() == (isFiltered ? 1 : 0), try header.byte() == entryByteCount, try header.byte() == 10,
      try header.number(8) == count
    else { throw header.corrupt("does not fit its dataset") }
    guard let block = try header.optionalAddress() else { return }
    let pageCount = count > Self.pageCount ? count.dividedRoundingUp(by: Self.pageCount) : 0
    try reader.check(block, count: count, "chunk index")
    let bitmapCount = (pageCount + 7) / 8
    var head = try reader.checkedBlock(
      at: block, count: 14 + bitmapCount + (pageCount > 0 ? 0 : count * entryByteCount) + 4, "chunk index")
    try checkHead(&head, "FADB", header: address)
    guard pageCount > 0 else { return try checkEntries(&head, count: count) }
    let bitmap = try head.bytes(bitmapCount)
    var position = block + 14 + bitmapCount + 4
    for page in 0..<pageCount {
      let entryCount = min(Self.pageCount, count - page * Self.pageCount)
      let byteCount = Self.pageCount * entryByteCount + 4
      if bitmap[page / 8] & (0x80 >> UInt8(page % 8)) != 0 {
        var fields = try reader.checkedBlock(
          at: position, count: entryCount * entryByteCount + 4, "chunk index")
        try checkEntries(&fields, count: entryCount)
      }
      position += byteCount
    }
  }

  func checkHead(_ fields: inout Fields, _ signature: StaticString, header: Int) throws(StructureError) {
    try fields.signature(signature)
    _ = try fields.version(0...0)
    guard try fields.byte() == (isFiltered ? 1 : 0), try fields.blockAddress() == header else {
      throw fields.corrupt("belongs to another index")
    }
  }
}
