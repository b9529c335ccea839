/// A name or path whose identity is its UTF-8 bytes.
///
/// Swift's `String` compares texts by Unicode rules: `é` as one scalar and `é` as a letter with an accent are the same
/// dictionary key. File formats compare names by bytes, so in a file these are two different HDF5 links, JSON keys or bricks.
/// `Name` also compares, hashes and orders names by bytes.
///
///     let paths: Set<Name> = ["/caf\u{E9}", "/cafe\u{301}"]   // two paths
public struct Name: Hashable, Sendable {
  /// The name as text. Compare names, not their texts.
  public let text: String

  /// Creates the name that has the bytes of a text.
  public init(_ text: String) {
    var text = text
    text.makeContiguousUTF8()
    self.text = text
  }

  /// Creates the name that has the bytes of a part of a text.
  public init(_ text: Substring) { self.init(String(text)) }

  /// The bytes.
  public var utf8: String.UTF8View { text.utf8 }

  /// Whether the name has no bytes.
  public var isEmpty: Bool { text.isEmpty }

  /// Whether this name begins with the bytes of another name.
  public func hasPrefix(_ prefix: Name) -> Bool {
    withBytes { own in prefix.withBytes { other in own.commonPrefixCount(other) == other.count } }
  }

  /// Whether this name ends with the bytes of another name.
  public func hasSuffix(_ suffix: Name) -> Bool { utf8.reversed().starts(with: suffix.utf8.reversed()) }

  /// Whether this name is a path below another path.
  public func isBelow(_ path: Name) -> Bool {
    withBytes { own in
      path.withBytes { other in
        own.count > other.count && own[other.count] == UInt8(ascii: "/")
          && own.commonPrefixCount(other) == other.count
      }
    }
  }

  /// Whether this name is a path with exactly one name below another path.
  public func isDirectlyBelow(_ path: Name) -> Bool {
    withBytes { own in
      path.withBytes { other in
        own.count > other.count && own[other.count] == UInt8(ascii: "/")
          && own.commonPrefixCount(other) == other.count
          && !own[(other.count + 1)...].contains(UInt8(ascii: "/"))
      }
    }
  }

  /// The parts before and after the first occurrence of an ASCII character; nil if the name does not contain the character.
  public func splitAtFirst(_ separator: Unicode.Scalar) -> (before: Name, after: Name)? {
    utf8.firstIndex(of: UInt8(ascii: separator)).map(split)
  }

  /// The parts before and after the last occurrence of an ASCII character; nil if the name does not contain the character.
  public func splitAtLast(_ separator: Unicode.Scalar) -> (before: Name, after: Name)? {
    utf8.lastIndex(of: UInt8(ascii: separator)).map(split)
  }

  private func split(at position: String.Index) -> (before: Name, after: Name) {
    (Name(text[..<position]), Name(text[utf8.index(after: position)...]))
  }

  /// The parts between the occurrences of an ASCII character, including empty parts.
  public func split(at separator: Unicode.Scalar) -> [Name] {
    utf8.split(separator: UInt8(ascii: separator), omittingEmptySubsequences: false).map { Name(Substring($0)) }
  }

  private func withBytes<Result>(_ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
    guard let result = utf8.withContiguousStorageIfAvailable(body) else {
      preconditionFailure("the bytes of a name are always contiguous")
    }
    return result
  }
}

extension Name: Comparable {
  /// Whether the bytes are the same.
  public static func == (left: Name, right: Name) -> Bool {
    left.withBytes { left in
      right.withBytes { right in left.count == right.count && left.commonPrefixCount(right) == left.count }
    }
  }

  /// Whether a name comes before another in the order of bytes, which is also the order of Unicode scalars.
  public static func < (left: Name, right: Name) -> Bool {
    left.withBytes { left in
      right.withBytes { right in
        let common = left.commonPrefixCount(right)
        return common < left.count && common < right.count ? left[common] < right[common] : left.count < right.count
      }
    }
  }

  /// Hashes the bytes.
  public func hash(into hasher: inout Hasher) {
    withBytes { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    // This byte does not occur in UTF-8. It separates neighbouring names.
    hasher.combine(UInt8.max)
  }
}

extension UnsafeBufferPointer<UInt8> {
  /// The number of equal bytes at the beginning of both texts. Paths often have a long beginning in common, so eight bytes are
  /// compared in one operation.
  fileprivate func commonPrefixCount(_ other: UnsafeBufferPointer<UInt8>) -> Int {
    let (own, others) = (UnsafeRawBufferPointer(self), UnsafeRawBufferPointer(other))
    let count = Swift.min(own.count, others.count)
    var index = 0
    while index + 8 <= count,
      own.loadUnaligned(fromByteOffset: index, as: UInt64.self)
        == others.loadUnaligned(fromByteOffset: index, as: UInt64.self)
    { index += 8 }
    while index < count, own[index] == others[index] { index += 1 }
    return index
  }
}

extension Name: ExpressibleByStringInterpolation, LosslessStringConvertible {
  /// Creates a name from a string literal.
  public init(stringLiteral text: String) { self.init(text) }

  /// The text.
  public var description: String { text }
}

extension Name: CustomDebugStringConvertible {
  /// The text in quotation marks.
  public var debugDescription: String { text.debugDescription }
}

extension Name: Codable {
  /// Reads a text.
  public init(from decoder: any Decoder) throws { self.init(try String(from: decoder)) }

  /// Writes the text.
  public func encode(to encoder: any Encoder) throws { try text.encode(to: encoder) }
}

extension String {
  /// Converts a name to text.
  public init(_ name: Name) { self = name.text }
}

extension Sequence<Name> {
  /// The names as one text, with a separator between them.
  public func joined(separator: String = "") -> String { map(\.text).joined(separator: separator) }
}

extension Name: CodingKeyRepresentable {
  private struct Key: CodingKey {
    let stringValue: String
    let intValue: Int? = nil

    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  /// The name as a coding key. So an encoder writes a dictionary whose keys are names as an object.
  public var codingKey: any CodingKey { Key(stringValue: text) }

  /// Creates the name that has the text of a coding key.
  public init?(codingKey: some CodingKey) { self.init(codingKey.stringValue) }
}
