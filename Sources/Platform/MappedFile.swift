import CSystem

/// The bytes of an open file, mapped into memory. The system reads a page of the file when its bytes are first used.
///
/// If another program shortens the file, the lost bytes are read as zeros, and `isDamaged` becomes true.
package final class MappedFile: Sendable {
  // The bytes cannot be written, and their address is valid as long as this object exists.
  nonisolated(unsafe) private let start: UnsafeRawPointer
  private let slot: Int32
  /// The number of bytes when the file was mapped.
  package let byteCount: Int

  /// Maps a file; nil if it is empty or the system cannot map it.
  package init?(_ descriptor: Descriptor) {
    var slot: Int32 = 0
    guard let byteCount = try? descriptor.status.byteCount, let start = cs_map(descriptor.number, byteCount, &slot)
    else { return nil }
    self.start = start
    self.slot = slot
    self.byteCount = byteCount
  }

  deinit { cs_unmap(slot) }

  /// Whether bytes were used that the file no longer has.
  package var isDamaged: Bool { cs_is_damaged(slot) != 0 }

  /// Asks the system to load bytes that will be used soon.
  package func prepare(_ range: Range<Int>) { cs_prepare(start + range.lowerBound, range.count) }

  /// Calls a body with some of the bytes.
  package func withBytes<Result>(
    _ range: Range<Int>, _ body: (UnsafeRawBufferPointer) throws -> Result
  ) rethrows -> Result {
    precondition(range.lowerBound >= 0 && range.upperBound <= byteCount)
    defer { withExtendedLifetime(self) {} }
    return try body(UnsafeRawBufferPointer(start: start + range.lowerBound, count: range.count))
  }
}
