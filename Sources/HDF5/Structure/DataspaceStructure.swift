/// The extents of a dataset or an attribute.
struct DataspaceStructure {
  /// The current extents; empty for a scalar.
  let extents: [Int]
  /// The largest extents; nil for an axis without a limit.
  let limits: [Int?]
  /// Whether there are no elements at all.
  let isNull: Bool

  /// The largest number of axes in HDF5.
  static let largestRank = 32

  init(_ message: ObjectHeader.Message) throws(StructureError) {
    guard !message.isShared else { throw .unread("the extents of an object are stored elsewhere") }
    var fields = message.fields
    try self.init(&fields)
  }

  init(_ fields: inout Fields) throws(StructureError) {
    let version = try fields.version(1...2)
    let rank = try fields.byte()
    let flags = try fields.byte()
    guard rank <= Self.largestRank else { throw fields.corrupt("has \(rank) axes; HDF5 allows \(Self.largestRank)") }
    let kind = try fields.byte()
    if version == 1 { try fields.skip(4) }
    guard version == 1 || kind == 1 || kind <= 2 && rank == 0, flags & ~1 == 0 else {
      throw fields.corrupt("has an unknown kind of extents")
    }
    isNull = version == 2 && kind == 2
    var extents: [Int] = []
    for _ in 0..<rank { extents.append(try fields.number(8)) }
    var limits: [Int?] = []
    for axis in 0..<rank {
      guard flags & 1 != 0 else {
        limits.append(extents[axis])
        continue
      }
      let limit = try fields.unsigned(8)
      guard limit == .max || limit >= UInt64(extents[axis]) else {
        throw fields.corrupt("has extents above their limits")
      }
      limits.append(limit == .max ? nil : Int(exactly: limit))
      guard limit == .max || Int(exactly: limit) != nil else {
        throw fields.corrupt("has a number that is far too large")
      }
    }
    (self.extents, self.limits) = (extents, limits)
  }

  /// The number of bytes of all elements.
  func byteCount(elementByteCount: Int) throws(StructureError) -> Int {
    guard !isNull, !extents.contains(0) else { return 0 }
    var product = elementByteCount
    for extent in extents {
      let (next, overflow) = product.multipliedReportingOverflow(by: extent)
      guard !overflow else { throw .corrupt("extents \(extents) are beyond what a machine can address") }
      product = next
    }
    return product
  }
}
