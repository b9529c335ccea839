import ComputationGraphs
import Foundation
import Tensors
import Testing

@Suite struct ReplacingTests {
  private let builder = GraphBuilder()

  private func input(_ name: Name, _ shape: [Extent] = ["batch"]) throws -> Variable {
    try builder.input(name, VariableType(.float64, shape))
  }

  private func doubles(_ graph: Graph, _ inputs: [Name: [Double]]) throws -> [Name: [Double]] {
    #expect(try Graph(document: graph.document) == graph, "a replaced graph reads back as it was written")
    return try Interpreter(graph, tensors: [:])(inputs.mapValues { try Tensor($0, shape: [$0.count]) })
      .mapValues(\.doubles)
  }

  @Test("replacements work together and separately", arguments: [false, true])
  func composing(_ isLater: Bool) throws {
    let x = try input("x")
    let y = try (x + 1).named("y")
    let z = try (y + 1).named("z")
    let graph = try builder.finish(outputs: ["z": z, "y": y])
    let replaced = try graph.replacing { view, variable in
      switch view.name {
      case "y": return try variable.builder.variable(graph.inputs[0].variable) * 2
      case "z": return try variable.builder.variable(graph.outputs[1].variable) * 3
      default: return nil
      }
    }
    // {y: x·2, z: y·3} gives (x·2)·3.
    #expect(try doubles(replaced, ["x": [5, -1]]) == ["z": [30, -6], "y": [10, -2]])
    #expect(replaced.nodes.map(\.operation.name) == ["multiply", "multiply"])
    let one = try graph.replacing { view, variable in
      switch view.name {
      case "y" where !isLater: return try variable.builder.variable(graph.inputs[0].variable) * 2
      case "z" where isLater: return try variable.builder.variable(graph.outputs[1].variable) * 3
      default: return nil
      }
    }
    #expect(try doubles(one, ["x": [5]]) == (isLater ? ["z": [18], "y": [6]] : ["z": [11], "y": [10]]))
  }

  @Test("a replacement that is computed from the replaced variable reads the variable itself")
  func selfReference() throws {
    let x = try input("x")
    let y = try (x + 1).named("y")
    let z = try (y * y).named("z")
    let graph = try builder.finish(outputs: ["z": z, "y": y])
    let before = graph
    let views = graph.variables { ["x", "y", "z"].contains($0.name) }
    let replaced = try graph.replacing { view, variable in
      views.contains(view) ? try variable * 2 + 1 : nil
    }
    // x → 2x + 1 = 7; y → 2 (7 + 1) + 1 = 17; z → 2 · 17² + 1 = 579.
    #expect(try doubles(replaced, ["x": [3]]) == ["z": [579], "y": [17]])
    #expect(graph == before)
    #expect(replaced.inputs.map(\.name) == ["x"])
    #expect(try graph.replacing { _, _ in nil } == graph)
    #expect(try graph.replacing { _, variable in variable } == graph)
    // If nothing is replaced, not even roles that a file left out are added.
    var bare = try SampleNetwork().graph.document
    bare["variables"]?[8]?["roles"] = .list([])
    let read = try Graph(document: bare)
    #expect(read.variables[8].roles == [] && read.calls[0].outputs == [8])
    #expect(try read.replacing { _, _ in nil } == read)
  }

  @Test("one variable can replace another") func aliases() throws {
    let x = try input("x")
    let other = try input("other")
    let y = try (x + 1).named("y")
    let graph = try builder.finish(outputs: ["z": y * 2])
    let replaced = try graph.replacing { view, variable in
      view.name == "y" ? variable.builder.variable(other.index) : nil
    }
    #expect(try doubles(replaced, ["other": [4]]) == ["z": [8]])
    #expect(replaced.inputs.map(\.name) == ["x", "other"], "inputs stay, needed or not")
  }

  @Test("circles are errors") func circles() throws {
    let x = try input("x")
    let y = try (x + 1).named("y")
    let z = try (y + 1).named("z")
    let graph = try builder.finish(outputs: ["z": z])
    func index(_ name: Name) -> Int { graph.variables { $0.name == name }[0].index }
    let (first, last) = (index("y"), index("z"))
    expectError(.malformed, mentioning: "depends on the variable that it replaces") {
      _ = try graph.replacing { view, variable in view.index == first ? variable.builder.variable(last) : nil }
    }
    expectError(.malformed, mentioning: "depends on the variable that it replaces") {
      _ = try graph.replacing { view, variable in view.index == first ? try variable.builder.variable(last) * 2 : nil }
    }
    expectError(.malformed, mentioning: "depends on the variable that it replaces") {
      _ = try graph.replacing { view, variable in
        view.index == first
          ? variable.builder.variable(last) : view.index == last ? variable.builder.variable(first) : nil
      }
    }
  }

