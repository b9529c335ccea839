import Checkpoints
import Platform
import Synchronization

/// The output of the process. Results go to standard output, and messages to standard error. Colours appear only on terminals.
enum Console {
  private static let verbosity = Atomic(Verbosity.normal)
  private static let hasLine = Atomic(false)

  /// The amount of output on standard error.
  static var level: Verbosity {
    get { verbosity.load(ordering: .relaxed) }
    set { verbosity.store(newValue, ordering: .relaxed) }
  }

  /// Prints a result. Lines that do not fit into the width of the terminal are broken.
  ///
  /// - Throws: `OutputError` if standard output fails, for example on a full disk.
  static func print(_ text: String) throws(OutputError) {
    let text = Terminal.lineWidth.map { Columns.folded(printable(text), width: $0) } ?? printable(text)
    try write(result: Terminal.hasColors(STDOUT_FILENO) ? Colors.report(text) : text)
  }

  /// Prints a result as JSON.
  ///
  /// - Throws: `OutputError`, or `EncodingError` for numbers that JSON cannot hold.
  static func print(json value: some Encodable) throws { try write(result: printable(JSONText.text(of: value))) }

  /// Runs one step of a command. With `--verbose`, it also prints the time that the step took.
  ///
  /// - Parameter step: The step, such as `read model.h5`.
  static func timed<Result: ~Copyable>(_ step: String, _ body: () throws -> Result) rethrows -> Result {
    let stopwatch = Stopwatch()
    let result = try body()
    tell("\(step) in \(Formatting.seconds(stopwatch.seconds))")
    return result
  }

  /// Prints a message about the work, only with `--verbose`.
  static func tell(_ text: @autoclosure () -> String) {
    if level == .verbose { say(text(), after: "bntool:", .dim) }
  }

  /// Prints a message for the log, except with `--quiet`.
  static func note(_ text: String) {
    if level != .quiet { say(text, after: "bntool:", .dim) }
  }

  /// Prints a warning, except with `--quiet`.
  static func warn(_ text: String) {
    if level != .quiet { say(text, after: "bntool: warning:", .yellow) }
  }

  /// Prints help that the user did not request. It goes to standard error, because standard output is for results.
  static func showHelp(_ text: String) { _ = write(text + "\n", to: STDERR_FILENO) }

  /// Prints the reason why the work failed.
  static func error(_ text: String) { say(text, after: "bntool:", .red) }

  /// Shows a line on standard error, which must be a terminal. The line replaces the previous line of this function, and is shortened to
  /// the width of the terminal.
  static func overwriteLine(_ text: String) {
    hasLine.store(true, ordering: .relaxed)
    _ = write("\r\u{1B}[K" + printable(text).prefix(Terminal.width(STDERR_FILENO) - 1), to: STDERR_FILENO)
  }

  /// Removes the line of `overwriteLine`, if there is one. Signal handlers may call this function.
  static func wipeLine() {
    if hasLine.exchange(false, ordering: .relaxed) { _ = writeBytes(STDERR_FILENO, "\r\u{1B}[K", 4) }
  }

  /// The words of the command line with line feeds, and their last parts. Messages name files by these words.
  private static let brokenNames: [String] = {
    let words = CommandLine.arguments.dropFirst().filter { $0.utf8.contains(0x0A) }
    return (words + words.map(OutputFile.name)).filter { $0.utf8.contains(0x0A) }
  }()

  /// Replaces control characters, except for line feeds that are not in the name of a file. Names in a malicious file could use control
  /// characters to control the terminal.
  static func printable(_ text: String) -> String {
    let text = brokenNames.reduce(text) { text, name in
      text.replacing(name, with: name.replacing("\n", with: "\u{FFFD}"))
    }
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

  /// Writes bytes, and returns whether all bytes were written. If not, `errno` has the reason.
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

/// Calls the function `write` of the system. Inside `Console`, the methods named `write` hide it.
private func writeBytes(_ descriptor: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
  write(descriptor, bytes, count)
}
