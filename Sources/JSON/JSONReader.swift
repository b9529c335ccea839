import Limits
import Names

/// Reads the values of a JSON text one after another, without a tree of values. It is for long texts of a known form, and as strict as
/// `JSONValue.init(parsing:)`.
///
/// Every function reads the next value. Errors name the key and the index of the wrong value.
public struct JSONReader {
  /// The key of an object's member. It is compared with literals by its bytes.
  public struct Key {
    fileprivate let bytes: ArraySlice<UInt8>

    /// The key as text.
    public var text: String { String(decoding: bytes, as: UTF8.self) }

    /// Whether the key has the bytes of a literal.
    public static func ~= (literal: StaticString, key: Key) -> Bool {
      guard key.bytes.count == literal.utf8CodeUnitCount else { return false }
      // A simple loop, because every key of a long table is compared with several literals.
      return literal.withUTF8Buffer { other in
        key.bytes.withUnsafeBufferPointer { bytes in
          for index in bytes.indices where bytes[index] != other[index] { return false }
          return true
        }
      }
    }
  }

  private var parser: JSONParser
  /// The level of the next value if it is an object or a list. The outermost has level 1.
  private var level = 1

  private init(_ parser: JSONParser) { self.parser = parser }

  /// Reads a whole text.
  ///
  /// - Throws: `JSONError` that names the line and column of invalid JSON; the errors of the body otherwise.
  /// - Complexity: O(bytes).
  public static func read<Value>(_ text: String, _ body: (inout JSONReader) throws -> Value) throws -> Value {
    var reader = JSONReader(
      JSONParser(bytes: Array(text.utf8), deepestLevel: ReadingLimits.current.jsonDepth))
    do {
      let value = try body(&reader)
      try reader.parser.end()
      return value
    } catch {
      // If the text is not JSON, any other error follows from that.
      _ = try JSONValue(parsing: text)
      throw error
    }
  }

  /// Reads any value, as a tree.
  public mutating func value() throws(JSONError) -> JSONValue { try parser.value(level: level) }

  /// Passes the key of each member of an object to a body, which reads the value. A member that is null counts as missing.
  ///
  /// - Parameter null: Called with the keys of members that are null.
  public mutating func members(
    null: (Key) -> Void = { _ in }, _ body: (Key, inout JSONReader) throws -> Void
  ) throws {
    guard isNext("{") else {
      _ = try value().members()
      return
    }
    let start = parser.position
    parser.position += 1
    parser.skipSpace()
    guard !parser.take("}") else { return }
    level += 1
    defer { level -= 1 }
    var last: Key?
    var isAscending = true
    repeat {
      let key = try key()
      if let last { isAscending = isAscending && last.bytes.lexicographicallyPrecedes(key.bytes) }
      last = key
      if isNext("n") {
        _ = try value()
        null(key)
      } else {
        do {
          try body(key, &self)
        } catch let error as any JSONLocatable {
          throw error.inside(key: key.text)
        }
      }
      parser.skipSpace()
    } while parser.take(",")
    guard parser.take("}") else { throw parser.failure("an object is not closed") }
    if !isAscending {
      // A key can occur twice only if the keys are not in ascending order. Reading the object as a tree finds such a key.
      var tree = parser
      tree.position = start
      _ = try tree.value(level: level - 1)
    }
  }

  private mutating func key() throws(JSONError) -> Key {
    parser.skipSpace()
    guard parser.peek == UInt8(ascii: "\"") else { throw parser.failure("a key is missing") }
    let start = parser.position + 1
    var end = start
    while end < parser.bytes.count, parser.bytes[end] != UInt8(ascii: "\""), parser.bytes[end] != UInt8(ascii: "\\"),
      parser.bytes[end] >= 0x20
    { end += 1 }
    let key: Key
    if end < parser.bytes.count, parser.bytes[end] == UInt8(ascii: "\"") {
      key = Key(bytes: parser.bytes[start..<end])
      parser.position = end + 1
    } else {
      key = Key(bytes: Array(try parser.string().utf8)[...])
    }
    parser.skipSpace()
    guard parser.take(":") else { throw parser.failure("\":\" is missing after the key \"\(key.text)\"") }
    return key
  }

  /// Reads the elements of a list, each by a closure.
  public mutating func list<Value>(_ read: (inout JSONReader) throws -> Value) throws -> [Value] {
    guard isNext("[") else {
      _ = try value().elements()
      return []
    }
    var values: [Value] = []
    parser.position += 1
    parser.skipSpace()
    guard !parser.take("]") else { return values }
    level += 1
    defer { level -= 1 }
    repeat {
      do {
        values.append(try read(&self))
      } catch let error as any JSONLocatable {
        throw error.inside(index: values.count)
      }
      parser.skipSpace()
    } while parser.take(",")
    guard parser.take("]") else { throw parser.failure("a list is not closed") }
    return values
  }

  /// Reads a text.
  public mutating func text() throws(JSONError) -> String {
    isNext("\"") ? try parser.string() : try value().text()
  }

  /// Reads a text as a name.
  public mutating func name() throws(JSONError) -> Name { Name(try text()) }

  /// Reads an integer.
  public mutating func integer() throws(JSONError) -> Int { try value().integer() }

  /// Reads a number as a double.
  public mutating func number() throws(JSONError) -> Double { try value().number() }

  /// Reads a boolean.
  public mutating func boolean() throws(JSONError) -> Bool { try value().boolean() }

  /// Reads a list of integers.
  public mutating func integers() throws -> [Int] { try list { try $0.integer() } }

  /// Reads a list of names.
  public mutating func names() throws -> [Name] { try list { try $0.name() } }

  private mutating func isNext(_ character: Unicode.Scalar) -> Bool {
    parser.skipSpace()
    return parser.peek == UInt8(ascii: character)
  }
}

extension Optional {
  /// The value of a key; an error if the key was missing or null.
  ///
  /// - Throws: `JSONError` that names the key.
  package func required(_ key: String) throws(JSONError) -> Wrapped {
    guard let self else { throw JSONError("the key \"\(key)\" is missing") }
    return self
  }
}
