import ComputationGraphs
import Tensors
import Testing

@Suite struct InterpreterTests {
  private func interpreter(timeSteps: Int? = nil) throws -> Interpreter {
    let network = try SampleNetwork(timeSteps: timeSteps)
    var tensors = try network.tensors
    if let timeSteps {
      for path in [network.mean, network.deviation] {
        tensors[path] = try Tensor(repeating: 1, shape: [timeSteps, 3], type: .float64)
      }
    }
    return try Interpreter(network.graph, tensors: tensors)
  }

  @Test("the sample network computes (x·W − mean) / stdev") func values() throws {
    // x·W = [[3, 4, 10], [-1, 2, 0]]
    let x = try Tensor([3.0, 4, -1, 2], shape: [2, 2])
    #expect(try interpreter()(["x": x])["y"] == Tensor([2.0, 1, 1.75, -2, 0, -0.75], shape: [2, 3]))
  }

  @Test("any variable can be requested, in any order, and repeatedly") func wanted() throws {
    let x = try Tensor([3.0, 4], shape: [1, 2])
    let interpreter = try interpreter()
    let product = try #require(interpreter.graph.variables.firstIndex { $0.name == "product" })
    let output = interpreter.graph.outputs[0].variable
    let values = try interpreter.evaluate([output, product, output, 0], inputs: ["x": x])
    #expect(values[1].doubles == [3, 4, 10])
    #expect(values[0] == values[2])
    #expect(values[3] == x)
    #expect(try interpreter.evaluate([], inputs: [:]).isEmpty)
  }

  @Test("a missing input is named") func missing() throws {
    expectError(.missingValue, mentioning: "input \"x\" is missing", "float64 batch×2") { _ = try interpreter()([:]) }
  }

  @Test("an unknown input is named, with the existing inputs") func unknown() throws {
    let x = try Tensor([3.0, 4], shape: [1, 2])
    expectError(.missingValue, mentioning: "no input \"z\"", "\"x\"") { _ = try interpreter()(["x": x, "z": x]) }
  }

  @Test("an input of another type, rank or extent is refused") func misshaped() throws {
    let wrong = [
      try Tensor([Float(3), 4], shape: [1, 2]).converted(to: .float32), try Tensor([3.0, 4], shape: [2]),
      try Tensor([3.0, 4, 5], shape: [1, 3]), try Tensor([3.0, 4], shape: [1, 1, 2]),
    ]
    for tensor in wrong {
      expectError(
        .shapeMismatch, mentioning: "input \"x\" is \(VariableType(tensor)), but the graph needs float64 batch×2"
      ) {
        _ = try interpreter()(["x": tensor])
      }
    }
  }

  @Test("an input that nothing uses may be absent, but not wrong") func unused() throws {
    let builder = GraphBuilder()
    let x = try builder.input("x", VariableType(.float64, ["batch"]))
    _ = try builder.input("unused", VariableType(.float64, ["batch"]))
    let interpreter = try Interpreter(builder.finish(outputs: ["y": x + x]), tensors: [:])
    let tensor = try Tensor([1.0, 2], shape: [2])
    #expect(try interpreter(["x": tensor])["y"]?.doubles == [2, 4])
    expectError(.shapeMismatch, mentioning: "\"unused\"") {
      _ = try interpreter(["x": tensor, "unused": Tensor([1.0], shape: [1, 1])])
    }
  }

  @Test("inputs that share a symbolic extent must agree") func symbolicExtents() throws {
    let builder = GraphBuilder()
    let x = try builder.input("x", VariableType(.float64, ["batch", "width"]))
    let y = try builder.input("y", VariableType(.float64, ["batch", "width"]))
    let interpreter = try Interpreter(builder.finish(outputs: ["sum": x + y]), tensors: [:])
    let two = try Tensor(repeating: 1, shape: [2, 3], type: .float64)
    #expect(try interpreter(["x": two, "y": two])["sum"]?.shape == [2, 3])
    for shape in [Shape([1, 3]), [2, 1]] {
      expectError(.shapeMismatch, mentioning: "input \"y\"", "in another input") {
        _ = try interpreter(["x": two, "y": Tensor(repeating: 1, shape: shape, type: .float64)])
      }
    }
  }

