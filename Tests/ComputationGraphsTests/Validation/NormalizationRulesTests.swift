import ComputationGraphs
import JSON
import Tensors
import Testing

@Suite("A normalization and its statistics fit each other") struct NormalizationRulesTests {
  /// The document of the sample network with three time steps. Its variables: 0 x, 1 step, 2 W, 3 mean, 4 stdev, 5 product, 6 row of
  /// the mean, 7 offset, 8 row of the stdev, 9 divisor, 10 difference, 11 y.
  private func document() throws -> JSONValue { try SampleNetwork(timeSteps: 3).graph.document }

  @Test("with a time step, a statistic is read at that step") func steps() throws {
    _ = try Graph(document: document())
    var withoutStep = try document()
    withoutStep["calls"]?[1]?["normalization"]?["step"] = nil
    expectError(.shapeMismatch, mentioning: "call 1 of /net/norm", "float64 3×3, which does not fit float64 1×3") {
      _ = try Graph(document: withoutStep)
    }
    var otherStep = try document()
    otherStep["variables"]?[12] = [
      "type": .text("int64"), "shape": .list([]), "roles": .list([]), "source": ["constant": .integer(1)],
    ]
    otherStep["nodes"]?[1]?["inputs"]?[1] = .integer(12)
    expectError(.malformed, mentioning: "variable 7, is not read from", "at the time step, variable 1") {
      _ = try Graph(document: otherStep)
    }
  }

  @Test("a single row is read at its step, although it could be read without the step") func singleRow() throws {
    var document = try SampleNetwork(timeSteps: 1).graph.document
    _ = try Graph(document: document)
    document["calls"]?[1]?["normalization"]?["offset"] = .integer(3)
    expectError(.malformed, mentioning: "variable 3, is not read from") { _ = try Graph(document: document) }
  }

  @Test("a builder applies the same rules", arguments: [[], [2], [1, 3], [3, 1]])
  func builder(shape: [Int]) throws {
    let builder = GraphBuilder()
    let x = try builder.input("x", VariableType(.float64, ["batch", 3]))
    let mean = try TensorPath(.statistics, brick: "/norm", name: "population_mean")
    func graph() throws -> Graph {
      let output = try builder.call(brick: "/norm", type: "Norm", application: "apply", on: [x]) {
        let type = VariableType(.float64, shape.map(Extent.fixed))
        let statistic = try builder.tensor(mean, type: type, roles: [.populationMean])
        let offset = try x.reduced(.mean, over: [0], keepingDimensions: true)
        builder.setNormalization(
          Normalization(
            isTraining: true, input: x.index, offset: offset.index, divisor: nil, axes: [0], epsilon: 0, step: nil,
            populationMean: mean, populationStandardDeviation: nil))
        return [try x - statistic]
      }[0]
      return try builder.finish(outputs: ["y": output])
    }
    // (3) and (1, 3) fit x; the others do not, although x − statistic may broadcast.
    if shape == [1, 3] { return _ = try graph() }
    #expect(throws: GraphError.self) { try graph() }
  }

  @Test("two calls of a brick normalize with the same statistics and epsilon, also in a loop") func agreement() throws {
    func normalized(_ x: Variable, epsilon: Double, name: Name) throws -> Variable {
      try x.builder.call(brick: "/norm", type: "Norm", application: "apply", on: [x]) {
        let path = try TensorPath(.statistics, brick: "/norm", name: name)
        let offset = try x.builder.tensor(path, type: VariableType(.float64, [1]), roles: [.populationMean])
          .expandingDimensions(at: 0)
        x.builder.setNormalization(
          Normalization(
            isTraining: false, input: x.index, offset: offset.index, divisor: nil, axes: [0], epsilon: epsilon,
            step: nil, populationMean: path, populationStandardDeviation: nil))
        return [try x - offset]
      }[0]
    }
    func graph(epsilon: Double = 0.5, name: Name = "population_mean") throws -> Graph {
      let builder = GraphBuilder()
      let x = try builder.input("x", VariableType(.float64, ["time", "batch", 1]))
      let first = try normalized(x.reduced(.sum, over: [0]), epsilon: 0.5, name: "population_mean")
      let loop = try builder.scan(sequences: [x], states: []) { _, step in
        ([], [try normalized(step.sequences[0], epsilon: epsilon, name: name)])
      }
      return try builder.finish(outputs: ["first": first, "rest": loop.outputs[0]])
    }
    _ = try graph()
    expectError(.malformed, mentioning: "/norm", "different values of epsilon") { _ = try graph(epsilon: 0.25) }
    expectError(.malformed, mentioning: "/norm", "different population means") { _ = try graph(name: "other") }
  }

  @Test("a model's statistics have a time axis exactly if their normalization has steps") func timeAxes() throws {
    func model(timeSteps: Int?, axes: [Name]) throws -> Model {
      let network = try SampleNetwork(timeSteps: timeSteps)
      let shape = Shape((timeSteps.map { [$0] } ?? []) + [3])
      let statistic = try Tensor(repeating: 1, shape: shape, type: .float64)
      let description = TensorDescription(axes: axes)
      let origin = StatisticOrigin.neverEstimated(epsilon: 0.25, steps: axes.first == "time" ? shape[0] : nil)
      return try Model(
        bricks: [], graph: network.graph,
        tensors: [
          network.weights: Tensor(repeating: 1, shape: [2, 3], type: .float64), network.mean: statistic,
          network.deviation: statistic,
        ],
        descriptions: [
          network.weights: TensorDescription(axes: ["in", "out"]), network.mean: description,
          network.deviation: description,
        ], origins: [network.mean: origin, network.deviation: origin])
    }
    _ = try model(timeSteps: nil, axes: ["channel"])
    _ = try model(timeSteps: 2, axes: ["time", "channel"])
    expectError(.malformed, mentioning: "/net/norm", "population_mean is not named time") {
      _ = try model(timeSteps: 2, axes: ["step", "channel"])
    }
    expectError(.malformed, mentioning: "/net/norm", "has an axis time, but its normalization has no time step") {
      _ = try model(timeSteps: nil, axes: ["time"])
    }
  }
}
