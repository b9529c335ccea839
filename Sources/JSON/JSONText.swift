import Names

/// Writes the canonical text of JSON values piece by piece, without a tree of values.
///
/// The caller adds the members of each object in the order of the keys' bytes.
public struct JSONText {
  private var bytes: [UInt8] = []
  private var needsComma = false

  /// Creates an empty text.
  public init() {}

  /// The text.
  public var text: String { String(decoding: bytes, as: UTF8.self) }

  /// Adds an object, whose members the body adds.
  public mutating func object(_ body: (inout JSONText) throws(JSONError) -> Void) throws(JSONError) {
    try enclosed("{", "}", body)
  }

  /// Adds a list, whose elements the body adds.
  public mutating func list<Element>(
    _ elements: [Element], _ add: (Element, inout JSONText) throws(JSONError) -> Void
  ) throws(JSONError) {
    try enclosed("[", "]") { (text) throws(JSONError) in
      for element in elements { try add(element, &text) }
    }
  }

  private mutating func enclosed(
    _ start: Unicode.Scalar, _ end: Unicode.Scalar, _ body: (inout JSONText) throws(JSONError) -> Void
  ) throws(JSONError) {
    separate()
    bytes.append(UInt8(ascii: start))
    needsComma = false
    try body(&self)
    bytes.append(UInt8(ascii: end))
    needsComma = true
  }

  /// Adds the key of a member, whose value comes next.
  public mutating func key(_ key: StaticString) {
    separate()
    bytes.append(UInt8(ascii: "\""))
    key.withUTF8Buffer { bytes += $0 }
    bytes.append(UInt8(ascii: "\""))
    bytes.append(UInt8(ascii: ":"))
    needsComma = false
  }

  /// Adds a text.
  public mutating func add(_ text: String) {
    separate()
    JSONValue.write(text, to: &bytes)
  }

  /// Adds a name as a text.
  public mutating func add(_ name: Name) { add(name.text) }

  /// Adds an integer.
  public mutating func add(_ integer: Int) {
    separate()
    JSONValue.write(integer, to: &bytes)
  }

  /// Adds a boolean.
  public mutating func add(_ boolean: Bool) {
    separate()
    bytes += (boolean ? "true" : "false").utf8
  }

  /// Adds a real number.
  ///
  /// - Throws: `JSONError` for a number that is not finite.
  public mutating func add(_ real: Double) throws(JSONError) {
    separate()
    try JSONValue.real(real).write(to: &bytes)
  }

  /// Adds a value whose canonical text is known.
  public mutating func add(canonical text: String) {
    separate()
    bytes += text.utf8
  }

  /// Adds `null`.
  public mutating func addNull() {
    separate()
    bytes += "null".utf8
  }

  /// Adds a list of names.
  public mutating func add(_ names: [Name]) throws(JSONError) {
    try list(names) { (name, text) throws(JSONError) in text.add(name) }
  }

  /// Adds a list of integers.
  public mutating func add(_ integers: [Int]) throws(JSONError) {
    try list(integers) { (integer, text) throws(JSONError) in text.add(integer) }
  }

  private mutating func separate() {
    if needsComma { bytes.append(UInt8(ascii: ",")) }
    needsComma = true
  }
}
