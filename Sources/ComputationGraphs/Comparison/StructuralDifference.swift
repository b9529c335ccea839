import JSON

/// A difference in structure between two models, in words.
public struct StructuralDifference: Hashable, Sendable, Encodable {
  /// The kinds of things that can differ.
  public enum Subject: String, Hashable, Sendable, Encodable {
    /// The file as a whole: its kind.
    case file
    /// The brick tree: a brick, its type, its configuration.
    case brick
    /// The computation: a call, an operation, a setting of a normalization, an input or output.
    case graph
    /// A saved tensor: its type, shape, role, axes.
    case tensor
    /// Recorded update pairs of one application of a brick.
    case updates
    /// The provenance of the file.
    case provenance
  }

  /// The kinds of difference.
  public enum Change: String, Hashable, Sendable, Encodable {
    /// Only the second model has it.
    case added
    /// Only the first model has it.
    case removed
    /// Both models have it, with different values.
    case changed
  }

  /// The kind of the thing that differs.
  public let subject: Subject
  /// The kind of the difference.
  public let change: Change
  /// The path of the brick or tensor that differs, such as `/mlp/linear_0.W`, or of a document in the file.
  public let path: Name
  /// The difference in words, without a final period.
  public let message: String

  /// Creates a difference with its subject, kind, path and message.
  public init(_ subject: Subject, _ change: Change, _ path: Name, _ message: String) {
    self.subject = subject
    self.change = change
    self.path = path
    self.message = message
  }
}

extension JSONValue {
  /// The differences between the members of two objects, in the order of names: `epsilon 1e-05 → 0.001`. Long values are compared
  /// member by member.
  static func changes(from old: [Name: JSONValue], to new: [Name: JSONValue]) -> [String] {
    Set(old.keys).union(new.keys).sorted().flatMap { key -> [String] in
      switch (old[key], new[key]) {
      case (let old?, let new?): changes(from: old, to: new, at: key)
      case (let old?, nil): ["\(key) \(old.shortText) removed"]
      case (nil, let new?): ["\(key) \(new.shortText) added"]
      case (nil, nil): []
      }
    }
  }

  private static func changes(from old: JSONValue, to new: JSONValue, at place: Name) -> [String] {
    guard old != new else { return [] }
    switch (old, new) {
    case (.object(let olds), .object(let news)) where old.isLong || new.isLong:
      return changes(from: olds, to: news).map { "\(place).\($0)" }
    case (.list(let olds), .list(let news)) where olds.count == news.count && (old.isLong || new.isLong):
      return zip(olds, news).enumerated().flatMap { changes(from: $1.0, to: $1.1, at: "\(place)[\($0)]") }
    default: return ["\(place) \(old.shortText) → \(new.shortText)"]
    }
  }

  private var isLong: Bool { text.count > 60 }

  private var text: String { (try? jsonText()) ?? "not finite" }

  /// The value as JSON, shortened if it is long.
  private var shortText: String { isLong ? text.prefix(59) + "…" : text }
}
