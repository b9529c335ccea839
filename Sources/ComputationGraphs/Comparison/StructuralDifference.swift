import JSON

/// One way in which two models are built differently, in words.
public struct StructuralDifference: Hashable, Sendable, Encodable {
  /// What kind of thing differs.
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
    /// How the file came to be.
    case provenance
  }

  /// How it differs.
  public enum Change: String, Hashable, Sendable, Encodable {
    /// Only the second has it.
    case added
    /// Only the first has it.
    case removed
    /// Both have it, differently.
    case changed
  }

  /// What kind of thing differs.
  public let subject: Subject
  /// How it differs.
  public let change: Change
  /// Where: the path of a brick or tensor as people write it, or of a document of the file.
  public let path: Name
  /// What differs, without a final period.
  public let message: String

  /// A difference from its parts.
  public init(_ subject: Subject, _ change: Change, _ path: Name, _ message: String) {
    self.subject = subject
    self.change = change
    self.path = path
    self.message = message
  }
}

extension JSONValue {
  /// What differs between the members of two objects, key by key in the order of their names: `epsilon 1e-05 → 0.001`.
  static func changes(from old: [Name: JSONValue], to new: [Name: JSONValue]) -> [String] {
    Set(old.keys).union(new.keys).sorted().compactMap { key in
      switch (old[key], new[key]) {
      case (let old?, let new?): old == new ? nil : "\(key) \(old.shortText) → \(new.shortText)"
      case (let old?, nil): "\(key) \(old.shortText) removed"
      case (nil, let new?): "\(key) \(new.shortText) added"
      case (nil, nil): nil
      }
    }
  }

  /// The value as JSON, cut where it is long.
  private var shortText: String {
    let text = (try? jsonText()) ?? "not finite"
    return text.count <= 60 ? text : text.prefix(59) + "…"
  }
}
