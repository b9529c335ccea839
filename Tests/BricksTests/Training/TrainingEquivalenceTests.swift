import Bricks
import Foundation
import Testing

/// Both ways to training mode agree: a scope while the graph is built, and the transform of a graph that was built without.
@Suite struct TrainingEquivalenceTests {
  /// The visible results of a training graph: outputs, and every pair with its values, counts and steps.
  private struct Observation: Equatable {
    var outputs: [[Double]]
    var pairs: [String]
    var values: [[Double]]
  }

  private func observe(_ graph: Graph, _ tensors: TensorStore, _ input: Tensor) throws -> Observation {
    let interpreter = try Interpreter(graph, tensors: tensors)
    let pairs = try graph.updatePairs(allowingDuplicates: true)
    let wanted = pairs.flatMap { pair -> [Int] in
      guard case .variable(let count) = pair.observations else {
        return [pair.minibatch] + [pair.step].compactMap { $0 }
      }
      return [pair.minibatch, count] + [pair.step].compactMap { $0 }
    }
    let values = try interpreter.evaluate(graph.outputs.map(\.variable) + wanted, inputs: ["x": input]).map(\.doubles)
    return Observation(
      outputs: Array(values.prefix(graph.outputs.count)),
      pairs: pairs.map {
        "\($0.brick).\($0.application) \($0.statistic) \($0.population) \($0.epsilon) \($0.loopDepth)"
      },
      values: Array(values.dropFirst(graph.outputs.count)))
  }

  @Test(
    "the transform of any mixture of modes gives the outputs and pairs of the scope",
    arguments: TrainingCase.all)
  func equivalence(_ network: TrainingCase) throws {
    let input = try network.input()
    let scoped = try network.model(inTraining: [""])
    let expected = try observe(scoped.graph, scoped.tensors, input)
    #expect(expected.outputs.allSatisfy { $0.allSatisfy(\.isFinite) })
    let bricks = try network.normalizations()
    #expect(!bricks.isEmpty && expected.pairs.count >= bricks.count)
    for trained in [[]] + bricks.map({ [$0] }) + [Array(bricks.dropFirst())] {
      let model = try network.model(inTraining: trained)
      #expect(model.tensors == scoped.tensors)
      let before = model.graph
      let training = try model.graph.trainingGraph()
      let observed = try observe(training, model.tensors, input)
      #expect(observed == expected, "\(trained) in training mode from the start")
      #expect(model.graph == before)
      #expect(training.allCalls.compactMap(\.normalization).allSatisfy { $0.isTraining })
    }
  }

  @Test(
    "the transform of a training graph is the graph, from a scope, a transform or a file", arguments: TrainingCase.all)
  func idempotence(_ network: TrainingCase) throws {
    let graphs = try [network.model(inTraining: [""]).graph, network.model().graph.trainingGraph()]
    for graph in graphs {
      #expect(try graph.trainingGraph() == graph)
      let read = try JSONDecoder().decode(Graph.self, from: JSONEncoder().encode(graph))
      #expect(read == graph)
      #expect(try read.trainingGraph() == graph)
    }
  }

  @Test("NaN population statistics reach inference, but no training output and no pair", arguments: TrainingCase.all)
  func notANumber(_ network: TrainingCase) throws {
    var model = try network.model()
    let input = try network.input()
    let training = try model.graph.trainingGraph()
    let expected = try observe(training, model.tensors, input)
    for path in model.origins.keys {
      try model.set(path.spelling, to: [Double](repeating: .nan, count: model.tensor(path).shape.elementCount))
    }
    #expect(try observe(training, model.tensors, input) == expected)
    let scoped = try network.model(inTraining: [""]).graph
    #expect(try observe(scoped, model.tensors, input) == expected)
    let inference = try Interpreter(model.graph, tensors: model.tensors)(["x": input])
    #expect(inference.values.contains { $0.doubles.contains(where: \.isNaN) })
  }

  @Test(
    "calls in inference mode give no pairs, and mixed graphs give the pairs of the other calls",
    arguments: TrainingCase.all)
  func mixedModes(_ network: TrainingCase) throws {
    for brick in try network.normalizations() {
      let pairs = try network.model(inTraining: [brick]).graph.updatePairs(allowingDuplicates: true)
      #expect(!pairs.isEmpty && pairs.allSatisfy { $0.brick == brick })
    }
    expectError(.noUpdatePairs, mentioning: "trainingGraph()") { _ = try network.model().graph.updatePairs() }
  }
}
