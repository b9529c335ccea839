import Bricks
import JSON
import Testing

@Suite("Another ε for the same function")
struct RefittingTests {
  private func model(_ normalization: BatchNormalization = BatchNormalization(epsilon: 0.25)) throws -> Model {
    let brick = Sequential([Linear(2, 2), normalization], name: "net")
    var model = try Model(
      brick, input: .features(2), scalar: .float64, withTimeStep: normalization.timeSteps != nil, seed: 1)
    try model.randomize()
    return model
  }

  @Test("keeps the stored deviation if the variance absorbs the difference") func variance() throws {
    // var = 2.25 − 0.25 = 2 becomes 1.5 with ε = 0.75: sqrt(1.5 + 0.75) is 1.5 again.
    var model = try model()
    try model.set("/net/batchnormalization.population_stdev", to: [1.5, 2])
    let (refitted, changes) = try model.refitted(epsilon: 0.75)
    #expect(changes.map(\.brick) == ["/net/batchnormalization"])
    #expect(changes.map(\.oldEpsilon) == [0.25] && changes.map(\.rescaledElements) == [0])
    #expect(refitted.tensors == model.tensors)
    #expect(refitted.graph.allCalls.compactMap(\.normalization?.epsilon) == [0.75])
    #expect(refitted.origins.values.allSatisfy { $0.epsilon == 0.75 })
    #expect("\(refitted.bricks)".contains("\"epsilon\": JSON.JSONValue.real(0.75)"))
  }

  @Test("changes the scale if a variance is too small to absorb the difference, γ' = γ sqrt((var + ε₂)/(var + ε₁))")
  func scale()
    throws
  {
    var model = try model()
    // var = 1 − 0.25 = 0.75 and 9 − 0.25: with ε₂ = 4 the first would be 0.75 + 0.25 − 4 < 0.
    try model.set("/net/batchnormalization.population_stdev", to: [1, 3])
    try model.set("/net/batchnormalization.batch_norm_scale", to: [2, 2])
    let (refitted, changes) = try model.refitted(epsilon: 4)
    #expect(changes.map(\.rescaledElements) == [1])
    let deviations = try refitted.tensor(refitted.path("/net/batchnormalization.population_stdev")).doubles
    let scales = try refitted.tensor(refitted.path("/net/batchnormalization.batch_norm_scale")).doubles
    let root = (4.75 as Double).squareRoot()
    #expect(deviations == [root, 3] && scales == [2 * root, 2])
    let batch = try uniformInput([3, 2])
    for (expected, actual) in zip(try model(batch).doubles, try refitted(batch).doubles) {
      #expect(abs(expected - actual) <= 1e-13 * (1 + abs(expected)))
    }
  }

  @Test("leaves the states of statistics unchanged") func states() throws {
    var model = try model()
    try model.randomize()
    #expect(try model.refitted(epsilon: 3).model.statisticStates.values.allSatisfy { $0 == .estimated })
    #expect(try model.refitted(epsilon: 0).model.statisticStates.values.allSatisfy { $0 == .estimated })
  }

  @Test("is refused by name if no scale can absorb the difference, or if one scale serves all time steps")
  func refusals() throws {
    expectError(.malformed, mentioning: "/net/batchnormalization", "no scale") {
      _ = try model(BatchNormalization(learnsScale: false)).refitted(epsilon: 100)
    }
    expectError(.malformed, mentioning: "/net/batchnormalization", "3 time steps") {
      _ = try model(BatchNormalization(timeSteps: 3)).refitted(epsilon: 100)
    }
    // γ' = 1e300 · sqrt(1 / 1e-40) = 1e320.
    var large = try model(BatchNormalization(epsilon: 0))
    try large.set("/net/batchnormalization.population_stdev", to: [1e-20, 1])
    try large.set("/net/batchnormalization.batch_norm_scale", to: [1e300, 1])
    expectError(.evaluation, mentioning: "/net/batchnormalization", "element 0", "float64") {
      _ = try large.refitted(epsilon: 1)
    }
    for epsilon in [-1, .nan, .infinity] {
      expectError(.malformed, mentioning: "epsilon") { _ = try model().refitted(epsilon: epsilon) }
    }
  }

  @Test("does not change a normalization that only subtracts the mean") func meanOnly() throws {
    let model = try model(BatchNormalization(meanOnly: true))
    #expect(try model.refitted(epsilon: 100).model.tensors == model.tensors)
  }
}
