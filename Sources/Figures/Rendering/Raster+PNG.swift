import CZlib

extension Raster {
  /// The picture as a PNG file with a palette (ISO/IEC 15948), one pixel for each cell. Equal pictures give equal bytes.
  ///
  /// - Complexity: O(cells).
  public var png: [UInt8] {
    var bytes: [UInt8] = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]
    func chunk(_ type: String, _ content: [UInt8]) -> [UInt8] {
      let body = Array(type.utf8) + content
      let sum = body.withUnsafeBufferPointer { crc32(0, $0.baseAddress, UInt32($0.count)) }
      return Raster.bigEndian(content.count) + body + Raster.bigEndian(Int(sum))
    }
    // 8 bits for each pixel, colours from a palette, rows from top to bottom.
    bytes += chunk("IHDR", Raster.bigEndian(columns) + Raster.bigEndian(rows) + [8, 3, 0, 0, 0])
    bytes += chunk("PLTE", map.palette + [0, 0, 0])
    bytes += chunk("tRNS", [UInt8](repeating: 255, count: ColorMap.count) + [0])
    var lines: [UInt8] = []
    lines.reserveCapacity((columns + 1) * rows)
    for row in 0..<rows {
      lines.append(0)  // no filter
      lines += cells[row * columns..<(row + 1) * columns]
    }
    bytes += chunk("IDAT", Compression.compressed(lines, .zlib, level: 9))
    return bytes + chunk("IEND", [])
  }

  private static func bigEndian(_ number: Int) -> [UInt8] {
    [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: number >> $0) }
  }
}
