import JSON

extension Graph {
  /// The differences between the computations of this graph and another one.
  ///
  /// These are inputs and outputs, calls with their normalizations, and the operations of each brick, also in the bodies of loops.
  /// Types, shapes and main roles of saved tensors are compared elsewhere.
  ///
  /// A variable is identified by its meaning (an input, a tensor, the k-th result of a brick), because the numbers of variables
  /// have no meaning.
  ///
  /// - Complexity: O(variables + nodes + calls), plus sorting.
  public func differences(to other: Graph) -> [StructuralDifference] {
    guard self != other else { return [] }
    let differences = GraphComparison(self, other, place: "").differences
    guard differences.isEmpty else { return differences }
    return [
      StructuralDifference(
        .graph, .changed, GraphComparison.graphPath, "the same operations, numbered or grouped differently")
    ]
  }
}

/// Compares two graphs, or the bodies of two loops.
struct GraphComparison {
  /// The path for differences that do not concern a brick: the document that holds the graph.
  static let graphPath: Name = "/model/graph"

  private let old: NamedGraph
  private let new: NamedGraph
  /// The prefix of every message: empty, or the name of the loop.
  private let place: String

  init(_ old: Graph, _ new: Graph, place: String) {
    self.old = NamedGraph(old)
    self.new = NamedGraph(new)
    self.place = place
  }

  var differences: [StructuralDifference] {
    var found = portDifferences + callDifferences
    let operations = operationDifferences
    found += operations
    // A result is identified by its position among the results of its brick. An added or removed operation shifts the positions of
    // the others.
    if operations.isEmpty { found += wiringDifferences }
    return found
  }

  func difference(
    _ change: StructuralDifference.Change, _ brick: Name?, _ message: String
  ) -> StructuralDifference {
    StructuralDifference(.graph, change, brick ?? Self.graphPath, place + message)
  }

  // MARK: Inputs and outputs

  private var portDifferences: [StructuralDifference] {
    let inputs = portDifferences("input", old.graph.inputs, new.graph.inputs)
    let outputs = portDifferences("output", old.graph.outputs, new.graph.outputs)
    return inputs + outputs
  }

  private func portDifferences(_ kind: String, _ olds: [Graph.Port], _ news: [Graph.Port]) -> [StructuralDifference] {
    var pending = Dictionary(news.map { ($0.name, $0.variable) }) { first, _ in first }
    var found: [StructuralDifference] = []
    for port in olds {
      let type = old.graph.variables[port.variable].type
      guard let variable = pending.removeValue(forKey: port.name) else {
        found.append(difference(.removed, nil, "\(kind) \"\(port.name)\", \(type)"))
        continue
      }
      let other = new.graph.variables[variable].type
      if type != other { found.append(difference(.changed, nil, "\(kind) \"\(port.name)\": \(type) → \(other)")) }
    }
    for port in news where pending[port.name] != nil {
      found.append(difference(.added, nil, "\(kind) \"\(port.name)\", \(new.graph.variables[port.variable].type)"))
    }
    let common = Set(olds.map(\.name)).intersection(news.map(\.name))
    if olds.map(\.name).filter(common.contains) != news.map(\.name).filter(common.contains) {
      found.append(difference(.changed, nil, "the \(kind)s are in another order"))
    }
    return found
  }

  // MARK: Calls

  private var callDifferences: [StructuralDifference] {
    var found: [StructuralDifference] = []
    for key in old.callOrder {
      guard let call = old.calls[key] else { continue }
      guard let other = new.calls[key] else {
        found.append(difference(.removed, call.brick, "call \(key.description)"))
        continue
      }
      var messages: [String] = []
      if call.brickType != other.brickType {
        messages.append("brick type \(call.brickType ?? "unknown") → \(other.brickType ?? "unknown")")
      }
      messages += JSONValue.changes(from: call.metadata, to: other.metadata).map { "metadata: \($0)" }
      switch (call.normalization, other.normalization) {
      case (nil, nil): break
      case (nil, _?): messages.append("normalizes now")
      case (_?, nil): messages.append("no longer normalizes")
      case (let left?, let right?):
        messages += JSONValue.changes(from: left.settings(of: call.brick), to: right.settings(of: call.brick)).map {
          "normalization: \($0)"
        }
      }
      found += messages.map { difference(.changed, call.brick, "call \(key.description): \($0)") }
    }
    for key in new.callOrder where old.calls[key] == nil {
      found.append(difference(.added, key.brick, "call \(key.description)"))
    }
    let order = old.callOrder.filter { new.calls[$0] != nil }
    if found.isEmpty, order != new.callOrder.filter({ old.calls[$0] != nil }) {
      found.append(difference(.changed, nil, "the calls are in another order"))
    }
    return found
  }

  // MARK: Operations

  private var operationDifferences: [StructuralDifference] {
    var found: [StructuralDifference] = []
    for brick in Set(old.nodes.keys).union(new.nodes.keys).sorted() {
      // If one graph does not call a brick, the comparison of calls already reports it.
      if old.isCalled[brick] != new.isCalled[brick] { continue }
      found += operationDifferences(of: brick, old.nodes[brick] ?? [], new.nodes[brick] ?? [])
    }
    return found
  }

