extension BrickNode {
  /// Whether the brick with the given path is this brick or a brick in it.
  func contains(path: Name, within parent: Name = "") -> Bool {
    let own: Name = "\(parent)/\(name)"
    return own == path
      || BrickPath.path(path, isWithin: own) && children.contains { $0.contains(path: path, within: own) }
  }

  /// The tree after an edit of every brick, children first; nil if the edit removes the outermost brick.
  ///
  /// If a child changed or was removed, its parent loses its configuration, because the parent's code would create the old child.
  ///
  /// - Parameter edit: Returns the new brick for a path and a brick, or nil to remove the brick.
  package func edited(within parent: Name = "", _ edit: (_ path: Name, BrickNode) -> BrickNode?) -> BrickNode? {
    let path: Name = "\(parent)/\(name)"
    var node = self
    node.children = children.compactMap { $0.edited(within: path, edit) }
    if node.children != children { node.configuration = [:] }
    return edit(path, node)
  }

  /// The tree with another name for the brick at a path.
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

  /// The tree without the configurations of the bricks that contain the given path.
  func unconfiguring(_ path: Name) -> BrickNode {
    edited { own, node in
      guard BrickPath.path(path, isWithin: own) else { return node }
      var node = node
      node.configuration = [:]
      return node
    } ?? self
  }
}
