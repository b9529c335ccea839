import ComputationGraphs
import Tensors
import Testing

/// The first steps with a model: setting and reading tensors by text, listing statistics, evaluating in both modes.
@Suite("A model by its paths") struct ModelTextTests {
  private let mean: Name = "/net/norm.population_mean"
  private let deviation: Name = "/net/norm.population_stdev"

  private func model() throws -> Model {
    let network = try SampleNetwork()
    let origin = StatisticOrigin.neverEstimated(epsilon: 0.25, steps: nil)
    return try Model(
      bricks: [], graph: network.graph, tensors: network.tensors,
      descriptions: [
        network.weights: TensorDescription(axes: ["input", "output"]),
        network.mean: TensorDescription(axes: ["channel"]), network.deviation: TensorDescription(axes: ["channel"]),
      ],
      origins: [network.mean: origin, network.deviation: origin])
  }

  @Test("gets a tensor by a path in text") func setting() throws {
    var model = try model()
    try model.set("/net.W", to: Tensor([0.0, 1, 0, 1, 0, 0], shape: [2, 3]))
    #expect(try model.tensor("/net.W").doubles == [0, 1, 0, 1, 0, 0])
    // ([3, 4] W − [1, 2, 3]) / [1, 2, 4] = ([4, 3, 0] − …) / …
    #expect(try model(Tensor([3.0, 4], shape: [1, 2])).doubles == [3, 0.5, -0.75])
    expectError(.missingValue, mentioning: "no tensor /net.V") { _ = try model.tensor("/net.V") }
    expectError(.malformed, mentioning: "setStatistic") { try model.set(mean, to: Tensor([1.0, 1, 1], shape: [3])) }
  }

  @Test("gets a statistic from plain numbers and a count, which then belongs to its parameters") func statistic() throws
  {
    var model = try model()
    try model.setStatistic(mean, to: [4, 5, 6], observations: 128)
    let origin = try #require(model.origins[model.path(mean)])
    #expect(origin.observationCounts == [128] && origin.estimator == .given && origin.epsilon == 0.25)
    #expect(model.statistics.map(\.state) == [.estimated, .neverEstimated])
    // ([3, 4, 10] − [4, 5, 6]) / [1, 2, 4]
    #expect(try model(Tensor([3.0, 4], shape: [1, 2])).doubles == [-1, -0.5, 1])
    try model.set("/net.W", to: Tensor(repeating: 0, shape: [2, 3], type: .float64))
    #expect(model.statistics.map(\.state) == [.stale, .neverEstimated])
    try model.setStatistic(mean, to: [0, 0, 0], observations: 0)
    #expect(model.statistics.map(\.state) == [.neverEstimated, .neverEstimated])
    #expect(model.statistics[0].origin.parametersDigest == nil)
  }

  @Test("refuses a statistic of another size, with a value that is not finite, or with a negative count")
  func refusals()
    throws
  {
    var model = try model()
    expectError(.shapeMismatch, mentioning: "population_mean") {
      try model.setStatistic(mean, to: [1], observations: 8)
    }
    expectError(.malformed, mentioning: "not finite") {
      try model.setStatistic(mean, to: [1, .nan, 2], observations: 8)
    }
    expectError(.malformed, mentioning: "count -1") { try model.setStatistic(mean, to: [1, 2, 3], observations: -1) }
    expectError(.malformed, mentioning: "not a statistic") {
      try model.setStatistic("/net.W", to: [1], observations: 1)
    }
    #expect(try model == self.model())
  }

  @Test("lists its statistics in the graph's order, the mean before the standard deviation") func order() throws {
    let statistics = try model().statistics
    #expect(statistics.map(\.path.spelling) == [mean, deviation])
    #expect(statistics.map(\.value.doubles) == [[1, 2, 3], [1, 2, 4]])
  }

  @Test("evaluates in training mode with the statistics of the batch, and does not change") func training() throws {
    let model = try model()
    let batch = try Tensor([1.0, 2, 3, 4, 5, 0], shape: [3, 2])
    // x W = [1 2 4; 3 4 10; 5 0 10] has the means 3, 2, 8 and the biased variances 8/3, 8/3, 8.
    let (first, last) = ((8.0 / 3 + 0.25).squareRoot(), (8 + 0.25).squareRoot())
    let expected = [
      -2 / first, 0, -4 / last, 0, 2 / first, 2 / last, 2 / first, -2 / first, 2 / last,
    ]
    let outputs = try #require(model.trainingOutputs(for: ["x": batch])["y"])
    expectClose(outputs.doubles, expected, absolute: 1e-14, "\(outputs)")
    #expect(try model == self.model())
    #expect(try model(batch).doubles == [0, 0, 0.25, 2, 1, 1.75, 4, -1, 1.75])
    expectError(.tooFewObservations, mentioning: "larger batch") {
      try model.trainingOutputs(for: ["x": Tensor([1.0, 2], shape: [1, 2])])
    }
  }

  @Test("is converted to another scalar type with its inputs and outputs, and its statistics keep their states")
  func conversion() throws {
    var model = try model()
    try model.setStatistic(mean, to: [1, 2, 0.1], observations: 8)
    let single = try model.converted(to: .float32)
    #expect(try single.tensor(mean) == Tensor([1, 2, 0.1] as [Float], shape: [3]))
    #expect(single.statistics.map(\.state) == [.estimated, .neverEstimated])
    let outputs = try single(Tensor([3, 4] as [Float], shape: [1, 2]))
    #expect(outputs == (try Tensor([2, 1, (10 - 0.1) / 4] as [Float], shape: [1, 3])))
    expectError(.malformed, mentioning: "float32 or float64, not int64") { try model.converted(to: .int64) }
  }

  @Test("evaluates with its present tensors after any earlier evaluation, and so does each copy") func preparation()
    throws
  {
    let x = try Tensor([3.0, 4], shape: [1, 2])
    var model = try model()
    #expect(try model(x).doubles == [2, 1, 1.75])
    let copy = model
    try model.set("/net.W", to: Tensor(repeating: 0, shape: [2, 3], type: .float64))
    #expect(try model(x).doubles == [-1, -1, -0.75])
    try model.setStatistic(mean, to: [0, 0, 0], observations: 4)
    #expect(try model(x).doubles == [0, 0, 0])
    #expect(
      try model.trainingOutputs(for: ["x": Tensor([3.0, 4, 1, 1], shape: [2, 2])])["y"]?.doubles == [0, 0, 0, 0, 0, 0])
    #expect(try copy(x).doubles == [2, 1, 1.75])
    let original = try self.model()
    #expect(copy == original && copy.hashValue == original.hashValue && copy != model)
  }

  @Test("evaluates on several threads at once") func threads() async throws {
    let model = try model()
    let results = try await withThrowingTaskGroup(of: [Double].self) { group in
      for number in 0..<16 {
        group.addTask { try model(Tensor([Double(number), 4], shape: [1, 2])).doubles }
      }
      return try await group.reduce(into: Set<[Double]>()) { $0.insert($1) }
    }
    // ([n, 4, 2n + 4] − [1, 2, 3]) / [1, 2, 4]
    let expected = (0..<16).map { number -> [Double] in
      let x = Double(number)
      return [x - 1, 1, (2 * x + 1) / 4]
    }
    #expect(results == Set(expected))
  }
}
