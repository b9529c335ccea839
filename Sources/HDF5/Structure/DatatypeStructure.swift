/// The properties of an element type that the check of a file's structure needs.
struct DatatypeStructure {
  /// The number of bytes of an element.
  let byteCount: Int
  /// Whether elements are references to text elsewhere in the file.
  let isVariableText: Bool
  /// The type, if its elements are little-endian float16, bfloat16, float32, float64 or int64, or texts of a fixed length; otherwise nil.
  let plain: Datatype?
  /// If the elements refer to lists or texts: the number of bytes of one element of a list or text. Otherwise nil.
  let referredByteCount: Int?
  private let isInteger: Bool

  /// The deepest nesting of types. Real types rarely have more than three levels.
  private static let deepestLevel = 32
  private static let largestNumberByteCount = 64

  /// Reads the datatype message of an object. The message may refer to a named datatype.
  init(_ message: ObjectHeader.Message, _ types: CommittedTypes) throws(StructureError) {
    var fields = message.fields
    self = try message.isShared ? Self.shared(&fields, types) : DatatypeStructure(&fields, level: 1)
  }

  /// Reads a reference to a named datatype.
  static func shared(_ fields: inout Fields, _ types: CommittedTypes) throws(StructureError) -> DatatypeStructure {
    let version = try fields.version(1...3)
    let kind = try fields.byte()
    if version == 1 { try fields.skip(14) }
    guard version < 3 || kind == 2, version != 2 || kind != 1 else {
      throw .unread("the datatype of an object is stored in a table of shared messages")
    }
    return try types.datatype(at: fields.blockAddress())
  }

  /// Reads a type, and the types inside of it.
  init(_ fields: inout Fields, level: Int) throws(StructureError) {
    guard level <= Self.deepestLevel else {
      throw fields.corrupt("has datatypes nested more than \(Self.deepestLevel) levels deep")
    }
    let first = try fields.number(4)
    let (version, kind, flags) = (first >> 4 & 15, first & 15, first >> 8)
    byteCount = try fields.number(4)
    guard (1...3).contains(version) else { throw .unread("a datatype has the version \(version)") }
    guard byteCount > 0 else { throw fields.corrupt("has a datatype without bytes") }
    isVariableText = kind == 9 && flags & 15 == 1
    isInteger = kind == 0
    plain = Self.plain(kind, flags, byteCount: byteCount, fields)
    var referred: Int?
    switch kind {
    case 0, 4: try Self.checkBits(&fields, byteCount)
    case 1: try Self.checkFloat(&fields, byteCount, flags)
    case 2: try fields.skip(2)
    case 3:
      guard flags & 15 <= 2, flags >> 4 & 15 <= 1 else { throw fields.corrupt("has text of an unknown kind") }
    case 5: try fields.skip(flags & 0xFF)
    case 6: try Self.checkCompound(&fields, version, byteCount, memberCount: flags & 0xFFFF, level)
    case 7:
      guard flags & 15 <= 1, byteCount == (flags & 15 == 0 ? 8 : 12) else {
        throw .unread("a datatype is a reference of an unknown kind")
      }
    case 8: try Self.checkEnumeration(&fields, version, byteCount, memberCount: flags & 0xFFFF, level)
    case 9:
      guard flags & 15 <= 1, byteCount == 16, flags >> 4 & 15 <= 2, flags >> 8 & 15 <= 1 else {
        throw fields.corrupt("has a datatype of variable length of an unknown kind")
      }
      let base = try DatatypeStructure(&fields, level: level + 1)
      referred = base.byteCount
      guard !isVariableText || base.byteCount == 1 else {
        throw fields.corrupt("has text whose elements have several bytes")
      }
    case 10: try Self.checkArray(&fields, version, byteCount, level)
    default: throw .unread("a datatype is of the unknown class \(kind)")
    }
    referredByteCount = referred
  }

  private static func checkBits(_ fields: inout Fields, _ byteCount: Int) throws(StructureError) {
    let (offset, bitCount) = (try fields.number(2), try fields.number(2))
    guard byteCount <= largestNumberByteCount, bitCount > 0, offset + bitCount <= 8 * byteCount else {
      throw fields.corrupt("has numbers whose bits do not fit")
    }
  }

