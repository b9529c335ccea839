import CKernels

/// The XXH3-128 hash of bytes. It detects damage and identifies content, but does not protect against deliberate changes.
///
/// Its text has 32 lower-case hexadecimal digits. The most significant digit comes first.
public struct Digest: Hashable, Sendable, CustomStringConvertible {
  private let high: UInt64
  private let low: UInt64

  fileprivate init(_ hash: ck_digest) {
    high = hash.high
    low = hash.low
  }

  /// Computes the digest of the given bytes.
  ///
  /// - Complexity: O(bytes), at memory speed.
  public init(of bytes: UnsafeRawBufferPointer) {
    self.init(ck_digest_of(bytes.baseAddress, bytes.count))
  }

  /// Computes the digest of a text's UTF-8 bytes.
  public init(of text: String) {
    var text = text
    self = text.withUTF8 { Digest(of: UnsafeRawBufferPointer($0)) }
  }

  /// Reads 32 lower-case hexadecimal digits; nil for any other text.
  public init?(hexadecimal text: String) {
    guard text.utf8.count == 32 else { return nil }
    var (high, low): (UInt64, UInt64) = (0, 0)
    for byte in text.utf8 {
      let digit: UInt8
      switch byte {
      case 48...57: digit = byte - 48
      case 97...102: digit = byte - 87
      default: return nil
      }
      high = high << 4 | low >> 60
      low = low << 4 | UInt64(digit)
    }
    self.high = high
    self.low = low
  }

  /// The 32 digits.
  public var description: String {
    String(unsafeUninitializedCapacity: 32) { digits in
      for (index, part) in [high, low].enumerated() {
        for digit in 0..<16 {
          let value = UInt8(truncatingIfNeeded: part >> (60 - 4 * digit)) & 15
          digits[16 * index + digit] = value < 10 ? 48 + value : 87 + value
        }
      }
      return 32
    }
  }

  /// The first digits with an ellipsis, for messages.
  public var abbreviated: String { description.prefix(8) + "…" }
}

/// Computes the digest of bytes that come in pieces.
public struct DigestHasher: ~Copyable, Sendable {
  // Only this value owns the state, and the value cannot be copied.
  nonisolated(unsafe) private let state: OpaquePointer

  /// Creates a hasher that has no bytes yet.
  public init() {
    guard let state = ck_digest_create() else {
      preconditionFailure("there is no memory for the state of a digest")
    }
    self.state = state
  }

  deinit { ck_digest_free(state) }

  /// Adds the next bytes.
  ///
  /// - Complexity: O(bytes), at memory speed.
  public mutating func update(_ bytes: UnsafeRawBufferPointer) {
    ck_digest_update(state, bytes.baseAddress, bytes.count)
  }

  /// The digest of all bytes so far.
  public var digest: Digest { Digest(ck_digest_value(state)) }
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
