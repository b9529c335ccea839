import Bricks
import Programs
import TestSupport
import Testing

/// Compiled programs against the interpreter, which defines what a graph means. The numbers of NumPy and PyTorch that both must give
/// are in BricksTests (`RandomTests`).
@Suite("Compiled programs")
struct ProgramTests {
  @Test("give the interpreter's outputs to rounding", arguments: Network.all, [1, 2, 7])
  func agreement(_ network: Network, batch: Int) throws {
    let model = try network.model()
    let input = try network.batch(of: batch)
    let program = try #require(try network.program(model, for: input), "\(network) was left to the interpreter")
    let values = try program([input])
    let expected = try Interpreter(model.graph, tensors: model.tensors)([model.graph.inputs[0].name: input])
    for (port, value) in zip(model.graph.outputs, values) {
      let wanted = try #require(expected[port.name])
      #expect(value.shape == wanted.shape)
      expectClose(value.doubles, wanted.doubles, absolute: 2e-6, relative: 2e-6)
    }
  }

  @Test("give exactly the same outputs for an example in every batch", arguments: Network.all)
  func independence(_ network: Network) throws {
    let model = try network.model()
    let batch = try network.batch(of: 50)
    let program = try #require(try network.program(model, for: batch))
    let together = try program([batch])[0]
    for index in [0, 1, 47, 48, 49] {
      let axis = network.batchAxis
      let alone = try batch.slicing(axis: axis, from: index, count: 1)
      let smaller = try #require(try network.program(model, for: alone))
      let result = try smaller([alone])[0]
      #expect(try result == together.slicing(axis: axis, from: index, count: 1), "example \(index)")
    }
  }

  @Test("give the same bits from several threads at once")
  func threads() async throws {
    let network = Network.recurrent
    let model = try network.model()
    let evaluator = try Evaluator(model.graph, tensors: model.tensors)
    let name = model.graph.inputs[0].name
    let batches = try (1...4).map { try network.batch(of: $0) }
    let expected = try batches.map { try evaluator([name: $0]) }
    try await withThrowingTaskGroup(of: Bool.self) { group in
      for round in 0..<40 {
        group.addTask { try evaluator([name: batches[round % 4]]) == expected[round % 4] }
      }
      for try await isEqual in group { #expect(isEqual) }
    }
  }

  @Test("leave double precision to the interpreter, whose outputs the evaluator gives")
  func doublePrecision() throws {
    let model = try Model(Linear(2, 1), input: .features(2), scalar: .float64, seed: 1)
    let input = try Tensor([1, 2] as [Double], shape: [1, 2])
    let wanted = model.graph.outputs.map(\.variable)
    #expect(try Program(model.graph, tensors: model.tensors, inputs: [VariableType(input)], wanted: wanted) == nil)
    let outputs = try Evaluator(model.graph, tensors: model.tensors)(["features": input])
    #expect(try outputs == Interpreter(model.graph, tensors: model.tensors)(["features": input]))
  }

  @Test("keep the digits of an input whose mean is many deviations from zero")
  func largeMeans() throws {
    // (1,000,001 − 1,000,000) / 2 · 3 + 4, every number exact in single precision.
    let model = try Model([], seed: 1) { scope in
      let x = try scope.input(.features(1))
      return ["y": try (x - 1_000_000) / 2 * 3 + 4]
    }
    let input = try Tensor([1_000_001] as [Float], shape: [1, 1])
    let program = try #require(
      try Program(
        model.graph, tensors: model.tensors, inputs: [VariableType(input)], wanted: model.graph.outputs.map(\.variable))
    )
    #expect(try program([input])[0].doubles == [5.5])
  }

  @Test("name a wrong input like the interpreter")
  func wrongInput() throws {
    let model = try Network.perceptron.model()
    let evaluator = try Evaluator(model.graph, tensors: model.tensors)
    let interpreter = try Interpreter(model.graph, tensors: model.tensors)
    let wrong = try Tensor([1, 2] as [Float], shape: [1, 2])
    let inputs = [model.graph.inputs[0].name: wrong]
    let expected = #expect(throws: GraphError.self) { try interpreter(inputs) }
    let error = #expect(throws: GraphError.self) { try evaluator(inputs) }
    #expect(error == expected)
  }
}