  @Test("one input's own symbolic extents must agree") func squareInput() throws {
    let builder = GraphBuilder()
    let x = try builder.input("x", VariableType(.float64, ["n", "n"]))
    let interpreter = try Interpreter(builder.finish(outputs: ["y": x]), tensors: [:])
    expectError(.shapeMismatch, mentioning: "n is 2") {
      _ = try interpreter(["x": Tensor(repeating: 1, shape: [2, 3], type: .float64)])
    }
  }

  @Test("saved tensors are checked before anything runs") func savedTensors() throws {
    let network = try SampleNetwork()
    var tensors = try network.tensors
    tensors[network.mean] = try Tensor([1.0, 2], shape: [2])
    expectError(.shapeMismatch, mentioning: "/net/norm.population_mean is float64 2, but the graph needs float64 3") {
      _ = try Interpreter(network.graph, tensors: tensors)
    }
    tensors[network.mean] = nil
    expectError(.missingValue, mentioning: "/net/norm.population_mean has no value") {
      _ = try Interpreter(network.graph, tensors: tensors)
    }
  }

  @Test("time steps are taken, and a negative step or a step past a strict end is an error with its place")
  func timeSteps()
    throws
  {
    let x = try Tensor([3.0, 4], shape: [1, 2])
    let interpreter = try interpreter(timeSteps: 2)
    for step in [0, 1] as [Int64] {
      #expect(try interpreter(["x": x, "step": Tensor([step], shape: [])])["y"]?.doubles == [2, 3, 9])
    }
    for (step, message) in [(-1, "is negative"), (2, "after the last of 2")] as [(Int64, String)] {
      expectError(.timeStep, mentioning: "/net/norm.apply: time step \(step)", message) {
        _ = try interpreter(["x": x, "step": Tensor([step], shape: [])])
      }
    }
  }

  @Test("every operation computes its definition") func operations() throws {
    let builder = GraphBuilder()
    let x = try builder.input("x", VariableType(.float64, ["batch", 2]))
    let outputs: NamedVariables = [
      "sum": try x.reduced(.sum, over: [0]), "mean": try x.reduced(.mean, over: [0]),
      "variance": try x.reduced(.variance, over: [0]), "maximum": try x.reduced(.maximum, over: [1]),
      "minimum": try x.reduced(.minimum, over: [1], keepingDimensions: true), "scaled": try x * 2 + 1,
      "softmax": try x.softmax(), "log_softmax": try x.logSoftmax(), "root": try x.applying(.squareRoot),
    ]
    let interpreter = try Interpreter(builder.finish(outputs: outputs), tensors: [:])
    let values = try interpreter(["x": Tensor([1.0, 4, 9, 9], shape: [2, 2])])
    #expect(values["sum"]?.doubles == [10, 13])
    #expect(values["mean"]?.doubles == [5, 6.5])
    #expect(values["variance"]?.doubles == [16, 6.25])
    #expect(values["maximum"]?.doubles == [4, 9])
    #expect(values["minimum"] == (try Tensor([1.0, 9], shape: [2, 1])))
    #expect(values["scaled"]?.doubles == [3, 9, 19, 19])
    #expect(values["root"]?.doubles == [1, 2, 3, 3])
    #expect(values["softmax"]?.doubles.suffix(2) == [0.5, 0.5])
    // 1 / (1 + e³) and ln of it, by mpmath.
    #expect(abs((values["softmax"]?.doubles[0] ?? 0) - 0.047425873177566781) < 1e-16)
    #expect(abs((values["log_softmax"]?.doubles[0] ?? 0) + 3.0485873515737421) < 1e-15)
  }
}
