import Checkpoints

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Results go to standard output, words about the work to standard error.
enum Console {
  /// Prints a result.
  static func print(_ text: String) { write(text + "\n", to: STDOUT_FILENO) }

  /// Prints a result as JSON.
  static func print(json value: some Encodable) throws { print(try JSONDocument.text(of: value)) }

  /// Says something that the user should know although the work goes on.
  static func warn(_ text: String) { write("bntool: warning: \(text)\n", to: STDERR_FILENO) }

  /// Says why the work stopped.
  static func error(_ text: String) { write("bntool: \(text)\n", to: STDERR_FILENO) }

  private static func write(_ text: String, to descriptor: Int32) {
    var text = text
    text.withUTF8 { bytes in
      var rest = UnsafeRawBufferPointer(bytes)
      while !rest.isEmpty {
        let count = writeBytes(descriptor, rest.baseAddress, rest.count)
        guard count > 0 else { return }
        rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(count))
      }
    }
  }
}

/// The system's write, whose name the enumeration's own methods hide.
private func writeBytes(_ descriptor: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
  write(descriptor, bytes, count)
}
