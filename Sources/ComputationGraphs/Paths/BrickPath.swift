/// The rules for names of bricks and tensors. Names become HDF5 links and parts of paths in patterns.
public enum BrickPath {
  /// Checks one name.
  ///
  /// - Throws: `GraphError` with code `.invalidName` if the name is empty or contains `/`, `.`, `|` or a control character.
  public static func check(component name: Name) throws(GraphError) {
    guard !name.isEmpty else {
      throw GraphError(.invalidName, "a brick or tensor has an empty name")
    }
    guard !name.utf8.allSatisfy(isPlain) else { return }
    for character in name.text.unicodeScalars where "/.|".unicodeScalars.contains(character) || isControl(character) {
      let shown = isControl(character) ? "a control character" : "\"\(character)\""
      throw GraphError(
        .invalidName,
        "the name \"\(name.text.filter { !$0.isNewline })\" contains \(shown), which names in files and paths cannot contain; rename it"
      )
    }
  }

  /// Whether a byte is printable ASCII that every name may contain. Most names consist only of such bytes, so they need no further
  /// check.
  private static func isPlain(_ byte: UInt8) -> Bool {
    byte >= 0x20 && byte < 0x7F && byte != UInt8(ascii: "/") && byte != UInt8(ascii: ".") && byte != UInt8(ascii: "|")
  }

  /// Whether a path consists of names of plain bytes.
  private static func isPlain(_ path: Name) -> Bool {
    var isEmpty = false
    for byte in path.utf8 {
      let isSlash = byte == UInt8(ascii: "/")
      guard isSlash ? !isEmpty : isPlain(byte) else { return false }
      isEmpty = isSlash
    }
    return !isEmpty
  }

  private static func isControl(_ character: Unicode.Scalar) -> Bool {
    character.value < 0x20 || (0x7F...0x9F).contains(character.value)
  }

  /// Checks a whole path such as `/mlp/linear_0`.
  ///
  /// - Throws: `GraphError` with code `.invalidName` if the path does not begin with `/` or a name in it is invalid.
  public static func check(_ path: Name) throws(GraphError) {
    guard path.utf8.first == UInt8(ascii: "/") else {
      throw GraphError(.invalidName, "\"\(path)\" is not the path of a brick; write it like /mlp/linear_0")
    }
    guard !isPlain(path) else { return }
    for name in path.split(at: "/").dropFirst() { try check(component: name) }
  }

  /// The path of a brick, after a brick that contains it got another path.
  public static func path(_ path: Name, movedFrom old: Name, to new: Name) -> Name {
    guard BrickPath.path(path, isWithin: old) else { return path }
    return "\(new)\(Substring(path.utf8.dropFirst(old.utf8.count)))"
  }

  /// Whether a path is equal to a second path or is below it.
  public static func path(_ path: Name, isWithin ancestor: Name) -> Bool {
    path == ancestor || path.hasPrefix("\(ancestor)/")
  }
}
