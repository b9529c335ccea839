import Checkpoints
import ComputationGraphs
import Figures
import Messages
import Names

/// The bricks of a graph as a picture: a box for each application of a brick, and a box around the body of each loop.
///
/// If a graph has many bricks, a whole subtree of bricks becomes one box, and gets a picture of its own.
struct BrickPicture {
  /// The greatest numbers of boxes in one graph: in the first picture, and in a picture of a subtree.
  static let boxLimits = (first: 60, subtree: 30)
  /// The greatest number of pictures of one model.
  static let pictureLimit = 24

  /// The states of the normalizations, by brick.
  let states: [Name: (ink: Ink, words: String)]

  /// The pictures: first the whole graph, then each subtree that is only one box in an earlier picture.
  func pictures(of graph: Graph, title: String) -> [(title: String, graph: LayeredGraph)] {
    var pending: [(title: String, scope: BrickScope)] = [(title, BrickScope(graph))]
    var pictures: [(title: String, graph: LayeredGraph)] = []
    while !pending.isEmpty, pictures.count < BrickPicture.pictureLimit {
      let (title, scope) = pending.removeFirst()
      var folded: [(title: String, scope: BrickScope)] = []
      let limit = pictures.isEmpty ? BrickPicture.boxLimits.first : BrickPicture.boxLimits.subtree
      pictures.append((title, layered(scope, limit: limit, &folded)))
      pending += folded
    }
    return pictures
  }

  private func layered(
    _ scope: BrickScope, limit: Int, _ folded: inout [(title: String, scope: BrickScope)]
  ) -> LayeredGraph {
    let groups = scope.groups(limit: limit)
    var place = [Int](repeating: -1, count: scope.items.count)
    for (index, group) in groups.enumerated() { for item in group.items { place[item] = index } }
    let nodes = groups.map { group -> LayeredGraph.Node in
      if group.items.count > 1 {
        folded.append((group.label ?? group.prefix, scope.part(group)))
        return node(ofGroup: group, in: scope)
      }
      return node(of: scope.items[group.items[0]], relativeTo: scope.prefix, limit: limit, &folded)
    }
    let edges = scope.edges.map { (from: place[$0.from], to: place[$0.to]) }
    return LayeredGraph(nodes: nodes, edges: edges)
  }

  private func node(ofGroup group: BrickScope.Group, in scope: BrickScope) -> LayeredGraph.Node {
    let paths = group.items.compactMap { scope.items[$0].brick }
    let bricks = Set(paths)
    let found = bricks.compactMap { states[$0] }
    let worst = found.first { $0.ink == .bad } ?? found.first { $0.ink == .caution } ?? found.first
    // A brick that is applied several times has one box for each application.
    let count = bricks.count == 1 ? "applied \(counted(group.items.count, "time"))" : counted(bricks.count, "brick")
    return LayeredGraph.Node(
      group.label ?? scope.shortName(group.prefix), detail: count, ink: worst?.ink ?? .muted, isFolded: true,
      words: "\(count)\(found.isEmpty ? "" : ", with \(counted(found.count, "normalization"))")")
  }

  private func node(
    of item: BrickScope.Item, relativeTo prefix: String, limit: Int,
    _ folded: inout [(title: String, scope: BrickScope)]
  ) -> LayeredGraph.Node {
    let state = item.brick.flatMap { states[$0] }
    let name = BrickScope.short(item.name, relativeTo: prefix)
    guard let body = item.body else {
      return LayeredGraph.Node(name, detail: item.kind, ink: state?.ink ?? .muted, words: state?.words ?? item.kind)
    }
    return LayeredGraph.Node(
      name, detail: item.kind, words: item.kind,
      inside: layered(BrickScope(body.body, prefix: item.name, stepInput: body.stepInput), limit: limit, &folded))
  }
}

extension PicturedNormalization {
  /// The colour of a normalization in pictures of bricks, and its state in words.
  var diagramState: (ink: Ink, words: String) {
    switch state {
    case .neverEstimated: (.bad, verdict)
    case .trainingAverage: (.caution, verdict)
    case .stale: (namesParameters ? .bad : .caution, verdict)
    case .estimated: (series.deadChannels.isEmpty ? .good : .caution, verdict)
    }
  }
}

/// The applications of bricks in one graph or in the body of a loop, and the data between them.
struct BrickScope {
  /// A box: an application, a loop, an input or an output.
  struct Item {
    var name: String
    var kind: String
    var brick: Name?
    var body: Scan?
  }

  /// The items that one box shows.
  struct Group {
    var prefix: String
    var items: [Int]
    /// The name of the box, if it differs from the prefix.
    var label: String?
  }

  private(set) var items: [Item] = []
  private(set) var edges: [(from: Int, to: Int)] = []
  private(set) var prefix: String

