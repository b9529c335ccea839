import Bricks
import Testing

@Suite struct GraphQueriesByBrickTests {
  @Test("variables and calls are found by the Swift type of their brick") func types() throws {
    let network = BatchNormalizedMLP(activations: [.tanh, .tanh], dimensions: [2, 3, 4])
    let graph = try Model(network, input: .features(2), seed: 1).graph
    let weights = graph.variables {
      $0.role(refines: .weight) && $0.brick(is: Linear.self) && $0.name.hasSuffix("W")
    }
    #expect(weights.map { graph.variables[$0.index].brick } == ["/mlp/linear_0", "/mlp/linear_1"])
    #expect(graph.variables { $0.role(refines: .weight) && $0.brick(is: BatchNormalization.self) }.isEmpty)
    #expect(graph.calls(of: BatchNormalization.self).filter(\.isTraining).isEmpty)
    #expect(try graph.trainingGraph().calls(of: BatchNormalization.self).filter(\.isTraining).count == 2)
    #expect(try graph.trainingGraph().calls(of: Linear.self).filter(\.isTraining).isEmpty)
  }
}