  @Test("a replacement of another type or shape is refused, naming brick and application") func types() throws {
    let graph = try SampleNetwork().graph
    for wrong: (Variable) throws -> Variable in [
      { try $0.expandingDimensions(at: 0) }, { try $0.reduced(.sum, over: [0]) },
      { try $0.builder.input("other", VariableType(.float32, $0.shape)) },
    ] {
      expectError(.shapeMismatch, mentioning: "/net.apply: a variable of type float64 batch×3 cannot be replaced by") {
        _ = try graph.replacing { view, variable in view.name == "product" ? try wrong(variable) : nil }
      }
    }
    expectError(.shapeMismatch, mentioning: "/net.apply: ", "do not broadcast") {
      _ = try graph.replacing { view, variable in
        view.name == "product" ? try variable + variable.builder.input("w", VariableType(.float64, [4])) : nil
      }
    }
    struct Stop: Error {}
    #expect(throws: Stop.self) { try graph.replacing { _, _ in throw Stop() } }
  }

  @Test("calls and normalizations follow, and so does training mode") func calls() throws {
    let network = try SampleNetwork()
    let graph = try network.graph.replacing { view, variable in
      view.name == "product" ? try (variable * 2).named("doubled") : nil
    }
    let doubled = graph.variables { $0.name == "doubled" }[0]
    let product = graph.variables { $0.name == "product" }[0]
    #expect(graph.calls[1].inputs == [doubled.index])
    #expect(graph.calls[1].normalization?.input == doubled.index)
    #expect(doubled.role(refines: .input))
    #expect(doubled.call == nil && product.call?.brick == "/net")
    #expect(graph.calls[1].metadata == network.graph.calls[1].metadata)
    // x·W = [[3, 4, 10], [-1, 2, 0]], doubled: means 2, 6, 10, deviations 4, 2, 10 and ε = 0.25 under the root.
    let x = try Tensor([3.0, 4, -1, 2], shape: [2, 2])
    let training = try graph.trainingGraph()
    let outputs = try Interpreter(training, tensors: network.tensors)(["x": x])
    let expected = [(4.0, 16.25), (2, 4.25), (10, 100.25)].map { $0 / $1.squareRoot() }
    #expect(outputs["y"]?.doubles == expected + expected.map { -$0 })
    let pairs = try training.updatePairs()
    let values = try Interpreter(training, tensors: network.tensors).evaluate(pairs.map(\.minibatch), inputs: ["x": x])
    #expect(values[0].doubles == [2, 6, 10])
  }

  @Test("a replaced output that is still used stays the output of its call, and a removed output passes on its roles")
  func roles() throws {
    let graph = try SampleNetwork().graph
    let output = graph.outputs[0].variable
    let made = try graph.replacing { view, variable in view.index == output ? try variable * 2 : nil }
    #expect(made.calls.map(\.outputs) == [made.calls[0].outputs, made.calls[0].outputs])
    #expect(made.calls[0].outputs != [made.outputs[0].variable])
    #expect(made.variables[made.calls[0].outputs[0]].roles == [.output])
    #expect(made.variables[made.outputs[0].variable].roles == [])
    let gone = try graph.replacing { view, variable in
      view.index == output ? try variable.builder.variable(4) * 2 : nil
    }
    #expect(gone.calls.map(\.outputs) == [[gone.outputs[0].variable], [gone.outputs[0].variable]])
    #expect(gone.variables[gone.outputs[0].variable].roles == [.output])
  }

  @Test("a replaced offset is used until training mode replaces it") func offsets() throws {
    let network = try SampleNetwork()
    let graph = try network.graph.replacing { view, variable in
      view.index == network.graph.calls[1].normalization?.offset ? try variable + 1 : nil
    }
    let normalization = try #require(graph.calls[1].normalization)
    #expect(graph.variables[normalization.offset].roles.contains(refining: .batchNormalizationOffset))
    let x = try Tensor([3.0, 4], shape: [1, 2])
    // (x·W − (mean + 1)) / stdev with x·W = [3, 4, 10].
    #expect(try Interpreter(graph, tensors: network.tensors)(["x": x])["y"]?.doubles == [1, 0.5, 1.5])
    let training = try graph.trainingGraph()
    #expect(try training == network.graph.trainingGraph())
  }

  // MARK: Loops

  /// Per step, s' = s + w·row; w is what a loop captures.
  private func loop() throws -> Graph {
    let x = try input("x", ["time"])
    let w = try (input("w", []) + 0).named("scale")
    let start = try input("s", [])
    let result = try builder.call(brick: "/net", type: "Net", application: "apply", on: [x]) {
      try builder.scan(sequences: [x], states: [start]) { _, step in
        ([try step.states[0] + (w * step.sequences[0]).named("term")], [])
      }.states
    }
    return try builder.finish(outputs: ["sums": result[0]])
  }

  private func sums(_ graph: Graph, _ more: [Name: Double] = [:]) throws -> [Double]? {
    #expect(try Graph(document: graph.document) == graph)
    var inputs = try more.mapValues { try Tensor([$0], shape: []) }
    inputs["x"] = try Tensor([1.0, 2, 3], shape: [3])
    inputs["w"] = try Tensor([10.0], shape: [])
    inputs["s"] = try Tensor([0.0], shape: [])
    return try Interpreter(graph, tensors: [:])(inputs)["sums"]?.doubles
  }

