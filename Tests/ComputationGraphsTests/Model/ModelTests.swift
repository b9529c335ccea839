import ComputationGraphs
import Tensors
import Testing

@Suite struct ModelTests {
  private struct Parts {
    var graph: Graph
    var tensors: TensorStore
    var descriptions: [TensorPath: TensorDescription]
    var origins: [TensorPath: StatisticOrigin]
    func model() throws -> Model {
      try Model(bricks: [], graph: graph, tensors: tensors, descriptions: descriptions, origins: origins)
    }
  }

  private let weights = try? TensorPath(.parameters, brick: "/net", name: "W")
  private let mean = try? TensorPath(.statistics, brick: "/net/norm", name: "population_mean")

  private func parts() throws -> Parts {
    let network = try SampleNetwork()
    let origin = StatisticOrigin.neverEstimated(epsilon: 0.25, steps: nil)
    return Parts(
      graph: network.graph, tensors: try network.tensors,
      descriptions: [
        network.weights: TensorDescription(axes: ["input", "output"]),
        network.mean: TensorDescription(axes: ["channel"]),
        network.deviation: TensorDescription(axes: ["channel"]),
      ],
      origins: [network.mean: origin, network.deviation: origin])
  }

  @Test("a model runs from its data alone") func runs() throws {
    #expect(try parts().model()(Tensor([3.0, 4], shape: [1, 2])).doubles == [2, 1, 1.75])
  }

  @Test("every saved tensor needs a value and a description, and a statistic needs an origin")
  func incomplete() throws {
    let mean = try #require(mean)
    var parts = try parts()
    parts.tensors[mean] = nil
    expectError(.missingValue, mentioning: "population_mean has no value") { _ = try parts.model() }
    parts = try self.parts()
    parts.tensors[mean] = try Tensor([Float(1), 2, 3], shape: [3])
    expectError(.shapeMismatch, mentioning: "population_mean is float64 3, not float32 3") { _ = try parts.model() }
    parts = try self.parts()
    parts.descriptions[mean] = nil
    expectError(.missingValue, mentioning: "population_mean of shape 3 has no description") { _ = try parts.model() }
    parts = try self.parts()
    parts.descriptions[mean]?.axes = ["time", "channel"]
    expectError(.missingValue, mentioning: "population_mean of shape 3") { _ = try parts.model() }
    parts = try self.parts()
    parts.origins[mean] = nil
    expectError(.missingValue, mentioning: "population_mean has no origin") { _ = try parts.model() }
    for (counts, problem) in [
      ([], "0 observation counts for 1 value"), ([1, 2], "2 observation counts for 1 value"),
      ([1, 2, 3], "first axis is not named time"), ([-1], "observation count -1"),
    ] as [([Int64], String)] {
      parts = try self.parts()
      parts.origins[mean]?.observationCounts = counts
      expectError(.malformed, mentioning: "population_mean", problem) { _ = try parts.model() }
    }
    let edits: [(problem: String, edit: (inout StatisticOrigin) -> Void)] = [
      ("the epsilon -1.0", { $0.epsilon = -1 }), ("the epsilon nan", { $0.epsilon = .nan }),
      ("-1 records", { $0.records = -1 }), ("no estimator", { $0.estimator = "" }),
    ]
    for (problem, edit) in edits {
      parts = try self.parts()
      var origin = try #require(parts.origins[mean])
      edit(&origin)
      parts.origins[mean] = origin
      expectError(.malformed, mentioning: "population_mean", problem) { _ = try parts.model() }
    }
    parts = try self.parts()
    let unknown = try TensorPath(.parameters, brick: "/net", name: "V")
    parts.tensors[unknown] = try Tensor([1.0], shape: [1])
    expectError(.malformed, mentioning: "/net.V") { _ = try parts.model() }
  }

