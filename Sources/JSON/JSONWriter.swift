extension JSONValue {
  /// The value as JSON text. Keys are in the order of their bytes, there is no insignificant white space, and numbers have the
  /// shortest decimal that reads back the same. Equal values have equal texts.
  ///
  /// - Throws: `JSONError` for a number that is not finite, which JSON cannot hold.
  /// - Complexity: O(text).
  public func jsonText() throws(JSONError) -> String {
    var text = ""
    try write(to: &text)
    return text
  }

  private func write(to text: inout String) throws(JSONError) {
    switch self {
    case .null: text += "null"
    case .boolean(let value): text += value ? "true" : "false"
    case .integer(let value): text += String(value)
    case .real(let value):
      guard value.isFinite else { throw JSONError("JSON cannot represent the number \(value)") }
      text += value.description
    case .text(let value): JSONValue.write(value, to: &text)
    case .list(let elements):
      var separator = "["
      for element in elements {
        text += separator
        separator = ","
        try element.write(to: &text)
      }
      text += elements.isEmpty ? "[]" : "]"
    case .object(let members):
      var separator = "{"
      for (key, value) in members.sorted(by: { $0.key < $1.key }) {
        text += separator
        separator = ","
        JSONValue.write(key.text, to: &text)
        text += ":"
        try value.write(to: &text)
      }
      text += members.isEmpty ? "{}" : "}"
    }
  }

  private static func write(_ string: String, to text: inout String) {
    text += "\""
    for scalar in string.unicodeScalars {
      switch scalar {
      case "\"": text += "\\\""
      case "\\": text += "\\\\"
      case "\n": text += "\\n"
      case "\r": text += "\\r"
      case "\t": text += "\\t"
      case _ where scalar.value < 0x20:
        let digits = String(scalar.value, radix: 16)
        text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: text.unicodeScalars.append(scalar)
      }
    }
    text += "\""
  }
}
