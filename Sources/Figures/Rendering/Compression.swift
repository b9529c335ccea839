import CZlib

/// Compresses bytes with zlib.
enum Compression {
  /// The formats of files with compressed bytes.
  enum Format: Int32 {
    /// The format of zlib (RFC 1950), which PNG uses.
    case zlib = 15
    /// The format of gzip (RFC 1952), without a name and a time.
    case gzip = 31
  }

  /// Compresses bytes. Equal bytes give equal results.
  static func compressed(_ bytes: [UInt8], _ format: Format, level: Int32 = 6) -> [UInt8] {
    var stream = z_stream()
    let status = deflateInit2_(
      &stream, level, Z_DEFLATED, format.rawValue, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
      Int32(MemoryLayout<z_stream>.size))
    precondition(status == Z_OK, "zlib has no memory")
    defer { deflateEnd(&stream) }
    let bound = Int(deflateBound(&stream, UInt(bytes.count)))
    return [UInt8](unsafeUninitializedCapacity: bound) { result, count in
      bytes.withUnsafeBufferPointer { bytes in
        // zlib counts in 32 bits. Larger input comes in parts.
        var rest = bytes[...]
        repeat {
          let part = rest.prefix(1 << 30)
          rest = rest.dropFirst(part.count)
          stream.next_in = UnsafeMutablePointer(mutating: UnsafeBufferPointer(rebasing: part).baseAddress)
          stream.avail_in = UInt32(part.count)
          stream.next_out = result.baseAddress?.advanced(by: Int(stream.total_out))
          stream.avail_out = UInt32(min(bound - Int(stream.total_out), Int(UInt32.max)))
          deflate(&stream, rest.isEmpty ? Z_FINISH : Z_NO_FLUSH)
        } while !rest.isEmpty
      }
      count = Int(stream.total_out)
    }
  }

  /// Returns bytes as text in base 64 (RFC 4648).
  static func base64(_ bytes: [UInt8]) -> String {
    let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    var text: [UInt8] = []
    text.reserveCapacity((bytes.count + 2) / 3 * 4)
    var index = 0
    while index < bytes.count {
      let rest = bytes.count - index
      let second = rest > 1 ? bytes[index + 1] : 0
      let third = rest > 2 ? bytes[index + 2] : 0
      text.append(digits[Int(bytes[index] >> 2)])
      text.append(digits[Int(bytes[index] & 3) << 4 | Int(second >> 4)])
      text.append(rest > 1 ? digits[Int(second & 15) << 2 | Int(third >> 6)] : 61)
      text.append(rest > 2 ? digits[Int(third & 63)] : 61)
      index += 3
    }
    return String(decoding: text, as: UTF8.self)
  }
}
