import CZlib
import Platform

/// Expands deflated bytes piece by piece. It needs the memory of one window of zlib (about 40 kB) and of one piece of input.
final class Inflater {
  private let source: ByteRegion
  private let stream: UnsafeMutablePointer<z_stream>
  private let input: UnsafeMutableRawBufferPointer
  private var position = 0
  private var isAtEnd = false

  private static let inputByteCount = 1 << 16

  /// Creates an inflater of bytes in the raw format of deflate, without a header of zlib or gzip.
  ///
  /// - Throws: `InterchangeError` with code `.inputOutput` if there is no memory.
  init(_ source: ByteRegion) throws(InterchangeError) {
    self.source = source
    stream = .allocate(capacity: 1)
    stream.initialize(to: z_stream())
    input = .allocate(byteCount: Inflater.inputByteCount, alignment: 64)
    guard inflateInit2_(stream, -MAX_WBITS, ZLIB_VERSION, CInt(MemoryLayout<z_stream>.size)) == Z_OK else {
      throw InterchangeError(.inputOutput, "there is not enough memory to expand the member", path: source.path)
    }
  }

  deinit {
    inflateEnd(stream)
    stream.deallocate()
    input.deallocate()
  }

  /// Whether the expanded data have ended. The deflated bytes must end at the same time.
  var isExhausted: Bool { isAtEnd && position == source.byteCount && stream.pointee.avail_in == 0 }

  /// Fills a buffer with the next expanded bytes.
  ///
  /// - Returns: The number of bytes, which is less than the size of the buffer only at the end of the data.
  /// - Throws: `InterchangeError` with code `.malformed` if the bytes are not deflated data, or end early.
  func read(into buffer: UnsafeMutableRawBufferPointer) throws(InterchangeError) -> Int {
    let outputByteCount = min(buffer.count, Int(CInt.max))
    stream.pointee.next_out = buffer.baseAddress?.assumingMemoryBound(to: UInt8.self)
    stream.pointee.avail_out = CUnsignedInt(outputByteCount)
    while stream.pointee.avail_out > 0, !isAtEnd {
      if stream.pointee.avail_in == 0 { try refill() }
      switch inflate(stream, Z_NO_FLUSH) {
      case Z_OK: continue
      case Z_STREAM_END: isAtEnd = true
      case Z_BUF_ERROR where stream.pointee.avail_in == 0 && position < source.byteCount: continue
      case Z_MEM_ERROR:
        throw InterchangeError(.inputOutput, "there is not enough memory to expand the member", path: source.path)
      default:
        throw InterchangeError(
          .malformed, "the compressed data are damaged: fetch or write the archive again", path: source.path)
      }
    }
    return outputByteCount - Int(stream.pointee.avail_out)
  }

  private func refill() throws(InterchangeError) {
    let piece = UnsafeMutableRawBufferPointer(rebasing: input[..<min(input.count, source.byteCount - position)])
    try source.read(into: piece, at: position)
    position += piece.count
    stream.pointee.next_in = piece.baseAddress?.assumingMemoryBound(to: UInt8.self)
    stream.pointee.avail_in = CUnsignedInt(piece.count)
  }
}

/// The CRC-32 of bytes that come piece by piece. ZIP archives hold this checksum.
struct Checksum {
  /// The checksum of the bytes so far.
  private(set) var value: UInt32 = 0

  /// Adds the next bytes.
  mutating func add(_ bytes: UnsafeRawBufferPointer) {
    guard let start = bytes.baseAddress, !bytes.isEmpty else { return }
    value = UInt32(crc32_z(CUnsignedLong(value), start.assumingMemoryBound(to: UInt8.self), bytes.count))
  }
}
