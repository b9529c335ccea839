import ComputationGraphs
import Names
import Tensors

/// Plans a loop. Values that are the same at each step, or depend only on the sequences, are computed for all steps before the
/// loop begins. The rest becomes the body.
final class LoopPlan {
  /// The greatest number of elements of a known value that planning computes for all steps.
  static let mostElementsOfSteps = 1 << 24

  let scan: Scan
  let stepCount: Int
  /// Instructions before the loop.
  let outer: Lowering
  /// Instructions of the body.
  let inner: Lowering
  /// The value of each variable of the body, by index; nil until the variable is planned.
  var values: [Value?]
  private var states: [(first: ArrayView, buffer: ArrayView)] = []
  private var captures: [ArrayView] = []
  let rows: RowTable
  /// For each output of the loop, whether it is kept in double precision.
  private let keeping: [Bool]
  /// The double-precision values of variables of the body, by index. Other variables have no such value.
  var precise: [Int: PreciseValue] = [:]
  private let tensor: (TensorPath) throws -> Tensor

  /// The view of a variable's value in double precision.
  enum PreciseValue {
    /// A value of the body.
    case local(PreciseView)
    /// The values of all steps, with time on the first axis.
    case series(PreciseView)
  }

  /// A plan of a loop whose operands have the given values.
  ///
  /// - Parameters:
  ///   - keeping: Whether each output of the loop is kept in double precision, too.
  ///   - tensor: Returns the value of a saved tensor.
  /// - Throws: `Unplannable` if the lengths of sequences differ, or if there are no steps.
  init(
    _ scan: Scan, _ operands: [Value], keeping: [Bool], lowering outer: Lowering,
    tensor: @escaping (TensorPath) throws -> Tensor
  ) throws {
    self.scan = scan
    self.keeping = keeping
    self.outer = outer
    self.tensor = tensor
    let table = outer.table
    inner = Lowering(table)
    let rows = RowTable(table)
    self.rows = rows
    inner.rowOfSteps = { rows.row(of: try table.constant($0)) }
    let sequences = try operands.prefix(scan.sequences.count).map(outer.view)
    let counts = Set(sequences.map { $0.dimensions[0] } + [scan.stepCount].compactMap { $0 })
    guard counts.count == 1, let count = counts.first, count > 0 else { throw Unplannable() }
    stepCount = count
    values = [Value?](repeating: nil, count: scan.body.variables.count)
    try bind(sequences: sequences)
    try bind(states: operands.dropFirst(scan.sequences.count).prefix(scan.states.count))
    try bind(captures: operands.dropFirst(scan.sequences.count + scan.states.count))
  }

  // MARK: Inputs of the body

  private func bind(_ name: Name, _ value: Value) throws {
    guard let port = scan.body.inputs.first(where: { $0.name == name }) else { throw Unplannable() }
    values[port.variable] = value
  }

  private func bind(sequences: [ArrayView]) throws {
    for (name, sequence) in zip(scan.sequences, sequences) {
      try bind(name, .series(.view(scan.isReversed ? sequence.reversed(axis: 0) : sequence)))
    }
    if let stepInput = scan.stepInput {
      try bind(stepInput, .steps(Tensor((0..<stepCount).map(Int64.init), shape: [stepCount])))
    }
  }

  private func bind(states initial: ArraySlice<Value>) throws {
    for (state, value) in zip(scan.states, initial) {
      let first = try outer.view(value)
      let buffer = try outer.table.scratch(first.dimensions)
      states.append((first, buffer))
      try bind(state.input, .view(buffer))
    }
  }

  private func bind(captures operands: ArraySlice<Value>) throws {
    for (name, operand) in zip(scan.captures, operands) {
      if case .known = operand {
        try bind(name, operand)
      } else {
        let view = try outer.view(operand)
        captures.append(view)
        try bind(name, .view(view))
      }
    }
  }

  // MARK: The body

  /// Plans everything, and emits the loop.
  ///
  /// - Returns: The values of the node's results, and the values in double precision.
  /// - Throws: `Unplannable` if only the interpreter can compute a part of the body.
  func results() throws -> [(value: Value, precise: PreciseView?)] {
    let body = scan.body
    for (index, leaf) in try body.knownLeaves(tensor) { values[index] = .known(leaf) }
    var inputs: [Name: VariableType] = [:]
    for port in body.inputs { inputs[port.name] = try value(port.variable).typeOfStep }
    let types = try body.fixedTypes(inputs: inputs)
    let wanted = try (scan.states.map(\.output) + scan.outputs).map(variable)
    let needed = body.nodes(neededFor: wanted)
    let kept = body.variablesInDoublePrecision(
      for: try zip(scan.outputs, keeping).filter(\.1).map { try variable($0.0) })
    for (index, node) in body.nodes.enumerated() where needed[index] {
      guard node.outputs.count == 1 else { throw Unplannable() }
      let output = node.outputs[0]
      let operands = try node.inputs.map(value)
      let dimensions = types[output].fixedDimensions
      if kept.contains(output), let (reduction, axes) = node.operation.precisely {
        guard operands.count == 1 else { throw Unplannable() }
        try reduce(operands[0], reduction, axes, to: output, dimensions)
      } else {
        values[output] = try value(of: node.operation, operands, dimensions)
        guard kept.contains(output), node.operation.keepsPrecision else { continue }
        precise[output] = try preciseValue(of: node, operands, dimensions)
      }
    }
    try body.checkTraining(types: types) { step in
      switch try value(step) {
      case .known(let tensor), .steps(let tensor): return tensor
      default: throw Unplannable()
      }
    }
    return try emitLoop()
  }

