import Bricks
import Foundation
import JSON
import Testing

/// Your own brick: a value with a configuration and an `apply`.
struct Residual<Inner: Brick>: Brick {
  var inner: Inner
  func apply(_ x: Variable, in scope: inout Scope) throws -> Variable {
    try x + scope.apply(inner, to: x)
  }
}

@Suite struct ResidualTests {
  private let brick = Residual(
    inner: Sequential([Linear(3, 3, weightsInitialization: .identity(2)), BatchNormalization()]))

  @Test("a user's brick is named, traced, initialized and run like any other") func runs() throws {
    let model = try Model(brick, input: .features(3), scalar: .float64, seed: 1)
    #expect(model.bricks[0].type == "Residual")
    #expect(model.bricks[0].name == "residual")
    #expect(
      model.graph.parameters.map(\.description) == [
        "/residual/sequence/batchnormalization.batch_norm_scale",
        "/residual/sequence/batchnormalization.batch_norm_shift", "/residual/sequence/linear.W",
        "/residual/sequence/linear.b",
      ])
    let x = try Tensor([1.0, 2, 3], shape: [1, 3])
    #expect(try model(x).doubles == [3, 6, 9])
  }

  @Test("its normalizations are found by the transform and the pairs") func training() throws {
    let graph = try Model(brick, input: .features(3), scalar: .float64, seed: 1).graph.trainingGraph()
    #expect(
      try graph.updatePairs().map(\.brick) == [Name](repeating: "/residual/sequence/batchnormalization", count: 2))
  }

  @Test("its node gives the brick back through a registry that knows the type") func registry() throws {
    var registry = BrickRegistry.standard
    expectError(.unknownType, mentioning: "\"Residual\" is not registered") { _ = try registry.brick(brick.node()) }
    registry.register(Residual<Sequential>.self)
    let read = try registry.brick(brick.node())
    #expect(read as? Residual<Sequential> == brick)
  }

  @Test("the node of a brick around it gives it back, too") func nested() throws {
    let outer = Sequential([Linear(3, 3), brick])
    var registry = BrickRegistry.standard
    expectError(.unknownType, mentioning: "\"Residual\"") { _ = try registry.brick(outer.node()) }
    registry.register(Residual<Sequential>.self)
    let node = try outer.node()
    let stored = try JSONDecoder().decode(BrickNode.self, from: JSONEncoder().encode(node))
    #expect(stored == node)
    let read = try registry.brick(stored)
    #expect(read as? Sequential == outer)
    #expect(
      try Model(read, input: .features(3), seed: 5) == Model(outer, input: .features(3), seed: 5))
  }

  @Test("a description can name it once the registry has an example of it") func description() throws {
    let text = #"{"type": "Residual", "inner": {"bricks": [{"type": "Tanh"}]}}"#
    let json = try JSONValue(parsing: text)
    expectError(.unknownType, mentioning: "there is no brick of type \"Residual\"") {
      _ = try Bricks.BrickDescription(json).brick()
    }
    var registry = BrickRegistry.standard
    registry.register(Residual(inner: Sequential([])), requiring: ["inner"])
    let described = try Bricks.BrickDescription(json, registry: registry).brick()
    #expect(described as? Residual<Sequential> == Residual(inner: Sequential([Tanh()])))
    expectError(.invalidConfiguration, mentioning: "Residual needs \"inner\"") {
      _ = try Bricks.BrickDescription(JSONValue.object(["type": .text("Residual")]), registry: registry).brick()
    }
  }
}
