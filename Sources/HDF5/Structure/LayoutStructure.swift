/// The storage of the elements of a dataset, as its header describes it.
enum LayoutStructure {
  /// In the header of the dataset.
  case compact(Fields)
  /// As a single block of bytes. The address is nil if nothing was written.
  case contiguous(address: Int?, byteCount: Int?)
  case chunked(ChunkedLayout)
  /// In other datasets, which usually belong to other files.
  case virtual

  init(_ message: ObjectHeader.Message) throws(StructureError) {
    guard !message.isShared else { throw message.fields.corrupt("is stored elsewhere") }
    var fields = message.fields
    let version = try fields.version(1...4)
    if version < 3 {
      self = try Self.old(&fields)
      return
    }
    switch try fields.byte() {
    case 0:
      let count = try fields.number(2)
      self = .compact(try fields.part(count))
    case 1: self = .contiguous(address: try fields.optionalAddress(), byteCount: try fields.number(8))
    case 2: self = .chunked(version == 3 ? try Self.third(&fields) : try ChunkedLayout(fourth: &fields))
    case 3 where version == 4: self = .virtual
    case let kind: throw fields.corrupt("has the unknown kind of storage \(kind)")
    }
  }

  private static func old(_ fields: inout Fields) throws(StructureError) -> LayoutStructure {
    let rank = try fields.byte()
    let kind = try fields.byte()
    try fields.skip(5)
    guard (1...DataspaceStructure.largestRank + 1).contains(rank), kind <= 2 else {
      throw fields.corrupt("has an unknown kind of storage, or a wrong number of axes")
    }
    let address = kind == 0 ? nil : try fields.optionalAddress()
    var extents: [Int] = []
    for _ in 0..<rank { extents.append(try fields.number(4)) }
    switch kind {
    case 0:
      let count = try fields.number(4)
      return .compact(try fields.part(count))
    case 1: return .contiguous(address: address, byteCount: nil)
    default: return .chunked(try ChunkedLayout(extents, .tree, address: address, fields))
    }
  }

  private static func third(_ fields: inout Fields) throws(StructureError) -> ChunkedLayout {
    let rank = try fields.byte()
    let address = try fields.optionalAddress()
    var extents: [Int] = []
    for _ in 0..<rank { extents.append(try fields.number(4)) }
    return try ChunkedLayout(extents, .tree, address: address, fields)
  }
}

/// The extents of chunks, and the index that finds them.
struct ChunkedLayout {
  /// The kinds of index.
  enum Index {
    /// A B-tree of the old format.
    case tree
    /// One chunk, and its size and filter mask if it passed filters.
    case single(stored: Int?)
    /// No index: all chunks are in a single block of bytes, in row-major order.
    case implicit
    case fixedArray
    case extensibleArray
    case tree2
  }

  /// The extents of a chunk, followed by the size of an element.
  let extents: [Int]
  let index: Index
  /// The address of the index; nil if nothing was written.
  let address: Int?
  /// The number of bytes of a chunk.
  let byteCount: Int

  init(_ extents: [Int], _ index: Index, address: Int?, _ fields: Fields) throws(StructureError) {
    guard (2...DataspaceStructure.largestRank + 1).contains(extents.count) else {
      throw fields.corrupt("has chunks of \(extents.count) axes")
    }
    var product = 1
    for extent in extents {
      let (next, overflow) = product.multipliedReportingOverflow(by: extent)
      guard extent > 0, !overflow, next <= Int(UInt32.max) else {
        throw fields.corrupt("has chunks that are empty or larger than 4 GiB")
      }
      product = next
    }
    (self.extents, self.index, self.address, byteCount) = (extents, index, address, product)
  }

  init(fourth fields: inout Fields) throws(StructureError) {
    let flags = try fields.byte()
    let rank = try fields.byte()
    let size = try fields.byte()
    guard flags & ~3 == 0, (1...8).contains(size) else { throw fields.corrupt("has chunks of an unknown kind") }
    // The library's own constants for each kind of index. Programs cannot choose other constants.
    func check(_ constants: [Int]) throws(StructureError) {
      for constant in constants where try fields.byte() != constant {
        throw .unread("the chunk index of a dataset has an unusual form")
      }
    }
    var extents: [Int] = []
    for _ in 0..<rank { extents.append(try fields.number(size)) }
    let index: Index
    switch try fields.byte() {
    case 1:
      guard flags & 2 != 0 else {
        index = .single(stored: nil)
        break
      }
      index = .single(stored: try fields.number(8))
      try fields.skip(4)
    case 2: index = .implicit
    case 3:
      try check([10])
      index = .fixedArray
    case 4:
      try check([32, 4, 4, 16, 10])
      index = .extensibleArray
    case 5:
      try check([0, 8, 0, 0, 100, 40])
      index = .tree2
    case let kind: throw fields.corrupt("has the unknown kind of index \(kind)")
    }
    guard flags & 1 == 0 || rank > 0 else { throw fields.corrupt("has chunks of an unknown kind") }
    try self.init(extents, index, address: try fields.optionalAddress(), fields)
  }
}
