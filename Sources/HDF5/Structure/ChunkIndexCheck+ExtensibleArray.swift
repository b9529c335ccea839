import Limits

// The array of the new format for datasets that can grow along one axis.
extension ChunkIndexCheck {
  /// The entries of an array that are stored.
  private struct StoredEntries {
    /// The end of the last stored entry, as an index in the whole array.
    var end = 0
    var count = 0

    mutating func append(_ count: Int, at index: Int) { (end, self.count) = (index + count, self.count + count) }
  }

  func checkExtensibleArray(at address: Int) throws(StructureError) {
    var header = try reader.checkedBlock(at: address, count: 72, "chunk index")
    try header.signature("EAHD")
    _ = try header.version(0...0)
    guard try header.byte() == (isFiltered ? 1 : 0), try header.byte() == entryByteCount, try header.byte() == 32,
      try header.byte() == 4, try header.byte() == 16, try header.byte() == 4, try header.byte() == 10
    else { throw header.corrupt("does not fit its dataset") }
    try header.skip(32)
    let end = try header.number(8)
    try header.skip(8)
    var stored = StoredEntries()
    if let block = try header.optionalAddress() { try checkIndexBlock(at: block, header: address, &stored) }
    guard end <= stored.end else {
      throw header.corrupt("states \(end) entries, but its last block ends with entry \(stored.end)")
    }
    // libhdf5 visits every entry up to the last one that was ever set, also those that are not stored.
    let limit = reader.limits.unstoredChunkCount
    guard end - stored.count <= limit else {
      throw .refused(
        LimitProblem(
          name: nil, "has \(end - stored.count) chunks that were never written before its last one",
          "unstoredChunkCount", limit
        ).message)
    }
  }

  private func checkIndexBlock(
    at address: Int, header: Int, _ stored: inout StoredEntries
  ) throws(StructureError) {
    // With the constants of the header, the index block has 4 entries, 6 data blocks and 25 super blocks.
    var fields = try reader.checkedBlock(at: address, count: 14 + 4 * entryByteCount + 31 * 8 + 4, "chunk index")
    try checkHead(&fields, "EAIB", header: header)
    try checkEntries(&fields, count: 4)
    stored.append(4, at: 0)
    var index = 4
    for superBlock in 0..<29 {
      let blockCount = 1 << (superBlock / 2)
      let entryCount = 16 << ((superBlock + 1) / 2)
      if superBlock < 4 {
        for number in 0..<blockCount {
          guard let data = try fields.optionalAddress() else { continue }
          try checkDataBlock(
            at: data, header: header, count: entryCount, pages: nil, from: index + number * entryCount, &stored)
        }
      } else if let place = try fields.optionalAddress() {
        try checkSuperBlock(
          at: place, header: header, blockCount: blockCount, entryCount: entryCount, from: index, &stored)
      }
      index += blockCount * entryCount
    }
  }

  private func checkSuperBlock(
    at address: Int, header: Int, blockCount: Int, entryCount: Int, from index: Int, _ stored: inout StoredEntries
  ) throws(StructureError) {
    let pageCount = entryCount > Self.pageCount ? entryCount / Self.pageCount : 0
    let bitmapCount = (pageCount + 7) / 8
    try reader.check(address, count: blockCount * 8, "chunk index")
    var fields = try reader.checkedBlock(
      at: address, count: 18 + blockCount * (bitmapCount + 8) + 4, "chunk index")
    try checkHead(&fields, "EASB", header: header)
    try fields.skip(4)
    let bitmap = try fields.bytes(blockCount * bitmapCount)
    for number in 0..<blockCount {
      guard let data = try fields.optionalAddress() else { continue }
      let pages = (0..<pageCount).map { page in
        let bit = number * pageCount + page
        return bitmap[bit / 8] & (0x80 >> UInt8(bit % 8)) != 0
      }
      try checkDataBlock(
        at: data, header: header, count: entryCount, pages: pageCount > 0 ? pages : nil,
        from: index + number * entryCount, &stored)
    }
  }

  private func checkDataBlock(
    at address: Int, header: Int, count: Int, pages: [Bool]?, from index: Int, _ stored: inout StoredEntries
  ) throws(StructureError) {
    var fields = try reader.checkedBlock(
      at: address, count: 18 + (pages == nil ? count * entryByteCount : 0) + 4, "chunk index")
    try checkHead(&fields, "EADB", header: header)
    try fields.skip(4)
    guard let pages else {
      stored.append(count, at: index)
      return try checkEntries(&fields, count: count)
    }
    let byteCount = Self.pageCount * entryByteCount + 4
    for page in pages.indices where pages[page] {
      var fields = try reader.checkedBlock(
        at: address + 22 + page * byteCount, count: byteCount, "chunk index")
      try checkEntries(&fields, count: Self.pageCount)
      stored.append(Self.pageCount, at: index + page * Self.pageCount)
    }
  }
}
