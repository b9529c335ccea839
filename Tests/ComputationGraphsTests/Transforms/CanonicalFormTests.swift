import ComputationGraphs
import JSON
import Tensors
import Testing

@Suite struct CanonicalFormTests {
  @Test("leaves come first, nodes are in topological order, and every variable has one origin") func order() throws {
    for graph in [try SampleNetwork().graph, try SampleNetwork(timeSteps: 2).graph.trainingGraph()] {
      let leafCount = graph.variables.prefix { $0.source != nil }.count
      #expect(graph.variables.dropFirst(leafCount).allSatisfy { $0.source == nil })
      var known = Set(0..<leafCount)
      for node in graph.nodes {
        #expect(known.isSuperset(of: node.inputs))
        for output in node.outputs { #expect(known.insert(output).inserted) }
      }
      #expect(known.count == graph.variables.count)
    }
  }

  @Test("finishing twice, or continuing and finishing, gives the same graph") func idempotent() throws {
    let network = try SampleNetwork()
    let again = try network.builder.finish(outputs: ["y": network.output])
    #expect(again == network.graph)
    for graph in [
      network.graph, try network.graph.trainingGraph(), try SampleNetwork(timeSteps: 3).graph.trainingGraph(),
    ] {
      let builder = GraphBuilder(continuing: graph)
      let outputs = NamedVariables(graph.outputs.map { ($0.name, builder.variable($0.variable)) })
      #expect(try builder.finish(outputs: outputs) == graph)
    }
  }

  @Test("unused nodes are removed, and inputs, saved tensors and auxiliaries stay") func deadNodes() throws {
    let builder = GraphBuilder()
    let x = try builder.input("x", VariableType(.float64, ["batch", 2]))
    _ = try builder.input("unused", VariableType(.float64, []))
    let path = try TensorPath(.parameters, brick: "/net", name: "unused")
    _ = try builder.tensor(path, type: VariableType(.float64, [2]), roles: [.parameter])
    _ = try (x * 7).applying(.square)
    let monitored = try x.reduced(.mean, over: [0]).named("monitored")
    monitored.add(.auxiliary)
    let graph = try builder.finish(outputs: ["y": x.applying(.negate)])
    #expect(graph.nodes.map(\.operation.name) == ["reduce_mean", "negate"])
    #expect(graph.inputs.map(\.name) == ["x", "unused"])
    #expect(graph.savedTensors.map(\.path) == [path])
    #expect(graph.variables.allSatisfy { $0.source != .constant(7) })
    #expect(graph.auxiliaries.map(\.name) == ["monitored"])
  }

  @Test("a variable that a call refers to stays, although no output needs it") func callReferences() throws {
    let builder = GraphBuilder()
    let x = try builder.input("x", VariableType(.float64, ["batch", 2]))
    _ = try builder.call(brick: "/side", type: "Side", application: "apply", on: [x]) { [try x.applying(.square)] }
    let graph = try builder.finish(outputs: ["y": x])
    #expect(graph.nodes.map(\.operation) == [.unary(.square)])
  }

  @Test("a graph of 10,000 layers is finished, transformed, coded and evaluated") func deep() throws {
    let builder = GraphBuilder()
    let count = 10_000
    let mean = try TensorPath(.statistics, brick: "/norm", name: "population_mean")
    var value = try builder.input("x", VariableType(.float64, ["batch", 1]))
    for layer in 0..<count {
      let input = value
      guard layer.isMultiple(of: 10) else {
        value = try input + 1
        continue
      }
      value = try builder.call(brick: "/norm", type: "Norm", application: "apply", on: [input]) {
        let offset = try builder.tensor(mean, type: VariableType(.float64, [1]), roles: [.populationMean])
          .expandingDimensions(at: 0)
        builder.setNormalization(
          Normalization(
            isTraining: false, input: input.index, offset: offset.index, divisor: nil, axes: [0], epsilon: 0, step: nil,
            populationMean: mean, populationStandardDeviation: nil))
        return [try input - offset]
      }[0]
    }
    let graph = try builder.finish(outputs: ["y": value])
    #expect(try Graph(json: JSONValue(parsing: graph.json().jsonText())) == graph)
    let tensors: TensorStore = [mean: try Tensor([1.0], shape: [1])]
    let x = try Tensor([3.0, 5], shape: [2, 1])
    // 9,000 layers add 1, 1,000 subtract the population mean, 1.
    #expect(try Interpreter(graph, tensors: tensors)(["x": x])["y"]?.doubles == [8003, 8005])
    let training = try graph.trainingGraph()
    #expect(try training.updatePairs(allowingDuplicates: true).count == 1000)
    // The last normalization centres, nine layers add 1.
    #expect(try Interpreter(training, tensors: tensors)(["x": x])["y"]?.doubles == [8, 10])
  }
}