  private static func checkFloat(_ fields: inout Fields, _ byteCount: Int, _ flags: Int) throws(StructureError) {
    let (offset, bitCount) = (try fields.number(2), try fields.number(2))
    let exponent = (place: try fields.byte(), count: try fields.byte())
    let mantissa = (place: try fields.byte(), count: try fields.byte())
    try fields.skip(4)
    guard byteCount <= largestNumberByteCount, bitCount > 0, offset + bitCount <= 8 * byteCount,
      (1...32).contains(exponent.count), mantissa.count > 0, exponent.place + exponent.count <= bitCount,
      mantissa.place + mantissa.count <= bitCount, flags >> 8 & 0xFF < bitCount, flags >> 4 & 3 < 3,
      exponent.place >= mantissa.place + mantissa.count || mantissa.place >= exponent.place + exponent.count
    else { throw fields.corrupt("has floating-point numbers whose bits do not fit") }
  }

  private static func checkCompound(
    _ fields: inout Fields, _ version: Int, _ byteCount: Int, memberCount: Int, _ level: Int
  ) throws(StructureError) {
    guard memberCount > 0 else { throw fields.corrupt("has a compound without members") }
    let offsetByteCount = version < 3 ? 4 : (Int.bitWidth - byteCount.leadingZeroBitCount + 7) / 8
    for _ in 0..<memberCount {
      try skipName(&fields, isPadded: version < 3)
      let offset = try fields.number(offsetByteCount)
      var elementCount = 1
      if version == 1 {
        let rank = try fields.byte()
        try fields.skip(11)
        guard rank <= 4 else { throw fields.corrupt("has a member with too many axes") }
        for axis in 0..<4 {
          let extent = try fields.number(4)
          guard axis < rank else { continue }
          let (product, overflow) = elementCount.multipliedReportingOverflow(by: extent)
          guard !overflow, extent > 0 else {
            throw fields.corrupt("has a member with an empty axis or too many elements")
          }
          elementCount = product
        }
      }
      let member = try DatatypeStructure(&fields, level: level + 1)
      let (count, overflow) = member.byteCount.multipliedReportingOverflow(by: elementCount)
      guard !overflow, offset <= byteCount, count <= byteCount - offset else {
        throw fields.corrupt("has a member outside of its compound")
      }
    }
  }

  private static func checkEnumeration(
    _ fields: inout Fields, _ version: Int, _ byteCount: Int, memberCount: Int, _ level: Int
  ) throws(StructureError) {
    let base = try DatatypeStructure(&fields, level: level + 1)
    guard base.isInteger, base.byteCount == byteCount else {
      throw fields.corrupt("has an enumeration whose values are not integers of its size")
    }
    for _ in 0..<memberCount { try skipName(&fields, isPadded: version < 3) }
    try fields.skip(memberCount * byteCount)
  }

  private static func checkArray(
    _ fields: inout Fields, _ version: Int, _ byteCount: Int, _ level: Int
  ) throws(StructureError) {
    guard version > 1 else { throw fields.corrupt("has an array, but its version of the format has no arrays") }
    let rank = try fields.byte()
    guard (1...DataspaceStructure.largestRank).contains(rank) else {
      throw fields.corrupt("has an array of \(rank) axes")
    }
    if version < 3 { try fields.skip(3) }
    var extents: [Int] = []
    for _ in 0..<rank { extents.append(try fields.number(4)) }
    if version < 3 { try fields.skip(4 * rank) }
    let base = try DatatypeStructure(&fields, level: level + 1)
    var product = base.byteCount
    for extent in extents {
      let (next, overflow) = product.multipliedReportingOverflow(by: extent)
      guard !overflow, extent > 0, next <= byteCount else { throw fields.corrupt("has an array of a wrong size") }
      product = next
    }
    guard product == byteCount else { throw fields.corrupt("has an array of a wrong size") }
  }

  private static func skipName(_ fields: inout Fields, isPadded: Bool) throws(StructureError) {
    let start = fields.position
    _ = try fields.terminatedText()
    if isPadded { try fields.skip(toMultipleOf: 8, from: start) }
  }
}

/// Finds the named datatypes of a file. `FileStructure` implements it.
protocol CommittedTypes {
  func datatype(at address: Int) throws(StructureError) -> DatatypeStructure
}
