import Platform
import Synchronization

/// The handling of signals, and of the descriptors that the process was started with.
///
/// If a pipe of the output is closed, the process ends silently, like other programs. This cannot lose a file, because a command
/// prints its result only after the file is complete.
enum ProcessSignals {
  /// The last signal that arrived while a file was being written; 0 if no signal arrived.
  private static let pending = Atomic<Int32>(0)
  /// Whether a scheduler's signal asked the work to stop. The work can be continued later.
  private static let isStopRequested = Atomic(false)
  /// Whether the current work handles the signals of a scheduler itself.
  private static let schedulerSignals = Atomic(false)

  /// Prepares the process. It is called before anything else.
  static func prepare() {
    // If a write goes beyond a limit on file sizes, it fails with an error. By default, it would end the process.
    signal(SIGXFSZ, SIG_IGN)
    // If standard output or standard error is closed, a new file could get the same descriptor, and messages would go into this
    // file. The null device is only open for reading, so that a result that nobody can get is an error.
    for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) == -1 {
      _ = open("/dev/null", O_RDONLY)
    }
  }

  /// Runs a body that writes a file, so that an interruption leaves no temporary file behind. A signal takes effect after the
  /// body, or when the body calls `checkInterruption`.
  static func deferring<Result>(_ body: () throws -> Result) rethrows -> Result {
    // Access the variable here, because a signal handler must not initialize it.
    ProcessSignals.pending.store(0, ordering: .relaxed)
    defer {
      let number = ProcessSignals.pending.load(ordering: .relaxed)
      if number != 0 { raise(number) }
    }
    return try handling(endingSignals, { ProcessSignals.pending.store($0, ordering: .relaxed) }, body)
  }

  /// Runs a body that can be continued later. Schedulers announce the end of a job by SIGTERM or SIGUSR1. These signals do not
  /// end the process here; they make `checkStop` throw.
  static func stoppable<Result>(_ body: () throws -> Result) rethrows -> Result {
    isStopRequested.store(false, ordering: .relaxed)
    schedulerSignals.store(true, ordering: .relaxed)
    defer { schedulerSignals.store(false, ordering: .relaxed) }
    return try handling(
      [SIGTERM, SIGUSR1], { _ in ProcessSignals.isStopRequested.store(true, ordering: .relaxed) }, body)
  }

  /// Ends the work of `stoppable` if a scheduler asked it to stop.
  ///
  /// - Throws: `Stop`.
  static func checkStop() throws(Stop) {
    if isStopRequested.load(ordering: .relaxed) { throw Stop() }
  }

  /// Runs a body that shows its progress, so that an interruption removes the line before it ends the process.
  static func wipingLine<Result>(_ body: () throws -> Result) rethrows -> Result {
    // Use the line's variable here, because a signal handler must not initialize it.
    Console.wipeLine()
    return try handling(
      endingSignals,
      { number in
        Console.wipeLine()
        signal(number, SIG_DFL)
        raise(number)
      }, body)
  }

  /// The signals that would end the process, except the signals that the work handles itself.
  private static var endingSignals: [Int32] {
    schedulerSignals.load(ordering: .relaxed) ? [SIGINT, SIGHUP] : [SIGINT, SIGTERM, SIGHUP]
  }

  /// Runs a body with a handler for signals. Signals that were ignored at the start stay ignored.
  private static func handling<Result>(
    _ numbers: [Int32], _ handler: @escaping @convention(c) (Int32) -> Void, _ body: () throws -> Result
  ) rethrows -> Result {
    let signals = numbers.filter { !isIgnored($0) }
    let previous = signals.map { signal($0, handler) }
    defer { for (number, handler) in zip(signals, previous) { signal(number, handler) } }
    return try body()
  }

  /// Ends long work if a signal has arrived. `deferring` then ends the process by this signal.
  ///
  /// - Throws: `Interruption`.
  static func checkInterruption() throws(Interruption) {
    if pending.load(ordering: .relaxed) != 0 { throw Interruption() }
  }

  /// Whether the process was started with this signal ignored, for example by `nohup`.
  private static func isIgnored(_ number: Int32) -> Bool {
    var action = sigaction()
    guard sigaction(number, nil, &action) == 0 else { return false }
    // Swift cannot compare pointers to functions, so compare their bytes.
    return withUnsafeBytes(of: &action) { $0.load(as: UInt.self) }
      == UInt(bitPattern: unsafeBitCast(SIG_IGN, to: Int.self))
  }
}

/// The error of work that stopped because a scheduler asked for it.
struct Stop: Error {}

/// The error of work that a signal interrupted. The signal then ends the process.
struct Interruption: Error {}
