import ComputationGraphs
import Tensors
import Testing

/// The transform to training mode needs no code of bricks, because the calls contain all that it needs.
@Suite struct TrainingGraphTests {
  @Test("offset and divisor become the minibatch's, with roles and place") func replaced() throws {
    let network = try SampleNetwork()
    let training = try network.graph.trainingGraph()
    let normalization = try #require(training.calls[1].normalization)
    #expect(normalization.isTraining)
    let divisor = try #require(normalization.divisor)
    #expect(
      training.variables[normalization.offset].roles == [
        .batchNormalizationOffset, .batchNormalizationMinibatchEstimate,
      ])
    #expect(training.variables[divisor].roles == [.batchNormalizationDivisor, .batchNormalizationMinibatchEstimate])
    for index in [normalization.offset, divisor] {
      #expect(training.variables[index].brick == "/net/norm")
      #expect(training.variables[index].call == 1)
    }
    // x·W = [[3, 4, 10], [-1, 2, 0]]: means 1, 3, 5; variances 4, 1, 25; ε = 0.25.
    let x = try Tensor([3.0, 4, -1, 2], shape: [2, 2])
    let values = try Interpreter(training, tensors: network.tensors).evaluate(
      [normalization.offset, divisor, training.outputs[0].variable], inputs: ["x": x])
    #expect(values[0].doubles == [1, 3, 5])
    #expect(values[1].doubles == [4.25, 1.25, 25.25].map { $0.squareRoot() })
    let expected = [2 / 4.25.squareRoot(), 1 / 1.25.squareRoot(), 5 / 25.25.squareRoot()]
    #expect(values[2].doubles == expected + expected.map { -$0 })
  }

  @Test("the old graph is unchanged, and a second transform changes nothing") func pure() throws {
    let graph = try SampleNetwork().graph
    let before = graph
    let training = try graph.trainingGraph()
    #expect(graph == before)
    #expect(training != graph)
    #expect(try training.trainingGraph() == training)
    #expect(training.savedTensors.map(\.path) == graph.savedTensors.map(\.path))
  }

  @Test("nothing depends on the population statistics") func independent() throws {
    let training = try SampleNetwork().graph.trainingGraph()
    let statistics = training.variables { $0.role(refines: .populationStatistics) }.map(\.index)
    #expect(statistics.count == 2)
    #expect(training.nodes.allSatisfy { Set($0.inputs).isDisjoint(with: statistics) })
  }

  @Test("a graph without normalizations comes back unchanged") func nothing() throws {
    let builder = GraphBuilder()
    let x = try builder.input("x", VariableType(.float64, ["batch"]))
    let graph = try builder.finish(outputs: ["y": x + 1])
    #expect(try graph.trainingGraph() == graph)
    expectError(.noUpdatePairs, mentioning: "trainingGraph()") { _ = try graph.updatePairs() }
  }

  @Test("the policy for later steps is kept, and comes from the graph if the call does not have it")
  func policy() throws {
    let network = try SampleNetwork(timeSteps: 2)
    #expect(network.graph.calls[1].normalization?.pastEnd == nil)
    let training = try network.graph.trainingGraph()
    #expect(training.calls[1].normalization?.pastEnd == .strict)
    var tensors = try network.tensors
    for path in [network.mean, network.deviation] {
      tensors[path] = try Tensor(repeating: 1, shape: [2, 3], type: .float64)
    }
    let x = try Tensor([3.0, 4, -1, 2], shape: [2, 2])
    let interpreter = try Interpreter(training, tensors: tensors)
    _ = try interpreter(["x": x, "step": Tensor([1 as Int64], shape: [])])
    expectError(.timeStep, mentioning: "/net/norm.apply", "after the last of 2") {
      _ = try interpreter(["x": x, "step": Tensor([2 as Int64], shape: [])])
    }
  }

  @Test("update pairs name statistic, brick, application and observations") func pairs() throws {
    let network = try SampleNetwork()
    let training = try network.graph.trainingGraph()
    let pairs = try training.updatePairs()
    #expect(pairs.map(\.population) == [network.mean, network.deviation])
    #expect(pairs.map(\.statistic) == [.mean, .standardDeviation])
    let normalization = try #require(training.calls[1].normalization)
    #expect(pairs.map(\.minibatch) == [normalization.offset, normalization.divisor])
    #expect(
      pairs.map(\.observations) == [
        .elements(of: normalization.input, axes: [0], mask: nil),
        .elements(of: normalization.input, axes: [0], mask: nil),
      ])
    #expect(pairs.map(\.brick) == ["/net/norm", "/net/norm"])
    #expect(pairs.map(\.application) == ["apply", "apply"])
    #expect(pairs.map(\.step) == [nil, nil])
    expectError(.noUpdatePairs) { _ = try network.graph.updatePairs() }
  }
}
