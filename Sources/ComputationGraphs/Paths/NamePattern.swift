/// A pattern for one name, with the wildcards of `fnmatch`. A character is a Unicode scalar.
struct NamePattern: Hashable, Sendable {
  /// A pattern for one character.
  private enum Part: Hashable, Sendable {
    case any
    case literal(Unicode.Scalar)
    case oneOf([ClosedRange<Unicode.Scalar>], isNegated: Bool)

    func matches(_ character: Unicode.Scalar) -> Bool {
      switch self {
      case .any: true
      case .literal(let literal): literal == character
      case .oneOf(let ranges, let isNegated): ranges.contains { $0.contains(character) } != isNegated
      }
    }
  }

  /// The patterns of the characters; nil matches any number of characters.
  private let parts: [Part?]

  /// Reads a pattern.
  ///
  /// - Throws: `GraphError` with code `.invalidSelector`. Its message continues a sentence that begins with the pattern.
  init(_ text: Name) throws(GraphError) {
    guard !text.isEmpty else { throw GraphError(.invalidSelector, "has an empty name; use * for any name") }
    guard (try? BrickPath.check(component: text)) != nil else {
      throw GraphError(
        .invalidSelector, "has a character that names cannot contain: a second dot, | or a control character")
    }
    guard !text.text.unicodeScalars.contains("**".unicodeScalars) else {
      throw GraphError(.invalidSelector, "has ** inside a name; ** stands for whole names, as in /mlp/**/linear_0.W")
    }
    var parts: [Part?] = []
    var rest = text.text.unicodeScalars[...]
    while let character = rest.popFirst() {
      switch character {
      case "*": parts.append(nil)
      case "?": parts.append(.any)
      case "[": parts.append(try NamePattern.popClass(from: &rest))
      default: parts.append(.literal(character))
      }
    }
    self.parts = parts
  }

  /// Whether the pattern matches the whole name.
  ///
  /// - Complexity: O(length of the pattern · length of the name).
  func matches(_ name: Name) -> Bool {
    matchesWithGaps(parts, Array(name.text.unicodeScalars)) { $0.matches($1) }
  }

  /// Reads the text after a `[`, including the `]` that ends it. As in `fnmatch`, a `]` at the beginning and a `-` at either
  /// end have no special meaning.
  private static func popClass(from rest: inout Substring.UnicodeScalarView) throws(GraphError) -> Part {
    let isNegated = rest.first == "!"
    if isNegated { rest.removeFirst() }
    guard let end = rest.dropFirst().firstIndex(of: "]") else {
      throw GraphError(
        .invalidSelector, "has a [ without a ]; write [[] for the character [, and no / or . between [ and ]")
    }
    var characters = rest[..<end]
    rest = rest[rest.index(after: end)...]
    var ranges: [ClosedRange<Unicode.Scalar>] = []
    while let lower = characters.popFirst() {
      guard characters.first == "-", let upper = characters.dropFirst().first else {
        ranges.append(lower...lower)
        continue
      }
      guard lower <= upper else { throw GraphError(.invalidSelector, "has the empty range \(lower)-\(upper)") }
      ranges.append(lower...upper)
      characters.removeFirst(2)
    }
    return .oneOf(ranges, isNegated: isNegated)
  }
}

/// Whether a list of elements matches a list of patterns. A nil pattern matches any number of elements.
///
/// If an element does not match, only the latest gap grows, because it can take every element that an earlier gap could take.
///
/// - Complexity: O(patterns · elements) comparisons.
func matchesWithGaps<Pattern, Element>(
  _ patterns: [Pattern?], _ elements: [Element], _ isMatch: (Pattern, Element) -> Bool
) -> Bool {
  var (next, position) = (0, 0)
  /// The index of the first pattern after the latest gap, and the index of the element to try it on next.
  var gap: (next: Int, position: Int)?
  while position < elements.count {
    if next < patterns.count, let pattern = patterns[next] {
      if isMatch(pattern, elements[position]) {
        next += 1
        position += 1
        continue
      }
    } else if next < patterns.count {
      next += 1
      gap = (next, position)
      continue
    }
    guard let latest = gap else { return false }
    gap = (latest.next, latest.position + 1)
    (next, position) = (latest.next, latest.position + 1)
  }
  return patterns[next...].allSatisfy { $0 == nil }
}
