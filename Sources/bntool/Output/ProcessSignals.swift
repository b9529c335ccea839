import Platform
import Synchronization

/// What the process does with signals, and with the descriptors it was started with.
///
/// A closed pipe ends the process silently, as it ends other programs: a result is printed when its file is complete.
enum ProcessSignals {
  /// The last signal that came while a file was written; 0 for none.
  private static let pending = Atomic<Int32>(0)

  /// To be called before anything else.
  static func prepare() {
    // A write beyond a file-size limit shall be an error that the writer sees, not a death.
    signal(SIGXFSZ, SIG_IGN)
    // Else a file would be opened in the place of a closed standard output or error, and messages written into it.
    for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) == -1 {
      _ = open("/dev/null", O_RDWR)
    }
  }

  /// Runs a body that writes a file, so that an interruption leaves no temporary file behind: the signal takes effect afterwards,
  /// or as soon as the body asks by `checkInterruption`.
  static func deferring<Result>(_ body: () throws -> Result) rethrows -> Result {
    // Touched before a handler may: the first access initializes it.
    ProcessSignals.pending.store(0, ordering: .relaxed)
    defer {
      let number = ProcessSignals.pending.load(ordering: .relaxed)
      if number != 0 { raise(number) }
    }
    return try handling({ ProcessSignals.pending.store($0, ordering: .relaxed) }, body)
  }

  /// Runs a body that shows its progress, so that an interruption takes the line back before it ends the process.
  static func wipingLine<Result>(_ body: () throws -> Result) rethrows -> Result {
    // Touched before a handler may: the first access initializes it.
    Console.wipeLine()
    return try handling(
      { number in
        Console.wipeLine()
        signal(number, SIG_DFL)
        raise(number)
      }, body)
  }

  /// Runs a body with a handler of what would end the process; signals that it was started to ignore stay ignored.
  private static func handling<Result>(
    _ handler: @escaping @convention(c) (Int32) -> Void, _ body: () throws -> Result
  ) rethrows -> Result {
    let signals = [SIGINT, SIGTERM, SIGHUP].filter { !isIgnored($0) }
    let previous = signals.map { signal($0, handler) }
    defer { for (number, handler) in zip(signals, previous) { signal(number, handler) } }
    return try body()
  }

  /// Ends long work where a signal came while it was deferred. Whoever throws on ends the process by that signal.
  ///
  /// - Throws: `Interruption`.
  static func checkInterruption() throws(Interruption) {
    if pending.load(ordering: .relaxed) != 0 { throw Interruption() }
  }

  /// Whether the process was started to go on in spite of a signal, as `nohup` does.
  private static func isIgnored(_ number: Int32) -> Bool {
    var action = sigaction()
    guard sigaction(number, nil, &action) == 0 else { return false }
    // A handler that is a pointer to code is not comparable otherwise.
    return withUnsafeBytes(of: &action) { $0.load(as: UInt.self) }
      == UInt(bitPattern: unsafeBitCast(SIG_IGN, to: Int.self))
  }
}

/// Work that was given up because a signal came; the process ends by it.
struct Interruption: Error {}
