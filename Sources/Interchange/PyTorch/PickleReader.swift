import Limits
import Names

/// A reader of the bytes of a pickle, from front to back.
struct PickleReader {
  /// The bytes that contain the pickle.
  let region: ByteRegion
  /// The offset of the next byte.
  private(set) var position: Int
  private let limit: Int
  private var window: [UInt8] = []
  private var windowStart = 0

  /// Creates a reader that begins at an offset.
  init(_ region: ByteRegion, at offset: Int) {
    self.region = region
    position = offset
    // A pickle with a thousand tensors has about 200 kB.
    limit = min(region.byteCount - offset, ReadingLimits.current.textByteCount) + offset
  }

  /// Returns an error about the pickle.
  func error(_ code: InterchangeError.Code, _ message: String) -> InterchangeError {
    let advice = code == .malformed ? "; the file is damaged, so fetch it or save it again" : ""
    return InterchangeError(code, message + advice, path: region.path)
  }

  /// Reads the next byte.
  mutating func byte() throws(InterchangeError) -> UInt8 {
    guard position < limit else { throw tooShort }
    if position >= windowStart + window.count || position < windowStart {
      window = try region.bytes(at: position, count: min(1 << 16, limit - position))
      windowStart = position
    }
    defer { position += 1 }
    return window[position - windowStart]
  }

  /// Reads the next bytes.
  mutating func bytes(_ count: Int) throws(InterchangeError) -> [UInt8] {
    guard count >= 0, count <= limit - position else { throw tooShort }
    defer { position += count }
    guard position >= windowStart, position + count <= windowStart + window.count else {
      return try region.bytes(at: position, count: count)
    }
    return Array(window[(position - windowStart)..<(position - windowStart + count)])
  }

  /// Reads the next bytes as an unsigned little-endian number below 2⁶³.
  mutating func size(_ byteCount: Int) throws(InterchangeError) -> Int {
    let value = try bytes(byteCount).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard let size = Int(exactly: value) else {
      throw error(.malformed, "the pickle states a length of \(value) bytes, which is too large")
    }
    return size
  }

  /// Reads the next bytes as UTF-8 text.
  mutating func text(_ count: Int) throws(InterchangeError) -> Name {
    guard let text = String(validating: try bytes(count), as: UTF8.self) else {
      throw error(.malformed, "the pickle has a text that is not UTF-8")
    }
    return Name(text)
  }

  /// Reads the text up to the end of the line.
  mutating func line() throws(InterchangeError) -> String {
    var line: [UInt8] = []
    while true {
      let next = try byte()
      guard next != 0x0A else { break }
      line.append(next)
      guard line.count <= 1024 else { throw error(.malformed, "the pickle has a name of more than 1024 bytes") }
    }
    guard let text = String(validating: line, as: UTF8.self) else {
      throw error(.malformed, "the pickle has a name that is not UTF-8")
    }
    return text
  }

  private var tooShort: InterchangeError {
    limit == region.byteCount
      ? error(.malformed, "the pickle ends early")
      : error(
        .unsupported,
        "the pickle has more than \(ReadingLimits.current.textByteCount) bytes, too many for a description of tensors; a program can "
          + "raise ReadingLimits.textByteCount for it")
  }
}
