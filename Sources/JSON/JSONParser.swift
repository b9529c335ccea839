import Limits
import Names

extension JSONValue {
  /// Reads JSON text (RFC 8259) strictly. It refuses duplicate keys in an object, numbers beyond the range of a double, halves
  /// of surrogate pairs, and more levels of objects and lists than `ReadingLimits.jsonDepth` (512). A number without fraction
  /// and exponent that fits into 64 bits is an integer.
  ///
  /// This reader starts much faster than Foundation's `JSONDecoder`, and its errors give the position in the text.
  ///
  /// - Throws: `JSONError` that names the line and column.
  /// - Complexity: O(bytes).
  public init(parsing text: String) throws(JSONError) {
    var parser = JSONParser(bytes: Array(text.utf8), deepestLevel: ReadingLimits.current.jsonDepth)
    self = try parser.document()
  }
}

/// Parses a JSON text for `JSONValue.init(parsing:)`.
struct JSONParser {
  /// The greatest number of nested objects and lists. The outermost has level 1.
  let deepestLevel: Int
  let bytes: [UInt8]
  /// The index of the next byte.
  var position = 0

  init(bytes: [UInt8], deepestLevel: Int) {
    self.bytes = bytes
    self.deepestLevel = deepestLevel
  }

  mutating func document() throws(JSONError) -> JSONValue {
    let value = try value(level: 1)
    try end()
    return value
  }

  /// Throws if anything but white space follows.
  mutating func end() throws(JSONError) {
    skipSpace()
    guard position == bytes.count else { throw failure("text follows the value") }
  }

  // MARK: Values

  /// - Parameter level: The level of the value if it is an object or a list.
  mutating func value(level: Int) throws(JSONError) -> JSONValue {
    skipSpace()
    switch peek {
    case UInt8(ascii: "{"): return try object(level: level)
    case UInt8(ascii: "["): return try list(level: level)
    case UInt8(ascii: "\""): return .text(try string())
    case UInt8(ascii: "t"): return try literal("true", .boolean(true))
    case UInt8(ascii: "f"): return try literal("false", .boolean(false))
    case UInt8(ascii: "n"): return try literal("null", .null)
    default: return try number()
    }
  }

  private mutating func object(level: Int) throws(JSONError) -> JSONValue {
    try check(level)
    var members = [Name: JSONValue](minimumCapacity: 8)
    position += 1
    skipSpace()
    if take("}") { return .object(members) }
    repeat {
      skipSpace()
      guard peek == UInt8(ascii: "\"") else { throw failure("a key is missing") }
      let key = Name(try string())
      skipSpace()
      guard take(":") else { throw failure("\":\" is missing after the key \"\(key)\"") }
      guard members.updateValue(try value(level: level + 1), forKey: key) == nil else {
        throw failure("the key \"\(key)\" occurs twice in one object")
      }
      skipSpace()
    } while take(",")
    guard take("}") else { throw failure("an object is not closed") }
    return .object(members)
  }

  private func check(_ level: Int) throws(JSONError) {
    guard level <= deepestLevel else {
      throw failure(
        "objects and lists are nested more than \(deepestLevel) levels deep; a program can raise ReadingLimits.jsonDepth for them"
      )
    }
  }

  private mutating func list(level: Int) throws(JSONError) -> JSONValue {
    try check(level)
    var elements: [JSONValue] = []
    position += 1
    skipSpace()
    if take("]") { return .list(elements) }
    repeat {
      elements.append(try value(level: level + 1))
      skipSpace()
    } while take(",")
    guard take("]") else { throw failure("a list is not closed") }
    return .list(elements)
  }

  private mutating func literal(_ word: StaticString, _ value: JSONValue) throws(JSONError) -> JSONValue {
    for offset in 0..<word.utf8CodeUnitCount {
      guard peek == word.utf8Start[offset] else { throw failure("an unknown word") }
      position += 1
    }
    return value
  }

  private mutating func number() throws(JSONError) -> JSONValue {
    let start = position
    var isInteger = true
    _ = take("-")
    let leadingZero = peek == UInt8(ascii: "0")
    guard takeDigits() > 0, !leadingZero || position - start == (bytes[start] == UInt8(ascii: "-") ? 2 : 1) else {
      throw failure("a value is missing or malformed")
    }
    if take(".") {
      isInteger = false
      guard takeDigits() > 0 else { throw failure("a number ends at its decimal point") }
    }
    if take("e") || take("E") {
      isInteger = false
      _ = take("+") || take("-")
      guard takeDigits() > 0 else { throw failure("a number ends at its exponent") }
    }
    if isInteger, position - start <= 18, bytes[start] != UInt8(ascii: "-") {
      // A number with so few digits fits in 64 bits.
      return .integer(bytes[start..<position].reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) })
    }
    let text = String(decoding: bytes[start..<position], as: UTF8.self)
    if isInteger, let integer = Int(text) { return .integer(integer) }
    guard let real = Double(text), real.isFinite else { throw failure("the number \(text) is too large") }
    return .real(real)
  }

  // MARK: Strings

  mutating func string() throws(JSONError) -> String {
    position += 1
    let start = position
    while let byte = peek, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\"), byte >= 0x20 { position += 1 }
    var text = String(decoding: bytes[start..<position], as: UTF8.self)
    while true {
      switch peek {
      case UInt8(ascii: "\""):
        position += 1
        return text
      case UInt8(ascii: "\\"):
        position += 1
        text.unicodeScalars.append(try escape())
      case let byte? where byte >= 0x20:
        let start = position
        while let byte = peek, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\"), byte >= 0x20 { position += 1 }
        text += String(decoding: bytes[start..<position], as: UTF8.self)
      default: throw failure("a string is not closed, or holds a control character")
      }
    }
  }

  private mutating func escape() throws(JSONError) -> Unicode.Scalar {
    guard let byte = peek else { throw failure("a string ends at an escape") }
    position += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(byte)
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{C}"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "u"):
      let unit = try hexadecimalUnit()
      if let scalar = Unicode.Scalar(unit) { return scalar }
      // A character beyond the basic plane consists of two units.
      guard unit < 0xDC00, take("\\"), take("u"), case let low = try hexadecimalUnit(), (0xDC00...0xDFFF).contains(low),
        let scalar = Unicode.Scalar(0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00))
      else { throw failure("half of a surrogate pair") }
      return scalar
    default: throw failure("an unknown escape")
    }
  }

  private mutating func hexadecimalUnit() throws(JSONError) -> UInt32 {
    var unit: UInt32 = 0
    for _ in 0..<4 {
      guard let byte = peek, let digit = Character(Unicode.Scalar(byte)).hexDigitValue, byte < 0x80 else {
        throw failure("four hexadecimal digits are missing")
      }
      unit = unit << 4 + UInt32(digit)
      position += 1
    }
    return unit
  }

  // MARK: Bytes

  var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

  mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard peek == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  private mutating func takeDigits() -> Int {
    let start = position
    while let byte = peek, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { position += 1 }
    return position - start
  }

  mutating func skipSpace() {
    while let byte = peek, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
  }

  func failure(_ problem: String) -> JSONError {
    let before = bytes[..<min(position, bytes.count)]
    let line = before.count { $0 == 0x0A } + 1
    let column = before.count - (before.lastIndex(of: 0x0A).map { $0 + 1 } ?? 0) + 1
    return JSONError("is not valid JSON: \(problem), at line \(line), column \(column)")
  }
}
