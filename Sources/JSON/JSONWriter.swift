extension JSONValue {
  /// The value as JSON text.
  ///
  /// Keys are in the order of their bytes, and there is no insignificant white space. Each number is the shortest decimal that reads back
  /// as the same number. Equal values have equal texts.
  ///
  /// - Throws: `JSONError` for a number that is not finite, which JSON cannot represent.
  /// - Complexity: O(text).
  public func jsonText() throws(JSONError) -> String {
    var bytes: [UInt8] = []
    try write(to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }

  func write(to bytes: inout [UInt8]) throws(JSONError) {
    switch self {
    case .null: bytes += "null".utf8
    case .boolean(let value): bytes += (value ? "true" : "false").utf8
    case .integer(let value): JSONValue.write(value, to: &bytes)
    case .real(let value):
      guard value.isFinite else { throw JSONError("JSON cannot represent the number \(value)") }
      bytes += value.description.utf8
    case .text(let value): JSONValue.write(value, to: &bytes)
    case .list(let elements):
      bytes.append(UInt8(ascii: "["))
      var isFirst = true
      for element in elements {
        if !isFirst { bytes.append(UInt8(ascii: ",")) }
        isFirst = false
        try element.write(to: &bytes)
      }
      bytes.append(UInt8(ascii: "]"))
    case .object(let members):
      bytes.append(UInt8(ascii: "{"))
      var isFirst = true
      for (key, value) in members.sorted(by: { $0.key < $1.key }) {
        if !isFirst { bytes.append(UInt8(ascii: ",")) }
        isFirst = false
        JSONValue.write(key.text, to: &bytes)
        bytes.append(UInt8(ascii: ":"))
        try value.write(to: &bytes)
      }
      bytes.append(UInt8(ascii: "}"))
    }
  }

  static func write(_ integer: Int, to bytes: inout [UInt8]) {
    guard integer >= 0 else {
      bytes += String(integer).utf8
      return
    }
    // Small integers are frequent in tables, so write them quickly.
    let start = bytes.count
    var rest = integer
    repeat {
      bytes.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10))
      rest /= 10
    } while rest > 0
    bytes[start...].reverse()
  }

  static func write(_ string: String, to bytes: inout [UInt8]) {
    bytes.append(UInt8(ascii: "\""))
    var string = string
    string.withUTF8 { text in
      var start = 0
      for (index, byte) in text.enumerated()
      where byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") {
        bytes += text[start..<index]
        start = index + 1
        bytes.append(UInt8(ascii: "\\"))
        switch byte {
        case UInt8(ascii: "\n"): bytes.append(UInt8(ascii: "n"))
        case UInt8(ascii: "\r"): bytes.append(UInt8(ascii: "r"))
        case UInt8(ascii: "\t"): bytes.append(UInt8(ascii: "t"))
        case 0x20...: bytes.append(byte)
        default: bytes += "u00\(byte < 0x10 ? "0" : "")\(String(byte, radix: 16))".utf8
        }
      }
      bytes += text[start...]
    }
    bytes.append(UInt8(ascii: "\""))
  }
}