  init(_ graph: Graph, prefix: String = "", stepInput: Name? = nil) {
    self.prefix = prefix
    // For each variable: the items that compute the variable, and all items that the variable depends on.
    var owners = [Set<Int>](repeating: [], count: graph.variables.count)
    var histories = [Set<Int>](repeating: [], count: graph.variables.count)
    var places: [Int: Int] = [:]
    var links: Set<[Int]> = []
    func add(_ item: Item) -> Int {
      items.append(item)
      return items.count - 1
    }
    for port in graph.inputs where port.name != stepInput && !port.name.hasPrefix("capture") {
      guard case .input? = graph.variables[port.variable].source else { continue }
      let own = add(Item(name: port.name.text, kind: "input"))
      (owners[port.variable], histories[port.variable]) = ([own], [own])
    }
    for node in graph.nodes {
      let inputs = node.inputs.filter { !owners[$0].isEmpty }
      let sources = inputs.reduce(into: Set<Int>()) { $0.formUnion(owners[$1]) }
      var history = inputs.reduce(into: Set<Int>()) { $0.formUnion(histories[$1]) }
      let call = node.outputs.lazy.compactMap { graph.variables[$0].call }.first
      let own: Int
      if case .scan(let scan) = node.operation {
        own = add(BrickScope.loop(scan, named: call.map { graph.calls[$0].brick.text } ?? "loop"))
      } else if let call {
        // If an input depends on an earlier part of the same application, this part becomes a box of its own.
        let known = places[call].flatMap { known in
          inputs.contains { owners[$0] != [known] && histories[$0].contains(known) } ? nil : known
        }
        let brick = graph.calls[call].brick
        own = known ?? add(Item(name: brick.text, kind: graph.calls[call].brickType?.text ?? "", brick: brick))
        places[call] = own
      } else {
        // An operation outside of bricks has no box. Its results come from the same items as its operands.
        for output in node.outputs { (owners[output], histories[output]) = (sources, history) }
        continue
      }
      for source in sources where source != own { links.insert([source, own]) }
      history.insert(own)
      for output in node.outputs { (owners[output], histories[output]) = ([own], history) }
    }
    for port in graph.outputs {
      guard !owners[port.variable].isEmpty else { continue }
      let own = add(Item(name: port.name.text, kind: "output"))
      for source in owners[port.variable] { links.insert([source, own]) }
    }
    edges = links.map { ($0[0], $0[1]) }.sorted { $0 < $1 }
    dropUnusedInputs()
  }

  private static func loop(_ scan: Scan, named name: String) -> Item {
    let steps = scan.stepCount.map { ", \(counted($0, "step"))" } ?? ""
    return Item(name: name, kind: "loop\(steps)\(scan.isReversed ? ", reversed" : "")", body: scan)
  }

  private init(items: [Item], edges: [(from: Int, to: Int)], prefix: String) {
    (self.items, self.edges, self.prefix) = (items, edges, prefix)
  }

  /// Removes inputs that nothing in the picture reads.
  private mutating func dropUnusedInputs() {
    let used = Set(edges.map(\.from)).union(edges.map(\.to))
    let kept = items.indices.filter { used.contains($0) || (items[$0].kind != "input" && items[$0].kind != "output") }
    self = BrickScope(items: items, edges: edges, prefix: prefix).restricted(to: kept, prefix: prefix)
  }

  private func restricted(to kept: [Int], prefix: String) -> BrickScope {
    var places = [Int?](repeating: nil, count: items.count)
    for (place, item) in kept.enumerated() { places[item] = place }
    let edges = edges.compactMap { edge in
      if let from = places[edge.from], let to = places[edge.to] { (from: from, to: to) } else { nil }
    }
    return BrickScope(items: kept.map { items[$0] }, edges: edges, prefix: prefix)
  }

  /// The part of this scope that belongs to a group.
  func part(_ group: Group) -> BrickScope { restricted(to: group.items, prefix: group.prefix) }

  /// One group for each item if there are at most `limit` items. If there are more items, subtrees of bricks become groups, at
  /// the deepest level that has at most `limit` groups.
  func groups(limit: Int) -> [Group] {
    guard items.count > limit else { return items.indices.map { Group(prefix: items[$0].name, items: [$0]) } }
    var groups = [Group(prefix: prefix, items: Array(items.indices))]
    while true {
      let next = groups.flatMap { $0.items.count == 1 ? [$0] : unfolded($0) }
      // A single brick may contain all others, so go down until there are several groups.
      guard next.map(\.prefix) != groups.map(\.prefix), groups.count == 1 || next.count <= limit else { break }
      groups = next
    }
    return groups.count > limit ? chunks(of: groups, limit) : groups
  }

  /// Joins neighbouring groups, because a brick has too many children for one picture.
  private func chunks(of groups: [Group], _ limit: Int) -> [Group] {
    let groups = groups.sorted { ($0.items.min() ?? 0) < ($1.items.min() ?? 0) }
    let count = min(limit, 20)
    return (0..<count).map { chunk in
      let members = groups[chunk * groups.count / count..<(chunk + 1) * groups.count / count]
      guard members.count > 1, let first = members.first, let last = members.last else { return Array(members)[0] }
      return Group(
        prefix: prefix, items: members.flatMap(\.items),
        label: "\(shortName(first.prefix)) … \(shortName(last.prefix))")
    }
  }

  /// Divides a group into the subtrees one level below its prefix. Each item that is not below the prefix forms a group of its own.
  private func unfolded(_ group: Group) -> [Group] {
    var parts: [Group] = []
    var places: [String: Int] = [:]
    for item in group.items {
      let name = items[item].name
      guard items[item].brick != nil || items[item].body != nil, name.hasPrefix("\(group.prefix)/") else {
        parts.append(Group(prefix: name, items: [item]))
        continue
      }
      let next = "\(group.prefix)/\(name.dropFirst(group.prefix.count + 1).prefix { $0 != "/" })"
      if let place = places[next] {
        parts[place].items.append(item)
      } else {
        places[next] = parts.count
        parts.append(Group(prefix: next, items: [item]))
      }
    }
    return parts
  }

  func shortName(_ path: String) -> String { BrickScope.short(path, relativeTo: prefix) }

  /// The last two parts of a path, without the prefix.
  static func short(_ path: String, relativeTo prefix: String) -> String {
    let rest = path.hasPrefix("\(prefix)/") ? path.dropFirst(prefix.count + 1) : path.drop { $0 == "/" }
    let parts = rest.split(separator: "/")
    return parts.isEmpty ? path : parts.suffix(2).joined(separator: "/")
  }
}
