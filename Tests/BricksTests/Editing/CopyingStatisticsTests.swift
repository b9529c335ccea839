import Bricks
import Testing

@Suite("Statistics of another model")
struct CopyingStatisticsTests {
  private func network(_ widths: [Int] = [4, 5, 3], epsilon: Double = 1e-4, scalar: ScalarType = .float64) throws
    -> Model
  {
    try Model(
      BatchNormalizedMLP(
        activations: widths.dropFirst().map { _ in Tanh() }, dimensions: widths,
        normalization: BatchNormalization(epsilon: epsilon)), input: .features(widths[0]), scalar: scalar, seed: 5)
  }

  @Test("are copied with their origin: estimated with the same parameters, stale with others")
  func origins() throws {
    var from = try network()
    try from.randomize()
    var twin = from
    try twin.resetStatistics()
    let (same, copied) = try twin.copyingStatistics(from: from)
    #expect(same == from)
    #expect(copied == from.origins.keys.sorted())
    let (other, _) = try network().copyingStatistics(from: from)
    #expect(other.statisticStates.values.allSatisfy { $0 == .stale })
    for path in copied {
      #expect(try other.tensor(path) == from.tensor(path))
      #expect(other.origins[path] == from.origins[path])
    }
    #expect(try other.tensor(other.path("/mlp/linear_0.W")) == network().tensor(other.path("/mlp/linear_0.W")))
  }

  @Test("can be copied in part")
  func selected() throws {
    var from = try network()
    try from.randomize()
    let selector = try Selector("/mlp/batch_norm_activation_1/**.*")
    let (model, copied) = try network().copyingStatistics(from: from, where: selector.matches)
    #expect(
      copied.map(\.brick) == [
        "/mlp/batch_norm_activation_1/batchnormalization", "/mlp/batch_norm_activation_1/batchnormalization",
      ])
    #expect(model.statisticStates.values.count { $0 == .stale } == 2)
    #expect(model.statisticStates.values.count { $0 == .neverEstimated } == 2)
  }

  @Test("are refused with a list of all that is missing or does not fit")
  func refused() throws {
    let model = try network()
    let norm = "/mlp/batch_norm_activation_1/batchnormalization"
    for (other, text) in [
      (try network([4, 5]), "\n  \(norm).population_mean is missing\n  \(norm).population_stdev is missing"),
      (try network([4, 5, 2]), "\(norm).population_mean is float64 2, not float64 3"),
      (try network(scalar: .float32), "is float32 5, not float64 5"),
      (try network(epsilon: 0.25), "has epsilon 0.25, not 0.0001"),
    ] {
      expectError(.shapeMismatch, mentioning: text) { _ = try model.copyingStatistics(from: other) }
    }
  }
}
