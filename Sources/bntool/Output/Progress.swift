import ArgumentParser

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The switch of commands that may take long.
struct ProgressOptions: ParsableArguments {
  @Flag(name: .shortAndLong, help: "Show no progress. (It is shown on a terminal only.)")
  var quiet = false
}

/// How far long work is: one line on standard error, where that is a terminal, which is written over itself and wiped at the end.
final class Progress {
  /// Work that is done before this many seconds shows nothing.
  private static let delay = 0.5
  /// The line changes this often, in seconds.
  private static let interval = 0.1

  private let label: String
  private let total: Int
  private let isShown: Bool
  private var done = 0
  private var lastChange = now() + Progress.delay - Progress.interval
  private var hasLine = false

  private init(_ label: String, total: Int, _ options: ProgressOptions) {
    self.label = label
    self.total = total
    let isTerminal = isatty(STDERR_FILENO) == 1 && getenv("TERM").map { String(cString: $0) } ?? "" != "dumb"
    isShown = isTerminal && !options.quiet
  }

  /// Runs work that writes a file and says how many bytes it did. A signal ends it at the next word of it, with nothing left behind.
  ///
  /// - Parameters:
  ///   - label: What is being done, such as `averaging`.
  ///   - total: How many bytes there are, or about how many.
  ///   - options: Whether to be quiet.
  ///   - body: The work, given what it is to call with each number of bytes done.
  static func writing<Result>(
    _ label: String, total: Int, _ options: ProgressOptions,
    _ body: (_ advance: @escaping (Int) throws -> Void) throws -> Result
  ) throws -> Result {
    let progress = Progress(label, total: total, options)
    defer { progress.wipe() }
    return try ProcessSignals.deferring { try body(progress.advance) }
  }

  /// Runs work that only reads and says how many bytes it did. A signal ends it at once.
  static func reading<Result>(
    _ label: String, total: Int, _ options: ProgressOptions, _ body: (_ advance: (Int) -> Void) throws -> Result
  ) rethrows -> Result {
    let progress = Progress(label, total: total, options)
    defer { progress.wipe() }
    return try body(progress.show)
  }

  private func advance(by count: Int) throws {
    try ProcessSignals.checkInterruption()
    show(count)
  }

  private func show(_ count: Int) {
    done += count
    guard isShown else { return }
    let now = Progress.now()
    guard now - lastChange >= Progress.interval else { return }
    lastChange = now
    hasLine = true
    let percentage = total > 0 ? "\(min(100, Int(100 * (Double(done) / Double(total))))) %  " : ""
    Console.overwriteLine("\(label)  \(percentage)\(Formatting.byteCount(done)) of \(Formatting.byteCount(total))")
  }

  private func wipe() {
    if hasLine { Console.overwriteLine("") }
  }

  /// Seconds of a clock that nobody sets.
  private static func now() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }
}
