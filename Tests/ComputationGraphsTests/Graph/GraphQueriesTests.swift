import ComputationGraphs
import Tensors
import Testing

@Suite struct GraphQueriesTests {
  private func graph() throws -> Graph { try SampleNetwork().graph }

  @Test("variables are found by role, or a role above it") func roles() throws {
    let graph = try graph()
    #expect(graph.variables { $0.role(refines: .weight) }.map(\.name) == ["W"])
    #expect(graph.variables { $0.role(refines: .parameter) }.map(\.name) == ["W"])
    #expect(graph.variables { $0.role(refines: .filter) }.isEmpty)
    #expect(
      graph.variables { $0.role(refines: .persistent) }.map(\.name) == ["W", "population_mean", "population_stdev"])
    #expect(graph.variables { $0.roles(refineEach: [.input, .variable]) }.map(\.name) == ["x", "product"])
    #expect(graph.variables { $0.roles(refineEach: [.input, .output]) }.isEmpty)
  }

  @Test("variables are found by brick: its own variables, and its inputs") func bricks() throws {
    let graph = try graph()
    #expect(graph.variables { $0.brick(isType: "Norm") }.map(\.index) == [2, 3, 4, 5, 6, 7, 8])
    #expect(graph.variables { $0.brick(isAt: "/net") }.map(\.index) == [0, 1, 4, 8])
    #expect(graph.variables { $0.brick(isAt: "/net/norm") }.map(\.index) == [2, 3, 4, 5, 6, 7, 8])
    #expect(graph.variables { $0.brick(isType: "Linear") || $0.brick(isAt: "/ne") }.isEmpty)
  }

  @Test("criteria combine, and see name, call, type and roles") func criteria() throws {
    let graph = try graph()
    let found = graph.variables {
      $0.role(refines: .persistent) && $0.brick(isType: "Norm") && $0.name.hasSuffix("_stdev")
    }
    #expect(found.map(\.index) == [3])
    #expect(found[0].type == VariableType(.float64, [3]))
    #expect(found[0].roles == [.populationStandardDeviation])
    #expect(graph.variables { $0.call?.brick == "/net/norm" }.map(\.index) == [5, 6, 7, 8])
    #expect(graph.variables { $0.name.isEmpty }.map(\.index) == [5, 6, 7, 8])
  }

  @Test("an error of a condition is passed on") func errors() throws {
    struct Stop: Error {}
    let graph = try graph()
    #expect(throws: Stop.self) { try graph.variables { _ in throw Stop() } }
  }

  @Test("calls are found by type") func calls() throws {
    #expect(try graph().calls(ofType: "Norm").map(\.brick) == ["/net/norm"])
    #expect(try graph().calls(ofType: "norm").isEmpty)
  }

  @Test("parameters, saved tensors, intermediaries and auxiliaries") func kinds() throws {
    let graph = try graph()
    #expect(graph.parameters.map(\.description) == ["/net.W"])
    #expect(
      graph.savedTensors.map(\.path.datasetPath) == [
        "/parameters/net/W", "/statistics/net/norm/population_mean", "/statistics/net/norm/population_stdev",
      ])
    #expect(graph.intermediaries.map(\.index) == [4, 5, 6, 7])
    #expect(graph.auxiliaries.isEmpty)
  }

  @Test("a query can require one role, any of several roles, or all of several") func anyAndEach() throws {
    let graph = try graph()
    #expect(
      graph.variables { $0.roles(refineAny: [.weight, .populationMean]) }.map(\.name) == ["W", "population_mean"])
    #expect(graph.variables { $0.roles(refineAny: []) }.isEmpty)
    #expect(graph.variables { $0.roles(refineEach: []) }.count == graph.variables.count)
    #expect(graph.variables { $0.roles(refineAny: [.output]) && $0.name == "product" }.isEmpty)
  }

  @Test("names are found by any pattern") func namePatterns() throws {
    let graph = try graph()
    #expect(
      try graph.variables { try $0.name.text.contains(Regex("^population_(mean|stdev)$")) }.map(\.index) == [2, 3])
    let selector = try Selector("*.population_[ms]*")
    #expect(graph.variables { $0.matches(selector) }.map(\.index) == [2, 3])
  }

  /// One brick applied by two methods, one of them twice.
  private func calling() throws -> Graph {
    let builder = GraphBuilder()
    let x = try builder.input("x", VariableType(.float64, [2]))
    func call(_ application: Name, _ id: Name, on input: Variable) throws -> Variable {
      try builder.call(brick: "/net", type: "Net", application: application, on: [input]) {
        builder.setMetadata("call_id", .name(id))
        let negative = try input.applying(.negate).named("negative")
        negative.add(.auxiliary)
        return [try input.applying(.square).named("result")]
      }[0]
    }
    let first = try call("encode", "first", on: x)
    let second = try call("encode", "second", on: first)
    return try builder.finish(outputs: ["y": call("decode", "last", on: second)])
  }

  @Test("variables are found by application and by the identity of the call, also with other criteria")
  func applications()
    throws
  {
    let graph = try calling()
    func names(_ condition: (VariableView) -> Bool) -> [Name] { graph.variables(where: condition).map(\.name) }
    #expect(names { $0.call?.application == "decode" } == ["negative", "result"])
    #expect(names { $0.calls.contains { $0.application == "decode" } } == ["result", "negative", "result"])
    #expect(names { $0.call?.id == "first" && $0.role(refines: .auxiliary) } == ["negative"])
    #expect(names { $0.calls.contains { $0.id == "first" && $0.brick == "/net" } } == ["x", "negative", "result"])
    #expect(names { $0.call?.id == "third" } == [])
    #expect(graph.calls.map(\.id) == ["first", "second", "last"])
    #expect(try SampleNetwork().graph.calls[0].id == nil)
  }

  @Test("auxiliary variables survive training mode, replacement and a file, also in loops")
  func auxiliaries() throws {
    let graph = try calling()
    #expect(graph.auxiliaries.map { $0.call?.id } == ["first", "second", "last"])
    let network = try SampleNetwork()
    let normalization = try #require(network.graph.calls[1].normalization)
    for isOffset in [true, false] {
      let builder = GraphBuilder(continuing: network.graph)
      let monitored =
        isOffset ? builder.variable(normalization.offset) : try builder.variable(normalization.input) * 2
      monitored.add(.auxiliary)
      let graph = try builder.finish(outputs: ["y": builder.variable(network.graph.outputs[0].variable)])
      let training = try Graph(document: graph.trainingGraph().document)
      #expect(training.auxiliaries.count == 1)
      let values = try Interpreter(training, tensors: network.tensors).evaluate(
        training.auxiliaries.map(\.index), inputs: ["x": Tensor([3.0, 4, -1, 2], shape: [2, 2])])
      // The mean in use is monitored: in training mode, the mean of the minibatch.
      #expect(values[0].doubles == (isOffset ? [1, 3, 5] : [6, 8, 20, -2, 4, 0]))
      let replaced = try graph.replacing { view, variable in view.name == "product" ? try variable * 2 : nil }
      #expect(replaced.auxiliaries.count == 1)
    }
  }

  // MARK: Loops

  /// x → loop: the brick `/net` squares each row, applies `/net/norm` to it, and adds W.
  private func looping() throws -> Graph {
    let builder = GraphBuilder()
    let x = try builder.input("x", VariableType(.float64, ["time", 2]))
    let weights = try TensorPath(.parameters, brick: "/net", name: "W")
    let outputs = try builder.call(brick: "/net", type: "Net", application: "apply", on: [x]) {
      builder.setMetadata("call_id", .text("around"))
      return try builder.scan(sequences: [x], states: []) { inner, step in
        let row = try step.sequences[0].applying(.square).named("row")
        let scaled = try inner.call(brick: "/net/norm", type: "Norm", application: "scale", on: [row]) {
          let doubled = try (row * 2).named("doubled")
          doubled.add(.auxiliary)
          return [try (doubled + 1).named("scaled")]
        }[0]
        let matrix = try inner.tensor(weights, type: VariableType(.float64, [2]), roles: [.weight])
        return ([], [try (scaled + matrix).named("sum")])
      }.outputs
    }
    return try builder.finish(outputs: ["y": outputs[0]])
  }

  @Test("every query enters the bodies of loops, where the call around is known") func loops() throws {
    let graph = try looping()
    func names(_ condition: (VariableView) -> Bool) -> [Name] { graph.variables(where: condition).map(\.name) }
    #expect(graph.parameters.map(\.description) == ["/net.W"])
    #expect(graph.auxiliaries.map(\.name) == ["doubled"])
    // The body's output has the same index as an output of the surrounding graph, but is not an output of it.
    #expect(graph.intermediaries.map(\.name).sorted() == ["doubled", "row", "scaled", "sum"])
    #expect(names { $0.brick(isType: "Net") && $0.source == nil } == ["", "row", "sum"])
    #expect(names { $0.brick(isType: "Norm") } == ["row", "doubled", "scaled"])
    #expect(names { $0.call?.id == "around" } == ["", "row", "sum"])
    #expect(names { $0.call?.application == "scale" } == ["doubled", "scaled"])
    #expect(names { $0.role(refines: .weight) && $0.brick(isAt: "/net") } == ["W"])
    let selector = try Selector("/net/norm.*")
    #expect(names { $0.matches(selector) } == ["doubled", "scaled"])
    #expect(graph.calls(ofType: "Norm").map(\.application) == ["scale"])
    #expect(graph.variables { $0.name == "row" }.map(\.loops) == [[0]])
    #expect(Set(graph.variables { _ in true }).count == graph.variables { _ in true }.count)
  }
}
