/// Reads unsigned little-endian numbers from some bytes, one after another.
struct LittleEndianFields {
  private var rest: ArraySlice<UInt8>
  private let path: String

  /// Creates a reader of `bytes`. Its errors name `path`.
  init(_ bytes: [UInt8], path: String) {
    rest = bytes[...]
    self.path = path
  }

  /// Whether all bytes were read.
  var isAtEnd: Bool { rest.isEmpty }

  /// Reads the next bytes.
  mutating func bytes(_ count: Int) throws(InterchangeError) -> [UInt8] {
    guard count <= rest.count else {
      throw InterchangeError(.malformed, "a ZIP record is cut off", path: path)
    }
    defer { rest = rest.dropFirst(count) }
    return Array(rest.prefix(count))
  }

  /// Skips the next bytes.
  mutating func skip(_ count: Int) throws(InterchangeError) {
    _ = try bytes(count)
  }

  /// Reads the next 2 bytes as a number.
  mutating func uint16() throws(InterchangeError) -> UInt16 {
    try bytes(2).reversed().reduce(0) { $0 << 8 | UInt16($1) }
  }

  /// Reads the next 4 bytes as a number.
  mutating func uint32() throws(InterchangeError) -> UInt32 {
    try bytes(4).reversed().reduce(0) { $0 << 8 | UInt32($1) }
  }

  /// Reads the next 8 bytes as a size or an offset, which must fit in `Int`.
  mutating func size() throws(InterchangeError) -> Int {
    let value: UInt64 = try bytes(8).reversed().reduce(0) { $0 << 8 | UInt64($1) }
    guard let size = Int(exactly: value) else {
      throw InterchangeError(.malformed, "a size of \(value) bytes is too large", path: path)
    }
    return size
  }

  /// Returns the content of the first ZIP extra field of the given kind; nil if there is none.
  ///
  /// Each field consists of a kind, a length and content.
  mutating func extraField(_ kind: UInt16) throws(InterchangeError) -> LittleEndianFields? {
    while rest.count >= 4 {
      let found = try uint16()
      let content = try bytes(Int(try uint16()))
      if found == kind { return LittleEndianFields(content, path: path) }
    }
    return nil
  }
}
