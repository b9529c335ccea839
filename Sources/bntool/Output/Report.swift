/// The report of a command, as JSON or as text.
protocol Report: Encodable {
  /// The lines of the text. An element may hold several lines.
  var lines: [String] { get }
  /// Warnings about the result, for standard error.
  var warnings: [String] { get }
}

extension Report {
  var warnings: [String] { [] }
  var text: String { lines.joined(separator: "\n") }
}

/// A report of any kind, so that one list can hold the reports of different kinds of files.
struct AnyReport: Report {
  private let report: any Report

  init(_ report: any Report) { self.report = report }

  var lines: [String] { report.lines }

  func encode(to encoder: any Encoder) throws { try report.encode(to: encoder) }
}