  private func operationDifferences(of brick: Name, _ olds: [Int], _ news: [Int]) -> [StructuralDifference] {
    let left = olds.map { old.graph.nodes[$0].operation }
    let right = news.map { new.graph.nodes[$0].operation }
    let names = (left.map(\.name), right.map(\.name))
    let path = brick.isEmpty ? nil : brick
    guard names.0 == names.1 else {
      let start = zip(names.0, names.1).prefix { $0 == $1 }.count
      let rest = (names.0.dropFirst(start), names.1.dropFirst(start))
      let end = zip(rest.0.reversed(), rest.1.reversed()).prefix { $0 == $1 }.count
      let (removed, added) = (rest.0.dropLast(end), rest.1.dropLast(end))
      let words = "operation \(start + 1)"
      if removed.isEmpty { return [difference(.added, path, "\(words): \(Self.listed(added))")] }
      if added.isEmpty { return [difference(.removed, path, "\(words): \(Self.listed(removed))")] }
      return [difference(.changed, path, "\(words): \(Self.listed(removed)) → \(Self.listed(added))")]
    }
    var found: [StructuralDifference] = []
    for (index, (left, right)) in zip(left, right).enumerated() where left != right {
      let words = "operation \(index + 1), \(left.name)"
      let changes = JSONValue.changes(from: left.ownAttributes, to: right.ownAttributes)
      found += changes.map { difference(.changed, path, "\(words): \($0)") }
      if case (.scan(let left), .scan(let right)) = (left, right) {
        let bodies = GraphComparison(left.body, right.body, place: "\(place)in a loop: ")
        found += bodies.differences.map { $0.path == Self.graphPath ? $0.moved(to: path ?? $0.path) : $0 }
      }
    }
    return found
  }

  private static func listed(_ names: ArraySlice<String>) -> String {
    names.count <= 4
      ? names.joined(separator: ", ") : "\(names.prefix(3).joined(separator: ", ")) and \(names.count - 3) more"
  }

  // MARK: Wiring

  private var wiringDifferences: [StructuralDifference] {
    var found: [StructuralDifference] = []
    /// Compares variables one by one. A message names a variable by its label. If all have the same label, a number follows.
    func compare(_ brick: Name?, _ labels: [String], _ words: String, _ olds: [Int], _ news: [Int]) {
      guard olds.count == news.count else {
        found.append(difference(.changed, brick, "\(olds.count) \(labels[0])s\(words) → \(news.count)"))
        return
      }
      for (place, (left, right)) in zip(olds, news).enumerated() {
        let names = (old.name(left, within: brick), new.name(right, within: brick))
        let label = labels.count > 1 ? labels[place] : olds.count > 1 ? "\(labels[0]) \(place + 1)" : labels[0]
        if names.0 != names.1 { found.append(difference(.changed, brick, "\(label)\(words): \(names.0) → \(names.1)")) }
      }
    }
    for (brick, nodes) in old.nodes.sorted(by: { $0.key < $1.key }) {
      for (index, (left, right)) in zip(nodes, new.nodes[brick] ?? []).enumerated() {
        let (left, right) = (old.graph.nodes[left], new.graph.nodes[right])
        let words = "operation \(index + 1), \(left.operation.name)"
        let path = brick.isEmpty ? nil : brick
        compare(path, ["operand"], " of \(words)", left.inputs, right.inputs)
        for (result, other) in zip(left.outputs, right.outputs) {
          found += labelDifferences(result, other, "result of \(words)", brick: path)
        }
      }
    }
    for key in old.callOrder {
      guard let left = old.calls[key], let right = new.calls[key] else { continue }
      let words = " of call \(key.description)"
      compare(key.brick, ["input"], words, left.inputs, right.inputs)
      compare(key.brick, ["output"], words, left.outputs, right.outputs)
      if let left = left.normalization, let right = right.normalization {
        let labels = left.labelledVariables.map(\.label)
        compare(key.brick, labels, " of the normalization\(words)", left.variables, right.variables)
      }
    }
    for port in old.graph.outputs {
      guard let other = new.graph.output(named: port.name) else { continue }
      compare(nil, ["output \"\(port.name)\""], "", [port.variable], [other])
    }
    let leaves = Dictionary(new.leaves.map { (new.name($0), $0) }) { first, _ in first }
    for leaf in old.leaves {
      guard let other = leaves[old.name(leaf)] else { continue }
      found += labelDifferences(leaf, other, old.name(leaf), brick: old.graph.variables[leaf].brick)
    }
    return found
  }

  /// The differences in names and roles. The main role of a saved tensor is compared with the table of contents.
  private func labelDifferences(_ left: Int, _ right: Int, _ words: String, brick: Name?) -> [StructuralDifference] {
    let (left, right) = (old.graph.variables[left], new.graph.variables[right])
    var messages: [String] = []
    if left.name != right.name { messages.append("name \(left.name ?? "none") → \(right.name ?? "none")") }
    let roles = [left, right].map { variable in variable.roles.roles.filter { !$0.refines(.persistent) }.map(\.name) }
    if roles[0] != roles[1] {
      let texts = roles.map { $0.isEmpty ? "none" : $0.joined(separator: ", ") }
      messages.append("roles \(texts[0]) → \(texts[1])")
    }
    return messages.map { difference(.changed, brick, "\(words): \($0)") }
  }
}

extension StructuralDifference {
  /// The same difference at another path.
  fileprivate func moved(to path: Name) -> StructuralDifference {
    StructuralDifference(subject, change, path, message)
  }
}
