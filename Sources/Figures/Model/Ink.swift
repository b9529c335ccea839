/// A colour, named by its purpose. A renderer chooses the actual colour, so one figure suits light and dark pages.
public enum Ink: Hashable, Sendable {
  /// The most important text and marks.
  case text
  /// Labels of axes, and other secondary text.
  case muted
  /// Grid lines and frames.
  case grid
  /// The area behind a group of things, such as the body of a loop.
  case area
  /// The page behind the figure.
  case page
  /// One of several series, from 0. The colours are those of Okabe and Ito (2008), which colour-blind people can tell apart.
  case series(Int)
  /// Something right.
  case good
  /// Something to check.
  case caution
  /// Something wrong.
  case bad

  /// The number of different series colours.
  public static let seriesCount = 7

  /// The name for style sheets, such as `s0` or `muted`.
  public var name: String {
    switch self {
    case .text: "text"
    case .muted: "muted"
    case .grid: "grid"
    case .area: "area"
    case .page: "page"
    case .series(let index): "s\(index % Ink.seriesCount)"
    case .good: "good"
    case .caution: "caution"
    case .bad: "bad"
    }
  }

  /// Every ink.
  public static let all: [Ink] =
    [.text, .muted, .grid, .area, .page, .good, .caution, .bad] + (0..<seriesCount).map(Ink.series)

  /// The colour on a light background, as 0xRRGGBB.
  public var light: UInt32 {
    switch self {
    case .text: 0x1b1f24
    case .muted: 0x5a636e
    case .grid: 0xd9dde2
    case .area: 0xf0f2f5
    case .page: 0xffffff
    case .series(let index):
      [0x0072b2, 0xd55e00, 0x009e73, 0xcc79a7, 0xe69f00, 0x56b4e9, 0x8c6d1f][index % Ink.seriesCount]
    case .good: 0x00755a
    case .caution: 0xa86200
    case .bad: 0xc0311a
    }
  }

  /// The colour on a dark background, as 0xRRGGBB.
  public var dark: UInt32 {
    switch self {
    case .text: 0xe6e9ed
    case .muted: 0xa3adb8
    case .grid: 0x3a424c
    case .area: 0x222932
    case .page: 0x161b21
    case .series(let index):
      [0x58a9e0, 0xff8a47, 0x35c79b, 0xe39cc4, 0xf2bd4b, 0x8fd0f5, 0xc9ab5c][index % Ink.seriesCount]
    case .good: 0x35c79b
    case .caution: 0xf0b04b
    case .bad: 0xff7d66
    }
  }

  /// Converts a colour to the form `#rrggbb`.
  public static func hexadecimal(_ color: UInt32) -> String {
    let digits = String(color & 0xffffff, radix: 16)
    return "#" + String(repeating: "0", count: 6 - digits.count) + digits
  }
}
