import Checkpoints

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Results go to standard output, words about the work to standard error.
enum Console {
  /// Prints a result.
  ///
  /// - Throws: `OutputError` where standard output does not take it, such as on a full disk.
  static func print(_ text: String) throws(OutputError) {
    guard write(printable(text) + "\n", to: STDOUT_FILENO) else {
      throw OutputError(
        description: "standard output: the result could not be printed in full: \(String(cString: strerror(errno)))")
    }
  }

  /// Prints a result as JSON.
  ///
  /// - Throws: `OutputError`, or `EncodingError` for numbers that JSON cannot hold.
  static func print(json value: some Encodable) throws { try print(JSONText.text(of: value)) }

  /// Says something that the user should know although the work goes on.
  static func warn(_ text: String) { _ = write(printable("bntool: warning: \(text)\n"), to: STDERR_FILENO) }

  /// Says why the work stopped.
  static func error(_ text: String) { _ = write(printable("bntool: \(text)\n"), to: STDERR_FILENO) }

  /// Shows a line on the terminal of standard error in the place of the one before, without going to the next.
  static func overwriteLine(_ text: String) { _ = write("\r\u{1B}[K" + printable(text), to: STDERR_FILENO) }

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