  @Test("a statistic whose first axis is time has exactly one count for each step")
  func stepCounts() throws {
    let network = try SampleNetwork(timeSteps: 4)
    let statistics = [network.mean, network.deviation]
    var parts = try parts()
    parts.graph = network.graph
    for path in statistics {
      parts.tensors[path] = try Tensor(repeating: 1, shape: [4, 3], type: .float64)
      parts.descriptions[path] = TensorDescription(axes: ["time", "channel"])
      parts.origins[path] = .neverEstimated(epsilon: 0.25, steps: 4)
    }
    var model = try parts.model()
    for (counts, problem) in [
      ([5], "1 observation count for 4 time steps"), ([1, 2, 3], "3 observation counts for 4 time steps"),
      ([1, 2, -3, 4], "observation count -3"),
    ] as [([Int64], String)] {
      var origin = try #require(parts.origins[network.mean])
      origin.observationCounts = counts
      expectError(.malformed, mentioning: "population_mean", problem) {
        try model.setStatistic(network.mean, to: model.tensor(network.mean), origin: origin)
      }
    }
  }

  @Test("tensors are found and set by path, with their type and shape") func setting() throws {
    var model = try parts().model()
    let path = try model.path("/net.W")
    #expect(path == weights)
    expectError(.missingValue, mentioning: "no tensor /net.V") { _ = try model.path("/net.V") }
    try model.set(path, to: Tensor(repeating: 1, shape: [2, 3], type: .float64))
    #expect(try model.tensor(path).doubles == [1, 1, 1, 1, 1, 1])
    expectError(.shapeMismatch, mentioning: "/net.W is float64 2×3, not float64 3×2") {
      try model.set(path, to: Tensor(repeating: 1, shape: [3, 2], type: .float64))
    }
    let mean = try #require(mean)
    let value = try Tensor([1.0, 1, 1], shape: [3])
    expectError(.malformed, mentioning: "is a statistic", "setStatistic") { try model.set(mean, to: value) }
    let origin = StatisticOrigin.neverEstimated(epsilon: 0, steps: 2)
    expectError(.malformed, mentioning: "2 observation counts for 1 value") {
      try model.setStatistic(mean, to: value, origin: origin)
    }
    expectError(.malformed, mentioning: "is not a statistic") {
      try model.setStatistic(path, to: model.tensor(path), origin: origin)
    }
  }

  @Test("a statistic is never estimated, then estimated, then stale when a parameter changes") func states() throws {
    var model = try parts().model()
    let mean = try #require(mean)
    #expect(Set(model.statisticStates.values) == [.neverEstimated])
    let origin = StatisticOrigin(
      epsilon: 0.25, observationCounts: [9], estimator: "pooled", records: 1, parametersDigest: model.parametersDigest)
    try model.setStatistic(mean, to: Tensor([7.0, 7, 7], shape: [3]), origin: origin)
    #expect(model.statisticStates[mean] == .estimated)
    let path = try model.path("/net.W")
    let old = try model.tensor(path)
    try model.set(path, to: Tensor(repeating: 1, shape: [2, 3], type: .float64))
    #expect(model.statisticStates[mean] == .stale)
    try model.set(path, to: old)
    #expect(model.statisticStates[mean] == .estimated)
  }

  @Test("resetting statistics is explicit, and gives 0 and 1") func reset() throws {
    var model = try parts().model()
    try model.resetStatistics()
    #expect(try model.tensor(model.path("/net/norm.population_mean")).doubles == [0, 0, 0])
    #expect(try model.tensor(model.path("/net/norm.population_stdev")).doubles == [1, 1, 1])
    #expect(Set(model.statisticStates.values) == [.neverEstimated])
    #expect(try model.tensor(model.path("/net.W")).doubles == [1, 0, 2, 0, 1, 1])
  }

  @Test("sibling bricks need different names, and names that files can keep") func brickNodes() throws {
    let leaf = BrickNode(type: "Leaf", name: "leaf")
    try BrickNode.validate([leaf, BrickNode(type: "Tree", name: "tree", children: [leaf])])
    expectError(.duplicate, mentioning: "/tree: two bricks are named \"leaf\"") {
      try BrickNode.validate([BrickNode(type: "Tree", name: "tree", children: [leaf, leaf])])
    }
    expectError(.duplicate, mentioning: "/: two bricks") { try BrickNode.validate([leaf, leaf]) }
    expectError(.invalidName, mentioning: "/tree: the name \"a.b\"") {
      try BrickNode.validate([BrickNode(type: "Tree", name: "tree", children: [BrickNode(type: "Leaf", name: "a.b")])])
    }
  }
}
