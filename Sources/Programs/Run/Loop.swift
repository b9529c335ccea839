/// A loop whose body is a list of instructions. Instructions that do not depend on the states are outside of the loop.
struct Loop: Instruction {
  /// A buffer of the body that is a row of an array outside of the loop. Each step sets its address to the next row.
  struct Row: Sendable {
    /// The buffer of the body.
    let buffer: Int
    /// The outside array, with time on its first axis.
    let source: ArrayView
  }

  /// A state of the body: a buffer that is filled before the first step and after each step.
  struct State: Sendable {
    let initial: ArrayView
    let buffer: ArrayView
    /// The state after a step.
    let next: ArrayView
    /// A view that holds the next state until all states are computed; nil if the state can be copied immediately.
    let waiting: ArrayView?
  }

  /// A value of the body that is kept for each step.
  struct Output: Sendable {
    let value: ArrayView
    /// The outside array, with time on its first axis.
    let result: ArrayView
  }

  let stepCount: Int
  let body: [any Instruction]
  let rows: [Row]
  let states: [State]
  let outputs: [Output]
  /// The buffers of the body and their offsets in the workspace.
  let places: [(buffer: Int, offset: Int)]
  let workspace: ArrayView
  /// The outside views that the body reads.
  let captures: [ArrayView]

  var reads: [ArrayView] { rows.map(\.source) + states.map(\.initial) + captures }
  var writes: [ArrayView] { outputs.map(\.result) + [workspace] }

  func run(in memory: Memory) throws {
    let base = memory[workspace]
    for place in places { memory.buffers[place.buffer] = base + place.offset }
    for state in states { Loop.copy(state.initial, to: state.buffer, in: memory) }
    for step in 0..<stepCount {
      for row in rows { memory.buffers[row.buffer] = memory[row.source] + step * row.source.strides[0] }
      for instruction in body { try instruction.run(in: memory) }
      for output in outputs { Loop.copy(output.value, to: output.result.row(step), in: memory) }
      guard step + 1 < stepCount else { return }
      for state in states { if let waiting = state.waiting { Loop.copy(state.next, to: waiting, in: memory) } }
      for state in states { Loop.copy(state.waiting ?? state.next, to: state.buffer, in: memory) }
    }
  }

  private static func copy(_ source: ArrayView, to target: ArrayView, in memory: Memory) {
    guard source.isContiguous, target.isContiguous else {
      Rearrangement(source: source, result: target).run(in: memory)
      return
    }
    memory[target].update(from: memory[source], count: target.elementCount)
  }
}
