import CXXHash

/// The XXH3-128 hash of bytes. It detects damage and identifies content, but does not protect against deliberate changes.
///
/// Its text has 32 lower-case hexadecimal digits, the most significant first.
public struct Digest: Hashable, Sendable, CustomStringConvertible {
  private let high: UInt64
  private let low: UInt64

  fileprivate init(_ hash: XXH128_hash_t) {
    high = hash.high64
    low = hash.low64
  }

  /// The digest of the given bytes.
  ///
  /// - Complexity: O(bytes), at memory speed.
  public init(of bytes: UnsafeRawBufferPointer) {
    self.init(XXH3_128bits(bytes.baseAddress, bytes.count))
  }

  /// The digest of a text's UTF-8 bytes.
  public init(of text: String) {
    var text = text
    self = text.withUTF8 { Digest(of: UnsafeRawBufferPointer($0)) }
  }

  /// Reads 32 lower-case hexadecimal digits; nil for any other text.
  public init?(hexadecimal text: String) {
    guard text.utf8.count == 32, text.utf8.allSatisfy({ (48...57).contains($0) || (97...102).contains($0) }),
      let high = UInt64(text.prefix(16), radix: 16), let low = UInt64(text.suffix(16), radix: 16)
    else { return nil }
    self.high = high
    self.low = low
  }

  /// The 32 digits.
  public var description: String {
    [high, low].map { part in
      let digits = String(part, radix: 16)
      return String(repeating: "0", count: 16 - digits.count) + digits
    }.joined()
  }

  /// The first digits with an ellipsis, for messages.
  public var abbreviated: String { description.prefix(8) + "…" }
}

/// Computes the digest of bytes that come in pieces.
public struct DigestHasher: ~Copyable, Sendable {
  // Only this value owns the state, and this value is never copied.
  nonisolated(unsafe) private let state: OpaquePointer

  /// A hasher before the first bytes.
  public init() {
    guard let state = XXH3_createState(), XXH3_128bits_reset(state) == XXH_OK else {
      preconditionFailure("there is no memory for the state of a digest")
    }
    self.state = state
  }

  deinit { XXH3_freeState(state) }

  /// Adds the next bytes.
  ///
  /// - Complexity: O(bytes), at memory speed.
  public mutating func update(_ bytes: UnsafeRawBufferPointer) {
    _ = XXH3_128bits_update(state, bytes.baseAddress, bytes.count)
  }

  /// The digest of all bytes so far.
  public var digest: Digest { Digest(XXH3_128bits_digest(state)) }
}

extension Digest: Comparable, Codable {
  /// Whether the digits of a digest come before the digits of another.
  public static func < (left: Digest, right: Digest) -> Bool {
    (left.high, left.low) < (right.high, right.low)
  }

  /// Reads the 32 digits.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let text = try container.decode(String.self)
    guard let digest = Digest(hexadecimal: text) else {
      throw DecodingError.dataCorruptedError(
        in: container, debugDescription: "\"\(text)\" is not a digest of 32 lower-case hexadecimal digits")
    }
    self = digest
  }

  /// Writes the 32 digits.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}

extension Tensor {
  /// The digest of the elements' bytes: little-endian, row-major.
  ///
  /// - Complexity: O(elements).
  public var digest: Digest { withUnsafeBytes(Digest.init(of:)) }
}
