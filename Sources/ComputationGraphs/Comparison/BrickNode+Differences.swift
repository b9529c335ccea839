import JSON

extension BrickNode {
  /// The differences between the trees of two models.
  ///
  /// Bricks are compared by path, with their types, configurations and the order of their children.
  ///
  /// - Complexity: O(bricks log bricks).
  public static func differences(from old: [BrickNode], to new: [BrickNode]) -> [StructuralDifference] {
    differences(from: old, to: new, within: "")
  }

  private static func differences(
    from old: [BrickNode], to new: [BrickNode], within parent: Name
  ) -> [StructuralDifference] {
    let olds = Dictionary(old.map { ($0.name, $0) }) { first, _ in first }
    let news = Dictionary(new.map { ($0.name, $0) }) { first, _ in first }
    var differences: [StructuralDifference] = []
    for node in old {
      let path: Name = "\(parent)/\(node.name)"
      if let other = news[node.name] {
        differences += node.differences(to: other, at: path)
      } else {
        differences.append(StructuralDifference(.brick, .removed, path, node.type.text))
      }
    }
    for node in new where olds[node.name] == nil {
      differences.append(StructuralDifference(.brick, .added, "\(parent)/\(node.name)", node.type.text))
    }
    let common = old.map(\.name).filter { news[$0] != nil }
    if common != new.map(\.name).filter({ olds[$0] != nil }) {
      differences.append(
        StructuralDifference(.brick, .changed, parent.isEmpty ? "/" : parent, "its children are in another order"))
    }
    return differences
  }

  private func differences(to other: BrickNode, at path: Name) -> [StructuralDifference] {
    var messages: [String] = []
    if type != other.type { messages.append("type \(type) → \(other.type)") }
    messages += JSONValue.changes(from: configuration, to: other.configuration).map { "configuration: \($0)" }
    return messages.map { StructuralDifference(.brick, .changed, path, $0) }
      + BrickNode.differences(from: children, to: other.children, within: path)
  }
}
