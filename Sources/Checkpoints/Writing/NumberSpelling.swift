/// The spelling of numbers in a JSON text. An edited text spells unchanged numbers like the original: `1e-5`, not `1e-05`.
struct NumberSpelling {
  /// A number with its key. Numbers with the same value but different keys can have different spellings.
  private struct Place: Hashable {
    let key: [UInt8]
    let number: UInt64
  }

  private var spellings: [Place: [[UInt8]]] = [:]

  /// The number spellings of a valid JSON text.
  ///
  /// - Complexity: O(bytes).
  init(of text: String) {
    var tokens = NumberTokens(Array(text.utf8))
    while let (key, range) = tokens.next() {
      let token = Array(tokens.bytes[range])
      guard let place = NumberSpelling.place(of: token, under: key) else { continue }
      if !(spellings[place]?.contains(token) ?? false) { spellings[place, default: []].append(token) }
    }
  }

  /// Returns a valid JSON text in which equal numbers are spelled as in the original. No number changes its value.
  ///
  /// - Complexity: O(bytes).
  func respelling(_ text: String) -> String {
    var tokens = NumberTokens(Array(text.utf8))
    var result: [UInt8] = []
    var position = 0
    while let (key, range) = tokens.next() {
      let token = Array(tokens.bytes[range])
      guard let place = NumberSpelling.place(of: token, under: key), let known = spellings[place],
        !known.contains(token)
      else { continue }
      result += tokens.bytes[position..<range.lowerBound] + known[0]
      position = range.upperBound
    }
    return String(decoding: result + tokens.bytes[position...], as: UTF8.self)
  }

  /// The number and its key; nil for an integer that a double cannot hold exactly, because it has only one spelling.
  private static func place(of token: [UInt8], under key: [UInt8]) -> Place? {
    let text = String(decoding: token, as: UTF8.self)
    guard let number = Double(text), Int(text).map({ Int(exactly: number) == $0 }) ?? true else { return nil }
    return Place(key: key, number: number.bitPattern)
  }
}

/// The numbers of a valid JSON text, from front to back.
private struct NumberTokens {
  let bytes: [UInt8]
  private var position = 0
  private var text: [UInt8] = []
  private var key: [UInt8] = []

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// The range of the next number in the text, and the last key before it.
  mutating func next() -> (key: [UInt8], range: Range<Int>)? {
    while position < bytes.count {
      switch bytes[position] {
      case UInt8(ascii: "\""): skipString()
      case UInt8(ascii: ":"):
        key = text
        position += 1
      case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
        let start = position
        while position < bytes.count, "+-.0123456789Ee".utf8.contains(bytes[position]) { position += 1 }
        return (key, start..<position)
      default: position += 1
      }
    }
    return nil
  }

  private mutating func skipString() {
    let start = position + 1
    position = start
    while position < bytes.count, bytes[position] != UInt8(ascii: "\"") {
      position += bytes[position] == UInt8(ascii: "\\") ? 2 : 1
    }
    text = Array(bytes[start..<min(position, bytes.count)])
    position += 1
  }
}
