import Checkpoints
import Messages
import Platform

/// Shows the progress of long work on standard error. A terminal shows one line, which is overwritten, and removed at the end.
/// A log gets one line every minute.
final class Progress {
  /// The number of threads for long work. It does not change the result.
  static let threadCount = Processors.count
  /// The time in seconds before work shows its progress. Shorter work shows nothing.
  private static let delay = 0.5
  /// The time between two changes of the line, in seconds.
  private static let interval = 0.1
  /// The time between two lines of a log, in seconds.
  private static let logInterval = 60.0

  /// The unit of the work's progress.
  enum Unit {
    case bytes, examples

    /// An amount in words, such as `12 MB` or `1,437 examples`.
    func text(_ count: Int) -> String {
      switch self {
      case .bytes: Formatting.byteCount(count)
      case .examples: counted(count, "example")
      }
    }

    /// An amount and its total in words, such as `12 MB of 400 MB` or `128 of 1,437 examples`.
    func text(_ count: Int, of total: Int) -> String {
      switch self {
      case .bytes: "\(text(count)) of \(text(total))"
      case .examples: counted(count, of: total, "example")
      }
    }
  }

  private let label: String
  private let total: Int
  private let unit: Unit
  private let isShown = Console.level != .quiet
  private let overwrites = Terminal.overwrites(STDERR_FILENO)
  private let stopwatch = Stopwatch()
  private var nextChange: Double
  private var done = 0

  private init(_ label: String, total: Int, unit: Unit) {
    self.label = label
    self.total = total
    self.unit = unit
    nextChange = overwrites ? Progress.delay : Progress.logInterval
  }

  /// Runs work that reports its progress. A signal ends the work at the next report, and no temporary file is left behind.
  ///
  /// - Parameters:
  ///   - label: The name of the work, such as `averaging`.
  ///   - total: The total number of bytes or examples. It may be an estimate.
  ///   - body: The work. It calls its argument with the number of bytes or examples since the last call.
  static func writing<Result>(
    _ label: String, total: Int, in unit: Unit = .bytes,
    _ body: (_ advance: @escaping (Int) throws -> Void) throws -> Result
  ) throws -> Result {
    let progress = Progress(label, total: total, unit: unit)
    return try ProcessSignals.deferring { try progress.following { try body(progress.advance) } }
  }

  /// Runs work that only reads, and reports its progress. A signal ends the process immediately.
  static func reading<Result>(
    _ label: String, total: Int, in unit: Unit = .bytes,
    _ body: (_ advance: (Int) -> Void) throws -> Result
  ) rethrows -> Result {
    let progress = Progress(label, total: total, unit: unit)
    return try ProcessSignals.wipingLine { try progress.following { try body(progress.show) } }
  }

  private func following<Result>(_ body: () throws -> Result) rethrows -> Result {
    defer { Console.wipeLine() }
    let result = try body()
    Console.tell("\(label): \(unit.text(done)) in \(Formatting.seconds(stopwatch.seconds))")
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
    nextChange = now + (overwrites ? Progress.interval : Progress.logInterval)
    let percentage = total > 0 ? "\(min(100, Int(100 * (Double(done) / Double(total))))) %  " : ""
    let line = "\(label)  \(percentage)\(unit.text(done, of: total))"
    if overwrites { Console.overwriteLine(line) } else { Console.note(line) }
  }
}
