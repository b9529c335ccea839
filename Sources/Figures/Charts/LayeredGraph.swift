/// A directed graph as boxes in layers, from top to bottom. A box may contain a graph, such as the body of a loop.
public struct LayeredGraph {
  /// A box.
  public struct Node {
    /// The name.
    public var name: String
    /// A second line in small letters; may be empty.
    public var detail: String
    /// The colour of the frame and of the mark.
    public var ink: Ink
    /// Whether the box stands for a group of things. Such a box is drawn as a stack.
    public var isFolded: Bool
    /// The words that appear when the pointer is over the box.
    public var words: String
    /// The graph inside the box.
    public var inside: LayeredGraph?

    /// Creates a box; see the properties.
    public init(
      _ name: String, detail: String = "", ink: Ink = .muted, isFolded: Bool = false, words: String = "",
      inside: LayeredGraph? = nil
    ) {
      (self.name, self.detail, self.ink) = (name, detail, ink)
      (self.isFolded, self.words, self.inside) = (isFolded, words, inside)
    }
  }

  /// The boxes.
  public var nodes: [Node]
  /// The arrows, as pairs of indices of boxes.
  public var edges: [(from: Int, to: Int)]

  /// Creates a graph from boxes and arrows.
  public init(nodes: [Node], edges: [(from: Int, to: Int)]) { (self.nodes, self.edges) = (nodes, edges) }

  /// The number of boxes, including boxes inside of boxes.
  public var nodeCount: Int { nodes.reduce(0) { $0 + 1 + ($1.inside?.nodeCount ?? 0) } }

  /// The figure. Its table has a row for each box.
  ///
  /// - Complexity: O((nodes + edges) · layers).
  public func figure(title: String, description: String) -> Figure {
    let drawing = drawing()
    let width = max(drawing.width + 2, 120)
    return Figure(
      title: title, description: description, width: width, height: drawing.height + 2,
      marks: drawing.marks(at: Point((width - drawing.width) / 2, 1)), table: Table(tableColumns))
  }

  private var tableColumns: [Table.Column] {
    var rows: [(name: String, detail: String, words: String, next: String)] = []
    func collect(_ graph: LayeredGraph, _ prefix: String) {
      for (index, node) in graph.nodes.enumerated() {
        let next = graph.edges.filter { $0.from == index }.map { graph.nodes[$0.to].name }
        rows.append((prefix + node.name, node.detail, node.words, next.joined(separator: ", ")))
        if let inside = node.inside { collect(inside, prefix + node.name + " / ") }
      }
    }
    collect(self, "")
    return [
      Table.Column("box", rows.map(\.name)), Table.Column("kind", rows.map(\.detail)),
      Table.Column("about", rows.map(\.words)), Table.Column("leads to", rows.map(\.next)),
    ]
  }

  /// Computes the sizes and positions of the boxes, including boxes inside of boxes.
  private func drawing() -> GraphDrawing {
    let inner = nodes.map { $0.inside?.drawing() }
    let sizes = zip(nodes, inner).map { node, inner -> (width: Double, height: Double) in
      let text = max(Frame.width(of: node.name), Frame.width(of: node.detail, size: 9)) + 22
      guard let inner else { return (max(text, 44), node.detail.isEmpty ? 22 : 33) }
      return (max(text, inner.width + 20), inner.height + (node.detail.isEmpty ? 36 : 46))
    }
    return GraphDrawing(nodes: nodes, inner: inner, layout: LayeredLayout(sizes: sizes, edges: edges))
  }
}

/// A graph whose boxes have sizes and positions.
private struct GraphDrawing {
  let nodes: [LayeredGraph.Node]
  let inner: [GraphDrawing?]
  let layout: LayeredLayout

  var width: Double { layout.width }
  var height: Double { layout.height }

  func marks(at origin: Point) -> [Mark] {
    var marks: [Mark] = []
    func moved(_ point: Point) -> Point { Point(origin.x + point.x, origin.y + point.y) }
    var lines = Path()
    var heads = Path()
    for route in layout.routes {
      var previous = moved(route[0])
      lines.move(to: previous)
      for point in route.dropFirst().map(moved) {
        let middle = (previous.y + point.y) / 2
        if abs(previous.x - point.x) < 0.5 {
          lines.line(to: point)
        } else {
          lines.curve(to: point, Point(previous.x, middle), Point(point.x, middle))
        }
        previous = point
      }
      heads.move(to: Point(previous.x - 3, previous.y - 5))
      heads.line(to: previous)
      heads.line(to: Point(previous.x + 3, previous.y - 5))
    }
    marks.append(.stroke(lines, Mark.Stroke(.muted, width: 1, opacity: 0.8)))
    marks.append(.stroke(heads, Mark.Stroke(.muted, width: 1, isRound: true)))
    for (index, node) in nodes.enumerated() {
      let frame = layout.frames[index]
      let box = Rectangle(x: origin.x + frame.x, y: origin.y + frame.y, width: frame.width, height: frame.height)
      marks.append(.titled(node.words.isEmpty ? node.name : "\(node.name): \(node.words)", self.box(node, box, index)))
      if let inner = inner[index] {
        let top = node.detail.isEmpty ? 26.0 : 36
        marks += inner.marks(at: Point(box.x + (box.width - inner.width) / 2, box.y + top))
      }
    }
    return marks
  }

  private func box(_ node: LayeredGraph.Node, _ box: Rectangle, _ index: Int) -> [Mark] {
    var marks: [Mark] = []
    if node.isFolded {
      // A second box behind the first box shows that the box stands for a group.
      var behind = Path()
      behind.rectangle(Rectangle(x: box.x + 3, y: box.y + 3, width: box.width, height: box.height), radius: 4)
      marks += [.fill(behind, .page), .stroke(behind, Mark.Stroke(node.ink, opacity: 0.6))]
    }
    var outline = Path()
    outline.rectangle(box, radius: 4)
    marks.append(.fill(outline, node.inside == nil ? .page : .area))
    let isNeutral = node.ink == .muted
    if !isNeutral { marks.append(.fill(outline, node.ink, opacity: 0.14)) }
    marks.append(.stroke(outline, Mark.Stroke(node.ink, width: isNeutral ? 0.8 : 1.4)))
    let middle = box.x + box.width / 2
    marks.append(.text(Mark.Label(node.name, at: Point(middle, box.y + 15), anchor: .middle, ink: .text)))
    if !node.detail.isEmpty {
      marks.append(.text(Mark.Label(node.detail, at: Point(middle, box.y + 27), anchor: .middle, size: 9)))
    }
    return marks
  }
}
