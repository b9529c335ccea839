extension BrickNode {
  /// Whether a brick of a path is this one or lies below it.
  func contains(path: Name, within parent: Name = "") -> Bool {
    let own: Name = "\(parent)/\(name)"
    return own == path
      || BrickPath.path(path, isWithin: own) && children.contains { $0.contains(path: path, within: own) }
  }

  /// The tree after an edit of every brick, those below it first; nil where the edit takes the outermost one away.
  ///
  /// Above a brick that changed or went there is no configuration any more: the code would make the brick as it was.
  ///
  /// - Parameter edit: What becomes of a brick with a path.
  package func edited(within parent: Name = "", _ edit: (_ path: Name, BrickNode) -> BrickNode?) -> BrickNode? {
    let path: Name = "\(parent)/\(name)"
    var node = self
    node.children = children.compactMap { $0.edited(within: path, edit) }
    if node.children != children { node.configuration = [:] }
    return edit(path, node)
  }

  /// The tree with another name for the brick of a path.
  func renaming(_ path: Name, to new: Name) -> BrickNode {
    edited { own, node in
      guard own == path else { return node }
      var node = node
      node.name = new
      if node.configuration["name"] != nil {
        node.configuration["name"] = .name(new)
      } else {
        node.configuration = [:]
      }
      return node
    } ?? self
  }

  /// The tree whose code would not make the brick of a path.
  func unconfiguring(_ path: Name) -> BrickNode {
    edited { own, node in
      guard BrickPath.path(path, isWithin: own) else { return node }
      var node = node
      node.configuration = [:]
      return node
    } ?? self
  }
}
