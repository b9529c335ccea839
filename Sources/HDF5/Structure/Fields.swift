/// The fields of a block of metadata, read one after another. Numbers are little-endian.
struct Fields {
  /// The bytes of the block, among others.
  private let bytes: [UInt8]
  private let end: Int
  /// The index of the next field. Only differences of positions have a meaning.
  private(set) var position: Int
  /// The kind of block, for messages.
  let kind: StaticString
  /// The address of the block, for messages.
  let address: Int

  /// Creates the fields of a whole block.
  init(_ bytes: [UInt8], kind: StaticString, address: Int) {
    self.init(bytes, 0..<bytes.count, kind: kind, address: address)
  }

  /// Creates the fields of a block that is a part of more bytes. The bytes are not copied.
  init(_ bytes: [UInt8], _ range: Range<Int>, kind: StaticString, address: Int) {
    (self.bytes, position, end) = (bytes, range.lowerBound, range.upperBound)
    (self.kind, self.address) = (kind, address)
  }

  /// The number of bytes that were not read yet.
  var count: Int { end - position }

  /// An error about this block.
  func corrupt(_ problem: String) -> StructureError { .corrupt("the \(kind) at byte \(address) \(problem)") }

  /// Takes the next bytes as separate fields.
  mutating func part(_ count: Int) throws(StructureError) -> Fields {
    guard count >= 0, count <= self.count else { throw corrupt("is too short for its content") }
    defer { position += count }
    return Fields(bytes, position..<position + count, kind: kind, address: address)
  }

  mutating func skip(_ count: Int) throws(StructureError) {
    guard count >= 0, count <= self.count else { throw corrupt("is too short for its content") }
    position += count
  }

  /// Skips bytes until the distance from `start` is a multiple of a size.
  mutating func skip(toMultipleOf size: Int, from start: Int) throws(StructureError) {
    try skip((size - (position - start) % size) % size)
  }

  /// Takes an unsigned number of at most eight bytes.
  mutating func unsigned(_ byteCount: Int) throws(StructureError) -> UInt64 {
    guard byteCount <= count, byteCount <= 8 else { throw corrupt("is too short for its content") }
    var value: UInt64 = 0
    for offset in 0..<byteCount { value |= UInt64(bytes[position + offset]) << UInt64(8 * offset) }
    position += byteCount
    return value
  }

  /// Takes a number that fits an `Int`.
  mutating func number(_ byteCount: Int) throws(StructureError) -> Int {
    guard let value = Int(exactly: try unsigned(byteCount)) else { throw corrupt("has a number that is far too large") }
    return value
  }

  mutating func byte() throws(StructureError) -> Int { try number(1) }

  /// Takes the address of another block; nil if the field has no address.
  mutating func optionalAddress() throws(StructureError) -> Int? {
    let value = try unsigned(8)
    if value == .max { return nil }
    guard let address = Int(exactly: value) else { throw corrupt("points outside of the file") }
    return address
  }

  /// Takes the address of another block.
  mutating func blockAddress() throws(StructureError) -> Int {
    guard let address = try optionalAddress() else { throw corrupt("points nowhere") }
    return address
  }

  mutating func bytes(_ count: Int) throws(StructureError) -> [UInt8] { Array(try part(count).rest) }

  /// All bytes that were not read yet.
  var rest: ArraySlice<UInt8> { bytes[position..<end] }

  /// The same fields with their own copy of the bytes, so that they do not keep other bytes in memory.
  var copy: Fields { count == bytes.count ? self : Fields(Array(rest), kind: kind, address: address) }

  /// Takes text that ends with a NUL, without the NUL.
  mutating func terminatedText() throws(StructureError) -> [UInt8] {
    guard let zero = bytes[position..<end].firstIndex(of: 0) else { throw corrupt("has text without an end") }
    defer { position = zero + 1 }
    return Array(bytes[position..<zero])
  }

  /// Takes a fixed text that identifies the kind of block.
  mutating func signature(_ expected: StaticString) throws(StructureError) {
    guard hasPrefix(expected) else { throw corrupt("does not begin with its signature") }
    position += expected.utf8CodeUnitCount
  }

  /// Whether the next bytes are a text.
  func hasPrefix(_ expected: StaticString) -> Bool {
    guard expected.utf8CodeUnitCount <= count else { return false }
    return expected.withUTF8Buffer { bytes[position..<position + $0.count].elementsEqual($0) }
  }

  /// Takes one byte that must have one of the given values.
  mutating func version(_ accepted: ClosedRange<Int>) throws(StructureError) -> Int {
    let version = try byte()
    guard accepted.contains(version) else {
      throw .unread("the \(kind) at byte \(address) has a part of the unknown version \(version)")
    }
    return version
  }
}
