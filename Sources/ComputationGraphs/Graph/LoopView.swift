/// A loop of a graph, with access to the values in its body.
///
/// ```swift
/// for state in graph.loopViews[0].states { print(state.next.name, state.next.type) }
/// let steps = try model.values(of: graph.loopViews[0].states.map(\.next), for: inputs)   // stacked along axis 0
/// ```
public struct LoopView {
  /// A value that each step passes to the next step.
  public struct State {
    /// The state before a step.
    public let previous: VariableView
    /// The state after a step.
    public let next: VariableView
  }

  /// The computation of one step.
  public let body: Graph
  /// The rows of the sequences at one step.
  public let rows: [VariableView]
  /// The states, in their order.
  public let states: [State]
  /// The variables of one step that are stacked as results of the loop and are not states.
  public let outputs: [VariableView]
  /// The number of steps; nil if the sequences determine it.
  public let stepCount: Int?
  /// Whether the sequences are processed from the last row to the first.
  public let isReversed: Bool

  init(_ scan: Scan, in place: GraphPlace) {
    func view(_ index: Int?) -> VariableView? { index.map { VariableView(place: place, index: $0) } }
    let body = scan.body
    self.body = body
    rows = scan.sequences.compactMap { view(body.input(named: $0)) }
    states = scan.states.compactMap { state in
      guard let previous = view(body.input(named: state.input)), let next = view(body.output(named: state.output))
      else { return nil }
      return State(previous: previous, next: next)
    }
    let stateOutputs = Set(scan.states.map(\.output))
    outputs = scan.outputs.filter { !stateOutputs.contains($0) }.compactMap { view(body.output(named: $0)) }
    stepCount = scan.stepCount
    isReversed = scan.isReversed
  }
}

extension Graph {
  /// The loops of the graph in the order of their nodes, each before the loops in its body.
  public var loopViews: [LoopView] { GraphPlace(self).loopViews }
}

extension GraphPlace {
  fileprivate var loopViews: [LoopView] {
    graph.loops.flatMap { node, scan in
      let inside = body(of: scan, atNode: node)
      return [LoopView(scan, in: inside)] + inside.loopViews
    }
  }
}