  @Test("a variable that a loop captures is replaced for its body") func captures() throws {
    let graph = try loop()
    #expect(try sums(graph) == [10, 30, 60])
    #expect(try graph.replacing { _, _ in nil } == graph)
    let replaced = try graph.replacing { view, variable in
      view.name == "scale" && view.loops.isEmpty ? try variable + 1 : nil
    }
    #expect(try sums(replaced) == [11, 33, 66])
  }

  @Test("variables of a body are replaced, by closure or by view, with outside variables") func bodies() throws {
    let graph = try loop()
    let terms = graph.variables { $0.name == "term" }
    #expect(terms.map(\.loops) == [[1]])
    #expect(terms[0].call?.brick == "/net" && terms[0].brick(isType: "Net"))
    #expect(
      try sums(graph.replacing { view, variable in terms.contains(view) ? try variable * 2 : nil }) == [20, 60, 120])
    // Earlier variables from outside the loop are captured, and their replacements are used.
    var weight: Variable?
    var bias: Variable?
    let replaced = try graph.replacing { view, variable in
      if view.name == "scale", view.loops.isEmpty {
        weight = variable
        bias = try variable.builder.input("bias", variable.type)
        return try variable * 3
      }
      guard view.name == "term", let weight, let bias else { return nil }
      return try variable + weight + bias
    }
    // Per step 30·row + 30 + 100.
    #expect(try sums(replaced, ["bias": 100]) == [160, 350, 570])
    expectError(
      .shapeMismatch,
      mentioning: "/net.apply: a variable of type float64 scalar cannot be replaced by a variable of type float64 1"
    ) {
      _ = try graph.replacing { view, variable in
        terms.contains(view) ? try variable.expandingDimensions(at: 0) : nil
      }
    }
  }

  @Test("nested loops are entered, and a leaf of the outermost graph is captured through both") func nested() throws {
    let x = try input("x", ["time", 2])
    let start = try input("s", [])
    let outer = try builder.scan(sequences: [x], states: [start]) { _, step in
      let inner = try step.states[0].builder.scan(sequences: [step.sequences[0]], states: [step.states[0]]) { _, row in
        ([try row.states[0] + row.sequences[0].applying(.negate).named("term")], [])
      }
      return ([try inner.states[0].reduced(.minimum, over: [0])], [])
    }
    let graph = try builder.finish(outputs: ["sums": outer.states[0]])
    var factor: Variable?
    let replaced = try graph.replacing { view, variable in
      if view.loops.isEmpty, factor == nil { factor = try variable.builder.input("factor", VariableType(.float64, [])) }
      guard view.name == "term", let factor else { return nil }
      return try variable * factor
    }
    #expect(replaced.variables { $0.name == "term" }.map(\.loops.count) == [2])
    #expect(try Graph(document: replaced.document) == replaced)
    let inputs: [Name: Tensor] = try [
      "x": Tensor([1.0, 2, 3, 4], shape: [2, 2]), "s": Tensor([0.0], shape: []), "factor": Tensor([10.0], shape: []),
    ]
    #expect(try Interpreter(replaced, tensors: [:])(inputs)["sums"]?.doubles == [-30, -100])
  }

  @Test("pairs of a loop in training mode follow a replacement in its body") func loopStatistics() throws {
    let x = try input("x", ["time", "batch", 1])
    let mean = try TensorPath(.statistics, brick: "/norm", name: "population_mean")
    let result = try builder.scan(sequences: [x], states: []) { inner, step in
      let row = try step.sequences[0].applying(.square).named("row")
      return (
        [],
        try inner.call(brick: "/norm", type: "Norm", application: "apply", on: [row]) {
          let offset = try inner.tensor(mean, type: VariableType(.float64, [1]), roles: [.populationMean])
            .expandingDimensions(at: 0)
          inner.setNormalization(
            Normalization(
              isTraining: false, input: row.index, offset: offset.index, divisor: nil, axes: [0], epsilon: 0, step: nil,
              populationMean: mean, populationStandardDeviation: nil))
          return [try row - offset]
        }
      )
    }
    let graph = try builder.finish(outputs: ["y": result.outputs[0]])
    let replace: (VariableView, Variable) throws -> Variable? = { view, variable in
      view.name == "row" ? try variable * 10 : nil
    }
    let training = try graph.replacing(replace).trainingGraph()
    #expect(try graph.trainingGraph().replacing(replace).updatePairs().count == 1)
    let data: [Name: Tensor] = try ["x": Tensor([1.0, 3, 0, 2], shape: [2, 2, 1])]
    let tensors: TensorStore = [mean: try Tensor([100.0], shape: [1])]
    for training in [training, try graph.trainingGraph().replacing(replace)] {
      let pair = try training.updatePairs()[0]
      let values = try Interpreter(training, tensors: tensors).evaluate([pair.minibatch], inputs: data)
      #expect(values[0].doubles == [50, 20])
      #expect(try Interpreter(training, tensors: tensors)(data)["y"]?.doubles == [-40, 40, -20, 20])
    }
  }
}
