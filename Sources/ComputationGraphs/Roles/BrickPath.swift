/// Rules for the names of bricks and tensors, which become HDF5 links and parts of selector paths.
public enum BrickPath {
  /// Checks one name.
  ///
  /// - Throws: `GraphError` with code `.invalidName` where it is empty or contains `/`, `.`, `|` or a control character.
  public static func check(component name: String) throws(GraphError) {
    guard !name.isEmpty else {
      throw GraphError(.invalidName, "a brick or tensor has an empty name")
    }
    for character in name.unicodeScalars {
      let isControl = character.properties.generalCategory == .control
      guard isControl || character == "/" || character == "." || character == "|" else { continue }
      let shown = isControl ? "a control character" : "\"\(character)\""
      throw GraphError(
        .invalidName,
        "the name \"\(name.filter { !$0.isNewline })\" contains \(shown), which names in files and paths cannot; rename it"
      )
    }
  }

  /// Checks a whole path such as `/mlp/linear_0`.
  ///
  /// - Throws: `GraphError` with code `.invalidName` where it does not begin with `/` or a name in it is invalid.
  public static func check(_ path: String) throws(GraphError) {
    let components = path.split(separator: "/", omittingEmptySubsequences: false)
    guard components.count >= 2, components[0].isEmpty else {
      throw GraphError(.invalidName, "\"\(path)\" is no brick path; /mlp/linear_0 is one")
    }
    for component in components.dropFirst() { try check(component: String(component)) }
  }

  /// Whether a path is another or lies below it.
  public static func path(_ path: String, isWithin ancestor: String) -> Bool {
    path == ancestor || path.hasPrefix(ancestor + "/")
  }
}
