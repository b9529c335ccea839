/// Parses the few Python literals that occur in the headers of NumPy files: strings, booleans and tuples of integers.
struct PythonLiteralParser {
  private var rest: ArraySlice<UInt8>
  private let path: String

  /// Creates a parser of `text`. Its errors name `path`.
  init(_ text: [UInt8], path: String) {
    rest = text[...]
    self.path = path
  }

  /// Skips white space, and then the given character if it comes next. Returns whether the character came next.
  mutating func skip(_ character: Unicode.Scalar) throws(InterchangeError) -> Bool {
    skipWhiteSpace()
    guard rest.first == UInt8(ascii: character) else { return false }
    rest.removeFirst()
    return true
  }

  /// Skips a character that must come next.
  mutating func expect(_ character: Unicode.Scalar) throws(InterchangeError) {
    guard try skip(character) else { throw malformed("'\(character)'") }
  }

  /// Checks that only white space is left.
  mutating func expectEnd() throws(InterchangeError) {
    skipWhiteSpace()
    guard rest.isEmpty else { throw malformed("its end") }
  }

  /// Reads a string of printable ASCII characters in single or double quotes, without escapes.
  mutating func string() throws(InterchangeError) -> String {
    skipWhiteSpace()
    guard let quote = rest.first, quote == UInt8(ascii: "'") || quote == UInt8(ascii: "\""),
      let end = rest.dropFirst().firstIndex(of: quote)
    else { throw malformed("a string") }
    let content = rest[(rest.startIndex + 1)..<end]
    guard content.allSatisfy({ (0x20..<0x7F).contains($0) && $0 != UInt8(ascii: "\\") }) else {
      throw malformed("a plain string")
    }
    rest = rest[(end + 1)...]
    return String(decoding: content, as: UTF8.self)
  }

  /// Reads a boolean, `True` or `False`.
  mutating func boolean() throws(InterchangeError) -> Bool {
    skipWhiteSpace()
    for (word, value) in [("True", true), ("False", false)] where rest.starts(with: Array(word.utf8)) {
      rest.removeFirst(word.utf8.count)
      return value
    }
    throw malformed("True or False")
  }

  /// Reads a tuple of integers that are not negative, such as `()`, `(3,)` or `(3, 4)`.
  mutating func tuple() throws(InterchangeError) -> [Int] {
    try expect("(")
    var values: [Int] = []
    var hasComma = false
    while try !skip(")") {
      values.append(try integer())
      guard try skip(",") else {
        // A tuple of one number needs a comma: in Python, (3) is a number in parentheses.
        guard values.count > 1 || hasComma else { throw malformed("a comma") }
        try expect(")")
        break
      }
      hasComma = true
    }
    return values
  }

  private mutating func integer() throws(InterchangeError) -> Int {
    skipWhiteSpace()
    let digits = rest.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    guard let value = Int(String(decoding: digits, as: UTF8.self)) else { throw malformed("an extent") }
    rest = rest.dropFirst(digits.count)
    // Python 2 wrote long integers with a suffix L.
    if rest.first == UInt8(ascii: "L") { rest.removeFirst() }
    return value
  }

  private mutating func skipWhiteSpace() {
    rest = rest.drop { $0 == 0x20 || (0x09...0x0D).contains($0) }
  }

  private func malformed(_ expected: String) -> InterchangeError {
    InterchangeError(
      .malformed, "the header does not parse: \(expected) expected at byte \(rest.startIndex) of its text", path: path)
  }
}
