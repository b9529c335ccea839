/// A picture of cells in rows and columns. Each cell has one colour of a colour map.
public struct Raster: Hashable, Sendable {
  /// The number of columns.
  public let columns: Int
  /// The number of rows.
  public let rows: Int
  /// The colour of each cell, row by row: an index into the map's colours, or `missing`.
  public let cells: [UInt8]
  /// The colours.
  public let map: ColorMap

  /// The entry of `cells` for a cell without a value. Such a cell is transparent.
  public static let missing: UInt8 = 255

  /// Creates a picture from the colour indices of its cells, row by row.
  public init(columns: Int, rows: Int, cells: [UInt8], map: ColorMap) {
    precondition(cells.count == columns * rows)
    (self.columns, self.rows, self.cells, self.map) = (columns, rows, cells, map)
  }
}

/// A map of numbers to colours. Colour-blind people can tell the colours apart, and their lightness grows with the number, or with the
/// distance from the middle.
public enum ColorMap: String, Hashable, Sendable {
  /// From dark blue to yellow: Cividis (Nuñez, Anderton and Renslow, 2018).
  case sequential
  /// From blue through a light colour to orange, for signed numbers.
  case diverging

  /// The number of colours.
  public static let count = 255

  private var anchors: [UInt32] {
    switch self {
    case .sequential:
      [0x00224e, 0x123570, 0x3b496c, 0x575d6d, 0x707173, 0x8a8678, 0xa59c74, 0xc3b369, 0xe1cc55, 0xfee838]
    case .diverging: [0x08306b, 0x2171b5, 0x6baed6, 0xc6dbef, 0xf5f5f3, 0xfdd8b0, 0xf49d4e, 0xd1600c, 0x7f2704]
    }
  }

  /// The colour at a position from 0 to 1, as 0xRRGGBB.
  public func color(_ place: Double) -> UInt32 {
    let anchors = anchors
    let position = min(max(place, 0), 1) * Double(anchors.count - 1)
    let low = min(Int(position), anchors.count - 2)
    let part = position - Double(low)
    return [16, 8, 0].reduce(0) { color, shift in
      let from = Double(anchors[low] >> UInt32(shift) & 255)
      let to = Double(anchors[low + 1] >> UInt32(shift) & 255)
      return color | UInt32((from + (to - from) * part).rounded()) << UInt32(shift)
    }
  }

  /// The index of the colour at a position from 0 to 1.
  public static func index(_ place: Double) -> UInt8 {
    guard place.isFinite else { return Raster.missing }
    return UInt8((min(max(place, 0), 1) * Double(count - 1)).rounded())
  }

  /// The colours as red, green and blue.
  var palette: [UInt8] {
    (0..<ColorMap.count).flatMap { index -> [UInt8] in
      let color = color(Double(index) / Double(ColorMap.count - 1))
      return [UInt8(color >> 16 & 255), UInt8(color >> 8 & 255), UInt8(color & 255)]
    }
  }
}
