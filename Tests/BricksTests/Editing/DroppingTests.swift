import Bricks
import Testing

/// A body with two heads. `head` gives the model's output, and no output needs `spare`.
private struct TwoHeads: Brick {
  var body = Linear(4, 5, name: "body")
  var head = Linear(5, 3, name: "head")
  var spare = Sequential([Linear(5, 2), BatchNormalization(), Tanh()], name: "spare")

  func apply(_ x: Variable, in scope: inout Scope) throws -> Variable {
    let features = try scope.apply(body, to: x)
    _ = try scope.apply(spare, to: features)
    return try scope.apply(head, to: features)
  }
}

@Suite("A model without tensors that no output needs")
struct DroppingTests {
  private func model() throws -> Model {
    var model = try Model(TwoHeads(), input: .features(4), scalar: .float64, seed: 2)
    try model.randomize()
    return model
  }

  @Test("is the same function without unused applications and bricks")
  func spareHead() throws {
    let model = try model()
    let paths = model.tensors.keys.filter { $0.brick.hasPrefix("/twoheads/spare") }
    #expect(paths.count == 6)
    let dropped = try model.dropping(paths)
    let batch = try uniformInput([5, 4])
    #expect(try dropped(batch) == model(batch))
    #expect(dropped.tensors.count == model.tensors.count - 6)
    #expect(dropped.origins.isEmpty && !model.origins.isEmpty)
    #expect(!dropped.graph.allCalls.contains { $0.brick.hasPrefix("/twoheads/spare") })
    #expect(dropped.graph.allCalls.contains { $0.brick == "/twoheads/head" })
    #expect(dropped.bricks[0].children.map(\.name) == ["body", "head"])
    #expect(dropped.bricks[0].configuration.isEmpty && !model.bricks[0].configuration.isEmpty)
  }

  @Test("keeps all other tensors, with equally trustworthy statistics")
  func states() throws {
    let model = try model()
    let dropped = try model.dropping([model.path("/twoheads/spare/linear.W")])
    #expect(dropped.tensors.count == model.tensors.count - 1)
    #expect(dropped.parametersDigest != model.parametersDigest)
    #expect(dropped.statisticStates.count == 2 && dropped.statisticStates.values.allSatisfy { $0 == .estimated })
  }

  @Test("is refused if an output, also one of a loop, needs one of the tensors")
  func needed() throws {
    let model = try model()
    let paths = try [model.path("/twoheads/head.W"), model.path("/twoheads/spare/linear.W")]
    expectError(.malformed, mentioning: "an output needs /twoheads/head.W;") { _ = try model.dropping(paths) }
    let loop = try Model(NormalizedLoop(), input: ModelInput(name: "rows", shape: [3, 4]), seed: 1)
    let inner = try loop.path("/normalizedloop/linear.W")
    expectError(.malformed, mentioning: "/normalizedloop/linear.W") { _ = try loop.dropping([inner]) }
  }
}