  private func variable(_ output: Name) throws -> Int {
    guard let port = scan.body.outputs.first(where: { $0.name == output }) else { throw Unplannable() }
    return port.variable
  }

  private func value(_ variable: Int) throws -> Value {
    guard let value = values[variable] else { throw Unplannable() }
    return value
  }

  private func value(of operation: GraphOperation, _ operands: [Value], _ dimensions: [Int]) throws -> Value {
    if operands.allSatisfy(\.isKnownAtEveryStep), operands.contains(where: \.isSteps) {
      return .steps(try evaluated(operation, operands, dimensions))
    }
    if operands.contains(where: \.isSeries), operands.allSatisfy({ $0.isSeries || $0.isKnownAtEveryStep }),
      let lifted = operation.lifted, operation.keepsRank || operands.count == 1
    {
      // Only operations with several operands broadcast them.
      let rank = operation.keepsRank ? dimensions.count : 0
      let result = try outer.value(
        of: lifted, try operands.map { try $0.lifted(toRank: rank, by: outer) }, [stepCount] + dimensions)
      return .series(result)
    }
    return try inner.value(of: operation, try operands.map(localized), dimensions)
  }

  /// The results of all steps, one row for each step.
  private func evaluated(_ operation: GraphOperation, _ operands: [Value], _ dimensions: [Int]) throws -> Tensor {
    guard stepCount * dimensions.reduce(1, *) <= LoopPlan.mostElementsOfSteps else { throw Unplannable() }
    let results = try (0..<stepCount).map { step in
      try operation.evaluate(
        operands.map { operand in
          switch operand {
          case .known(let tensor): return tensor
          case .steps(let tensor): return try tensor.taking(step)
          default: throw Unplannable()
          }
        })
    }
    return try Tensor.concatenating(results.map { try $0.expandingDimensions(at: 0) }, axis: 0)
  }

  private func emitLoop() throws -> [(value: Value, precise: PreciseView?)] {
    let buffers = Set(states.map(\.buffer.buffer))
    let next = try zip(scan.states, states).map { state, own in
      let view = try inner.view(localized(value(variable(state.output))))
      // Copying another state may change this buffer before it is copied.
      let mustWait = states.count > 1 && buffers.contains(view.buffer)
      return Loop.State(
        initial: own.first, buffer: own.buffer, next: view,
        waiting: mustWait ? try outer.table.scratch(view.dimensions) : nil)
    }
    var outputs: [Loop.Output] = []
    let results = try zip(scan.outputs, keeping).map { name, isKept -> (value: Value, precise: PreciseView?) in
      let result: Value
      switch try value(variable(name)) {
      case .known(let tensor) where tensor.type != .float32:
        let row = try tensor.expandingDimensions(at: 0)
        result = .known(try row.broadcast(to: Shape(checking: [stepCount] + tensor.shape.dimensions)))
      case .known(let tensor):
        let row = try outer.table.constant(tensor).inserting(axis: 0)
        result = .view(row.broadcast(to: [stepCount] + tensor.shape.dimensions))
      case .steps(let tensor): result = .known(tensor)
      case .series(let values): result = values
      case let value:
        let view = try inner.view(value)
        let stacked = try outer.table.scratch([stepCount] + view.dimensions)
        outputs.append(Loop.Output(value: view, result: stacked))
        result = .view(stacked)
      }
      guard isKept else { return (result, nil) }
      switch precise[try variable(name)] {
      case .series(let view): return (result, view)
      case .local(let view):
        let stacked = try outer.table.scratch([stepCount] + view.floats.dimensions)
        outputs.append(Loop.Output(value: view.floats, result: stacked))
        var flat = stacked
        flat.dimensions = [stacked.elementCount]
        flat.strides = [1]
        return (result, PreciseView(floats: flat, dimensions: [stepCount] + view.dimensions))
      case nil: throw Unplannable()
      }
    }
    guard !outputs.isEmpty else { return results }
    let kept = next.map(\.next) + outputs.map(\.value)
    let lasting = states.map(\.buffer) + next.compactMap(\.waiting)
    let outside = Set((rows.rows.map(\.source) + states.map(\.first) + captures + outputs.map(\.result)).map(\.buffer))
    let instructions = Fusion(inner.instructions, keeping: kept).instructions
    let placement = Placement(instructions, in: outer.table, keeping: kept, lasting: lasting, except: outside)
    outer.emit(
      Loop(
        stepCount: stepCount, body: instructions, rows: rows.rows, states: next, outputs: outputs,
        places: placement.offsets.map { ($0.key, $0.value) }, workspace: try outer.table.scratch([placement.count]),
        captures: captures))
    return results
  }

  /// The value of one step in the body. Instructions before the loop compute the values of all steps.
  func localized(_ value: Value) throws -> Value {
    if case .series(let values) = value { .view(rows.row(of: try outer.view(values))) } else { value }
  }
}
