/// A pattern that selects tensors and bricks by their paths, such as `/mlp/**`.
///
/// `*` matches any number of characters of one name, `?` matches one character, `[a-z_]` one character of a class, and `[!a-z]`
/// one character outside the class. `**` matches zero or more whole names. Case matters. In a class, a special
/// character has no special meaning: `[*]`.
///
/// - `/mlp/linear_0.W` selects one tensor. `/mlp/**.W` selects the `W` of `/mlp` and of every brick in it.
/// - `/mlp/linear_*`, without a dot, selects bricks, with all their tensors and the tensors of the bricks inside.
/// - `/parameters/mlp/linear_0/W` is the spelling of files. It begins with `/parameters/`, `/statistics/` or `/persistent/`, has no
///   dot, and ends with the name of the tensor. `/statistics/**` selects all statistics.
/// - A pattern that does not begin with `/` matches at any depth: `*.W`, `batchnormalization.population_*`.
public struct Selector: Hashable, Sendable, CustomStringConvertible {
  /// The pattern as it was written.
  public let pattern: Name
  /// The only collection that may match, if the pattern has the spelling of files.
  private let collection: TensorPath.Collection?
  /// The patterns for the names of a brick's path; nil matches any number of names.
  private let brick: [NamePattern?]
  /// The pattern for the name of the tensor; nil if the pattern selects bricks.
  private let name: NamePattern?

  /// Reads a pattern.
  ///
  /// - Throws: `GraphError` with code `.invalidSelector` that describes the fault.
  public init(_ pattern: Name) throws(GraphError) {
    func invalid(_ problem: String) -> GraphError {
      GraphError(.invalidSelector, "the pattern \"\(pattern.text.filter { !$0.isNewline })\" \(problem)")
    }
    func part(_ text: Name) throws(GraphError) -> NamePattern? {
      do throws(GraphError) {
        return text == "**" ? nil : try NamePattern(text)
      } catch {
        throw invalid(error.message)
      }
    }
    let isRooted = pattern.hasPrefix("/")
    var names = Array(pattern.split(at: "/").dropFirst(isRooted ? 1 : 0))
    var tensorName: Name?
    var collection: TensorPath.Collection?
    if let parts = names.last?.splitAtFirst(".") {
      names[names.count - 1] = parts.before
      tensorName = parts.after
    } else if isRooted, names.count > 1, let root = TensorPath.Collection(rawValue: names[0].text) {
      collection = root
      names.removeFirst()
      // A ** at the end also matches the name of the tensor.
      tensorName = names.last == "**" ? "*" : names.removeLast()
      guard !names.isEmpty else {
        throw invalid("does not name a brick; /\(root)/** selects all tensors of this collection")
      }
    }
    guard tensorName != "**" else { throw invalid("has ** as the name of a tensor; use * for any name") }
    self.pattern = pattern
    self.collection = collection
    brick = try (isRooted ? [] : [nil]) + names.map(part)
    name = try tensorName.map(part) ?? nil
  }

  /// The pattern as it was written.
  public var description: String { pattern.text }

  /// Whether the pattern selects a tensor.
  ///
  /// - Complexity: O(length of the pattern · length of the path).
  public func matches(_ path: TensorPath) -> Bool {
    matches(path.collection, brick: path.brick, name: path.name)
  }

  /// Whether the pattern selects a brick itself, given a path such as `/mlp/linear_0`.
  ///
  /// - Complexity: The complexity of `matches(_:)`.
  public func matches(brick path: Name) -> Bool { name == nil && Selector.matches(brick, path) }

  /// Whether the pattern selects a name in a brick. The collection is nil if the name does not belong to a saved tensor.
  func matches(_ collection: TensorPath.Collection?, brick path: Name, name: Name) -> Bool {
    guard self.collection == nil || self.collection == collection else { return false }
    guard let pattern = self.name else { return Selector.matches(brick + [nil], path) }
    return pattern.matches(name) && Selector.matches(brick, path)
  }

  private static func matches(_ patterns: [NamePattern?], _ path: Name) -> Bool {
    matchesWithGaps(patterns, path.split(at: "/").filter { !$0.isEmpty }) { $0.matches($1) }
  }
}
