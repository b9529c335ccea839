/// A block with texts and lists of variable length, to which elements refer. HDF5 calls it a collection of the global heap.
struct GlobalHeap {
  /// The address and the size of each object, by its number.
  private(set) var places: [Int: (address: Int, byteCount: Int)] = [:]

  private static let smallestByteCount = 4096

  /// Reads the collection at an address.
  init(at address: Int, _ reader: MetadataReader) throws(StructureError) {
    var head = try reader.peek(at: address, count: 16, "collection of texts")
    try head.signature("GCOL")
    _ = try head.version(1...1)
    try head.skip(3)
    let count = try head.number(8)
    guard count >= Self.smallestByteCount else { throw head.corrupt("is too small") }
    var fields = try reader.block(at: address, count: count, "collection of texts")
    try fields.skip(16)
    while fields.count >= 16 {
      let index = try fields.number(2)
      try fields.skip(6)
      let byteCount = try fields.number(8)
      guard index > 0 else {
        // The rest of the collection is free. Its stored size includes these fields.
        guard byteCount == fields.count + 16 else { throw fields.corrupt("has free space with a wrong size") }
        return
      }
      let place = (address: address + count - fields.count, byteCount: byteCount)
      guard places.updateValue(place, forKey: index) == nil, byteCount <= fields.count else {
        throw fields.corrupt("has an object twice or outside of it")
      }
      try fields.skip((byteCount + 7) / 8 * 8)
    }
  }
}
