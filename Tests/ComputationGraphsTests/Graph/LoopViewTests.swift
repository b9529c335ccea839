import ComputationGraphs
import Tensors
import Testing

@Suite("A view of a loop") struct LoopViewTests {
  private let weights = try? TensorPath(.parameters, brick: "/sum", name: "w")

  /// A graph that computes running sums of w · x and their squares, with one loop or with a loop inside a loop.
  private func model(isReversed: Bool = false) throws -> Model {
    let builder = GraphBuilder()
    let weights = try #require(weights)
    let x = try builder.input("x", VariableType(.float64, ["time", "batch"]))
    let start = try builder.input("start", VariableType(.float64, ["batch"]))
    let factor = try builder.tensor(weights, type: VariableType(.float64, []), roles: [.weight])
    let result = try builder.scan(sequences: [x], states: [start], isReversed: isReversed) { _, step in
      let term = try (step.sequences[0] * factor).named("term")
      let next = try (step.states[0] + term).named("total")
      return ([next], [try next.applying(.square).named("square")])
    }
    return try Model(
      bricks: [], graph: builder.finish(outputs: ["y": result.states[0]]),
      tensors: [weights: Tensor([10.0], shape: [])], descriptions: [weights: TensorDescription(axes: [])], origins: [:])
  }

  private func inputs() throws -> [Name: Tensor] {
    ["x": try Tensor([1.0, 2, 3, 4, 5, 6], shape: [3, 2]), "start": try Tensor([0.5, 0], shape: [2])]
  }

  @Test("has its states, rows and outputs as variables with names and types") func facts() throws {
    let loops = try model().graph.loopViews
    let loop = try #require(loops.first)
    #expect(loops.count == 1)
    #expect(loop.states.map(\.next.name) == ["total"])
    #expect(loop.states.map(\.previous.type) == [VariableType(.float64, ["batch"])])
    #expect(loop.outputs.map(\.name) == ["square"])
    #expect(loop.rows.map(\.type) == [VariableType(.float64, ["batch"])])
    #expect(loop.stepCount == nil && !loop.isReversed)
    #expect(try model(isReversed: true).graph.loopViews.map(\.isReversed) == [true])
  }

  @Test("gives the values of its variables at all steps, even if no output needs them") func values() throws {
    let model = try model()
    let loop = try #require(model.graph.loopViews.first)
    let wanted =
      [loop.states[0].previous, loop.states[0].next, loop.outputs[0]] + model.graph.variables { $0.name == "term" }
    let values = try model.values(of: wanted, for: inputs())
    #expect(values.map(\.shape) == [[3, 2], [3, 2], [3, 2], [3, 2]])
    #expect(values[0].doubles == [0.5, 0, 10.5, 20, 40.5, 60])
    #expect(values[1].doubles == [10.5, 20, 40.5, 60, 90.5, 120])
    #expect(values[2].doubles == [110.25, 400, 1640.25, 3600, 8190.25, 14400])
    #expect(values[3].doubles == [10, 20, 30, 40, 50, 60])
    // The model's outputs do not change.
    #expect(try model(inputs())["y"]?.doubles == [10.5, 20, 40.5, 60, 90.5, 120])
  }

  @Test("gives values in the order of processing if it is reversed") func reversed() throws {
    let model = try model(isReversed: true)
    let values = try model.values(of: model.graph.variables { $0.name == "term" }, for: inputs())
    #expect(values.map(\.doubles) == [[50, 60, 30, 40, 10, 20]])
  }

  @Test("inside of a loop gives values with an axis for each loop") func nested() throws {
    let builder = GraphBuilder()
    let x = try builder.input("x", VariableType(.float64, [2, 3]))
    let outer = try builder.scan(sequences: [x], states: []) { inner, row in
      let sums = try inner.scan(sequences: [row.sequences[0]], states: [inner.constant(0, .float64)]) { _, step in
        let next = try step.states[0] + step.sequences[0]
        return ([next.named("sum")], [try (next * next).named("squared")])
      }
      return ([], [sums.states[0]])
    }
    let model = try Model(
      bricks: [], graph: builder.finish(outputs: ["y": outer.outputs[0]]), tensors: [:], descriptions: [:], origins: [:]
    )
    #expect(model.graph.loopViews.map(\.states.count) == [0, 1])
    let squares = model.graph.variables { $0.name == "squared" }
    let input = try Tensor([1.0, 2, 3, 4, 5, 6], shape: [2, 3])
    let values = try model.values(of: squares + model.graph.variables { $0.name == "x" }, for: ["x": input])
    #expect(values == [try Tensor([1.0, 9, 36, 16, 81, 225], shape: [2, 3]), input])
  }
}
