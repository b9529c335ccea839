/// The fields of a block of metadata, read one after another. Numbers are little-endian.
struct Fields {
  private let bytes: [UInt8]
  private let end: Int
  /// The offset of the next field in the block.
  private(set) var position: Int
  /// The kind of block, for messages.
  let kind: String
  /// The address of the block, for messages.
  let address: Int

  /// Creates the fields of a whole block.
  init(_ bytes: [UInt8], kind: String, address: Int) {
    (self.bytes, end, position, self.kind, self.address) = (bytes, bytes.count, 0, kind, address)
  }

  private init(_ fields: Fields, count: Int) {
    (bytes, end, position) = (fields.bytes, fields.position + count, fields.position)
    (kind, address) = (fields.kind, fields.address)
  }

  /// The number of bytes that were not read yet.
  var count: Int { end - position }

  /// An error about this block.
  func corrupt(_ problem: String) -> StructureError { .corrupt("the \(kind) at byte \(address) \(problem)") }

  /// Takes the next bytes as separate fields.
  mutating func part(_ count: Int) throws(StructureError) -> Fields {
    guard count >= 0, count <= self.count else { throw corrupt("is too short for its content") }
    defer { position += count }
    return Fields(self, count: count)
  }

  mutating func skip(_ count: Int) throws(StructureError) { _ = try part(count) }

  /// Skips bytes until the distance from `start` is a multiple of a size.
  mutating func skip(toMultipleOf size: Int, from start: Int) throws(StructureError) {
    try skip((size - (position - start) % size) % size)
  }

  /// Takes an unsigned number of at most eight bytes.
  mutating func unsigned(_ byteCount: Int) throws(StructureError) -> UInt64 {
    guard byteCount <= count, byteCount <= 8 else { throw corrupt("is too short for its content") }
    var value: UInt64 = 0
    for index in (position..<position + byteCount).reversed() { value = value << 8 | UInt64(bytes[index]) }
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

  mutating func bytes(_ count: Int) throws(StructureError) -> [UInt8] {
    let part = try part(count)
    return Array(bytes[part.position..<part.end])
  }

  /// Takes text that ends with a NUL, without the NUL.
  mutating func terminatedText() throws(StructureError) -> [UInt8] {
    guard let zero = bytes[position..<end].firstIndex(of: 0) else { throw corrupt("has text without an end") }
    defer { position = zero + 1 }
    return Array(bytes[position..<zero])
  }

  /// Takes a fixed text that identifies the kind of block.
  mutating func signature(_ expected: StaticString) throws(StructureError) {
    guard expected.utf8CodeUnitCount <= count, hasPrefix(expected) else {
      throw corrupt("does not begin with its signature")
    }
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
