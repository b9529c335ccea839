import Platform

/// Facts about the terminal of a descriptor.
enum Terminal {
  /// Whether the descriptor is a terminal that can overwrite a line.
  static func overwrites(_ descriptor: Int32) -> Bool {
    isatty(descriptor) == 1 && !["", "dumb"].contains(Environment.value(of: "TERM") ?? "")
  }

  /// Whether the descriptor is a terminal with colours, and the user did not turn colours off (https://no-color.org).
  static func hasColors(_ descriptor: Int32) -> Bool {
    overwrites(descriptor) && (Environment.value(of: "NO_COLOR") ?? "").isEmpty
  }

  /// The number of characters in a line; 80 if it is unknown.
  static func width(_ descriptor: Int32) -> Int {
    var size = winsize()
    return ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0 ? Int(size.ws_col) : 80
  }
}
