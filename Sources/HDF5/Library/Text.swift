import Platform

/// Converts text between Swift strings and fixed numbers of bytes.
enum Text {
  /// Decodes the text of one element of fixed length.
  ///
  /// - Throws: `.corrupt` if the bytes are not valid UTF-8.
  static func decode(
    _ bytes: UnsafeRawBufferPointer, padding: Datatype.StringPadding, at location: Location
  ) throws -> String {
    let end: Int
    switch padding {
    case .nullTerminated: end = bytes.firstIndex(of: 0) ?? bytes.count
    case .nullPadded: end = (bytes.lastIndex { $0 != 0 }).map { $0 + 1 } ?? 0
    case .spacePadded: end = (bytes.lastIndex { $0 != 0x20 }).map { $0 + 1 } ?? 0
    }
    guard let text = String(validating: bytes[..<end], as: UTF8.self) else {
      throw location.error(.corrupt, "holds text that is not valid UTF-8")
    }
    return text
  }

  /// Encodes texts as consecutive elements of fixed length.
  ///
  /// - Throws: `.typeMismatch` if a text is too long, or if the same text could not be read back.
  static func encode(
    _ texts: [String], byteCount: Int, padding: Datatype.StringPadding, at location: Location
  ) throws -> [UInt8] {
    var bytes: [UInt8] = []
    let (total, overflow) = byteCount.multipliedReportingOverflow(by: texts.count)
    guard !overflow else { throw location.error(.shapeMismatch, "the texts are more than memory can hold") }
    bytes.reserveCapacity(total)
    let room = padding == .nullTerminated ? byteCount - 1 : byteCount
    for text in texts {
      let utf8 = text.utf8
      try checkHasNoNull(text, at: location)
      guard utf8.count <= room else {
        throw location.error(.typeMismatch, "a text of \(utf8.count) bytes does not fit into \(room) bytes")
      }
      guard padding != .spacePadded || utf8.last != 0x20 else {
        throw location.error(.typeMismatch, "a text that ends in a space cannot be padded with spaces")
      }
      bytes.append(contentsOf: utf8)
      bytes.append(contentsOf: repeatElement(padding == .spacePadded ? 0x20 : 0, count: byteCount - utf8.count))
    }
    return bytes
  }

  /// Throws `.typeMismatch` if a text contains a NUL, because HDF5 would end the text there.
  static func checkHasNoNull(_ text: String, at location: Location) throws {
    guard !text.contains(byte: 0) else {
      throw location.error(.typeMismatch, "a text that contains a NUL cannot be stored as text")
    }
  }

  /// The number of bytes of the longest text, at least one.
  static func byteCount(for texts: [String]) -> Int {
    max(1, texts.lazy.map(\.utf8.count).max() ?? 1)
  }
}

extension String {
  /// Whether the text contains a byte. The general function for collections takes much longer for long texts.
  func contains(byte: UInt8) -> Bool {
    utf8.withContiguousStorageIfAvailable { bytes in
      bytes.baseAddress.map { memchr($0, Int32(byte), bytes.count) != nil } ?? false
    } ?? utf8.contains(byte)
  }
}
