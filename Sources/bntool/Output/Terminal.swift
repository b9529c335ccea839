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

  /// The number of characters in a line of a report: the variable COLUMNS, or the width of the terminal that shows standard output.
  ///
  /// It is nil if standard output is not a terminal and COLUMNS is not set. Then no line is broken, and no name is shortened,
  /// because another program may read the lines.
  static let lineWidth: Int? = {
    if let columns = Environment.value(of: "COLUMNS").flatMap({ Int($0) }), columns > 0 { return max(columns, 20) }
    return isatty(STDOUT_FILENO) == 1 ? max(width(STDOUT_FILENO), 20) : nil
  }()

  /// The number of characters in a line; 80 if it is unknown.
  static func width(_ descriptor: Int32) -> Int {
    var size = winsize()
    return ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0 ? Int(size.ws_col) : 80
  }
}
