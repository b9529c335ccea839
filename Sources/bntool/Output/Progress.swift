import Checkpoints
import Platform

/// How far long work is: one line on standard error, where that is a terminal, which is written over itself and wiped at the end.
final class Progress {
  /// How many threads long work has, where their number changes no bit of its result.
  static let threadCount = max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
  /// Work that is done before this many seconds shows nothing.
  private static let delay = 0.5
  /// The line changes this often, in seconds.
  private static let interval = 0.1

  private let label: String
  private let total: Int
  private let inWords: (Int) -> String
  private let isShown = Console.level != .quiet && Terminal.overwrites(STDERR_FILENO)
  private let stopwatch = Stopwatch()
  private var nextChange = Progress.delay
  private var done = 0

  private init(_ label: String, total: Int, inWords: @escaping (Int) -> String) {
    self.label = label
    self.total = total
    self.inWords = inWords
  }

  /// Runs work that says how much of it is done. A signal ends it at the next word of it, with nothing left behind.
  ///
  /// - Parameters:
  ///   - label: What is being done, such as `averaging`.
  ///   - total: How many bytes, examples or files there are, or about how many.
  ///   - inWords: A number of them, as it is shown.
  ///   - body: The work, given what it is to call with each number done.
  static func writing<Result>(
    _ label: String, total: Int, inWords: @escaping (Int) -> String = Formatting.byteCount,
    _ body: (_ advance: @escaping (Int) throws -> Void) throws -> Result
  ) throws -> Result {
    let progress = Progress(label, total: total, inWords: inWords)
    return try ProcessSignals.deferring { try progress.following { try body(progress.advance) } }
  }

  /// Runs work that only reads, and says how much of it is done. A signal ends it at once.
  static func reading<Result>(
    _ label: String, total: Int, inWords: @escaping (Int) -> String = Formatting.byteCount,
    _ body: (_ advance: (Int) -> Void) throws -> Result
  ) rethrows -> Result {
    let progress = Progress(label, total: total, inWords: inWords)
    return try ProcessSignals.wipingLine { try progress.following { try body(progress.show) } }
  }

  private func following<Result>(_ body: () throws -> Result) rethrows -> Result {
    defer { Console.wipeLine() }
    let result = try body()
    Console.tell("\(label): \(inWords(done)) in \(Formatting.seconds(stopwatch.seconds))")
    return result
  }

  private func advance(by count: Int) throws {
    try ProcessSignals.checkInterruption()
    show(count)
  }

  private func show(_ count: Int) {
    done += count
    guard isShown else { return }
    let now = stopwatch.seconds
    guard now >= nextChange else { return }
    nextChange = now + Progress.interval
    let percentage = total > 0 ? "\(min(100, Int(100 * (Double(done) / Double(total))))) %  " : ""
    Console.overwriteLine("\(label)  \(percentage)\(inWords(done)) of \(inWords(total))")
  }
}
