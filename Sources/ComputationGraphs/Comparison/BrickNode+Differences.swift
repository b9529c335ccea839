import JSON

extension JSONValue {
  /// The members of Keras's objects that say how Keras finds the class, builds the layer and numbers the objects of a file. They say
  /// nothing about the model, and files of different formats have different ones.
  private static let bookkeeping: Set<Name> = ["build_config", "module", "registered_name", "shared_object_id"]

  /// The value without the bookkeeping of Keras's objects, which have a `class_name` and a `config`.
  fileprivate var withoutBookkeeping: JSONValue {
    switch self {
    case .list(let elements): return .list(elements.map(\.withoutBookkeeping))
    case .object(var members):
      if members["class_name"] != nil, members["config"] != nil {
        members = members.filter { !Self.bookkeeping.contains($0.key) }
        // A model that was never compiled has no settings of training.
        if members["compile_config"] == .object([:]) { members["compile_config"] = nil }
      }
      return .object(members.mapValues(\.withoutBookkeeping))
    default: return self
    }
  }
}

extension [Name: JSONValue] {
  /// The configuration of a brick without the bookkeeping of Keras. Only some files of Keras name the backend that wrote them.
  fileprivate var withoutBookkeeping: [Name: JSONValue] {
    mapValues(\.withoutBookkeeping).filter { $0.key != "backend" || self["keras"] == nil }
  }
}

extension BrickNode {
  /// The differences between the trees of two models.
  ///
  /// Bricks are compared by path, with their types, configurations and the order of their children. The bookkeeping in configurations of
  /// Keras is not compared.
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
    messages += JSONValue.changes(
      from: configuration.withoutBookkeeping, to: other.configuration.withoutBookkeeping
    ).map { "configuration: \($0)" }
    return messages.map { StructuralDifference(.brick, .changed, path, $0) }
      + BrickNode.differences(from: children, to: other.children, within: path)
  }
}
