import Tensors

/// A loop as one operation: a body graph that is evaluated once per step.
///
/// Operands of the node are the sequences (time on axis 0), the initial states, then the captured values, each in the order
/// of its list. At step k the body is fed with row k of every sequence (counted from the end where the loop is reversed), with the
/// states as the step before left them, and with the captured values as they are. Results of the node are the body's `outputs`,
/// stacked along a new axis 0 in the order of processing.
///
/// The body's saved tensors are looked up among the model's, like those of the graph around it.
public struct Scan: Hashable, Sendable {
  /// A value that one step hands to the next.
  public struct State: Hashable, Sendable {
    /// The body's input that is fed with it.
    public var input: Name
    /// The body's output that becomes it.
    public var output: Name

    /// A state from its two names.
    public init(input: Name, output: Name) {
      self.input = input
      self.output = output
    }
  }

  /// What one step computes.
  public var body: Graph
  /// The body's inputs that are fed with rows.
  public var sequences: [Name]
  /// What is handed from step to step.
  public var states: [State]
  /// The body's inputs that are fed with the same value at every step.
  public var captures: [Name]
  /// The body's outputs that are stacked.
  public var outputs: [Name]
  /// The body's input that is fed with the number of the step in the order of processing, an int64 scalar.
  public var stepInput: Name?
  /// The number of steps, where there is no sequence to tell it.
  public var stepCount: Int?
  /// Whether the last row comes first.
  public var isReversed: Bool

  /// A loop from its parts.
  public init(
    body: Graph, sequences: [Name], states: [State], captures: [Name], outputs: [Name], stepInput: Name? = nil,
    stepCount: Int? = nil, isReversed: Bool = false
  ) {
    self.body = body
    self.sequences = sequences
    self.states = states
    self.captures = captures
    self.outputs = outputs
    self.stepInput = stepInput
    self.stepCount = stepCount
    self.isReversed = isReversed
  }

  /// The number of operands.
  var operandCount: Int { sequences.count + states.count + captures.count }
}

extension Graph {
  /// The variable of an output; nil where there is none of the name.
  func output(named name: Name) -> Int? { outputs.first { $0.name == name }?.variable }

  /// The variable of an input; nil where there is none of the name.
  func input(named name: Name) -> Int? { inputs.first { $0.name == name }?.variable }

  /// The bodies of the loops, with the nodes that they belong to.
  var loops: [(node: Int, scan: Scan)] {
    nodes.indices.compactMap { index in
      guard case .scan(let scan) = nodes[index].operation else { return nil }
      return (index, scan)
    }
  }
}
