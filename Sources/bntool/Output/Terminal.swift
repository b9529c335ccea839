import Platform

/// What a descriptor leads to.
enum Terminal {
  /// Whether it is a terminal on which a line can be written over.
  static func overwrites(_ descriptor: Int32) -> Bool {
    isatty(descriptor) == 1 && !["", "dumb"].contains(Environment.value(of: "TERM") ?? "")
  }

  /// Whether it is a terminal that shows colours, whose user did not ask for none (https://no-color.org).
  static func hasColors(_ descriptor: Int32) -> Bool {
    overwrites(descriptor) && (Environment.value(of: "NO_COLOR") ?? "").isEmpty
  }

  /// How many characters a line has; 80 where that is not told.
  static func width(_ descriptor: Int32) -> Int {
    var size = winsize()
    return ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0 ? Int(size.ws_col) : 80
  }
}
