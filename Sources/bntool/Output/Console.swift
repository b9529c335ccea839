import Checkpoints
import Platform
import Synchronization

/// Results go to standard output, words about the work to standard error; colours only to terminals.
enum Console {
  private static let verbosity = Atomic(Verbosity.normal)
  private static let hasLine = Atomic(false)

  /// How much is said on standard error.
  static var level: Verbosity {
    get { verbosity.load(ordering: .relaxed) }
    set { verbosity.store(newValue, ordering: .relaxed) }
  }

  /// Prints a result.
  ///
  /// - Throws: `OutputError` where standard output does not take it, such as on a full disk.
  static func print(_ text: String) throws(OutputError) {
    try write(result: Terminal.hasColors(STDOUT_FILENO) ? Colors.report(printable(text)) : printable(text))
  }

  /// Prints a result as JSON.
  ///
  /// - Throws: `OutputError`, or `EncodingError` for numbers that JSON cannot hold.
  static func print(json value: some Encodable) throws { try write(result: printable(JSONText.text(of: value))) }

  /// Says what a step of the work was and how long it took, where that was asked for.
  ///
  /// - Parameter step: What it is, such as `read model.h5`.
  static func timed<Result: ~Copyable>(_ step: String, _ body: () throws -> Result) rethrows -> Result {
    let stopwatch = Stopwatch()
    let result = try body()
    tell("\(step) in \(Formatting.seconds(stopwatch.seconds))")
    return result
  }

  /// Says something about the work, where that was asked for.
  static func tell(_ text: @autoclosure () -> String) {
    if level == .verbose { say(text(), after: "bntool:", .dim) }
  }

  /// Says something that the user should know although the work goes on; nothing where it is to be quiet.
  static func warn(_ text: String) {
    if level != .quiet { say(text, after: "bntool: warning:", .yellow) }
  }

  /// Shows help that nobody asked for: standard output is for results.
  static func showHelp(_ text: String) { _ = write(text + "\n", to: STDERR_FILENO) }

  /// Says why the work stopped.
  static func error(_ text: String) { say(text, after: "bntool:", .red) }

  /// Shows a line on the terminal of standard error in the place of the one before, as far as there is room for it.
  static func overwriteLine(_ text: String) {
    hasLine.store(true, ordering: .relaxed)
    _ = write("\r\u{1B}[K" + printable(text).prefix(Terminal.width(STDERR_FILENO) - 1), to: STDERR_FILENO)
  }

  /// Takes back the line of `overwriteLine`, where there is one. Signal handlers may call it.
  static func wipeLine() {
    if hasLine.exchange(false, ordering: .relaxed) { _ = writeBytes(STDERR_FILENO, "\r\u{1B}[K", 4) }
  }

  /// Text in which control characters, by which a file could steer the terminal, are replaced. Line feeds stay.
  static func printable(_ text: String) -> String {
    guard text.unicodeScalars.contains(where: isControl) else { return text }
    var result = String.UnicodeScalarView()
    for scalar in text.unicodeScalars { result.append(isControl(scalar) ? "\u{FFFD}" : scalar) }
    return String(result)
  }

  private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x0A: false
    case 0..<0x20, 0x7F..<0xA0: true
    default: false
    }
  }

  private static func say(_ text: String, after label: String, _ color: Colors) {
    wipeLine()
    let label = Terminal.hasColors(STDERR_FILENO) ? color(label) : label
    _ = write("\(label) \(printable(text))\n", to: STDERR_FILENO)
  }

  private static func write(result: String) throws(OutputError) {
    guard write(result + "\n", to: STDOUT_FILENO) else {
      throw OutputError(
        description: "standard output: the result could not be printed in full: \(String(cString: strerror(errno)))")
    }
  }

  /// Whether all was written; else `errno` says why not.
  private static func write(_ text: String, to descriptor: Int32) -> Bool {
    var text = text
    return text.withUTF8 { bytes in
      var rest = UnsafeRawBufferPointer(bytes)
      while !rest.isEmpty {
        let count = writeBytes(descriptor, rest.baseAddress, rest.count)
        if count < 0, errno == EINTR { continue }
        guard count > 0 else { return false }
        rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(count))
      }
      return true
    }
  }
}

/// The system's write, whose name the enumeration's own methods hide.
private func writeBytes(_ descriptor: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
  write(descriptor, bytes, count)
}
