import Tensors

/// A loop as one operation: a body graph that is evaluated once for each step.
///
/// The operands of the node are the sequences (time on axis 0), the initial states, and the captured values, each in the order of
/// its list. Step k feeds the body with row k of each sequence, the states after the previous step, and the unchanged captured
/// values. If the loop is reversed, rows count from the end. The results of the node are the body's `outputs`, stacked along a
/// new axis 0 in the order of processing.
///
/// The saved tensors of the body are looked up in the model, like the saved tensors of the surrounding graph.
public struct Scan: Hashable, Sendable {
  /// A value that each step passes to the next step.
  public struct State: Hashable, Sendable {
    /// The input of the body that receives the state.
    public var input: Name
    /// The output of the body that becomes the next state.
    public var output: Name

    /// Creates a state with the names of its input and output.
    public init(input: Name, output: Name) {
      self.input = input
      self.output = output
    }
  }

  /// The computation of one step.
  public var body: Graph
  /// The inputs of the body that receive rows.
  public var sequences: [Name]
  /// The states.
  public var states: [State]
  /// The inputs of the body that receive the same value at each step.
  public var captures: [Name]
  /// The outputs of the body that are stacked.
  public var outputs: [Name]
  /// The input of the body that receives the number of the step in the order of processing, an int64 scalar.
  public var stepInput: Name?
  /// The number of steps, if there is no sequence that determines it.
  public var stepCount: Int?
  /// Whether the loop goes from the last row to the first.
  public var isReversed: Bool

  /// Creates a loop with its body and names.
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

  /// The largest number of steps. A graph in a file can ask for any number, and each step takes time.
  package static let largestStepCount = 1 << 24

  /// The number of operands.
  var operandCount: Int { sequences.count + states.count + captures.count }
}

extension Graph {
  /// The variable of the output with the given name; nil if there is no such output.
  func output(named name: Name) -> Int? { outputs.first { $0.name == name }?.variable }

  /// The variable of the input with the given name; nil if there is no such input.
  func input(named name: Name) -> Int? { inputs.first { $0.name == name }?.variable }

  /// The loops of the graph, with their nodes.
  var loops: [(node: Int, scan: Scan)] {
    nodes.indices.compactMap { index in
      guard case .scan(let scan) = nodes[index].operation else { return nil }
      return (index, scan)
    }
  }
}
