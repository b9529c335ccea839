import Bricks
import PopulationStatistics
import Testing

@Suite("A recalibration of selected normalizations")
struct SelectedRecalibrationTests {
  private static func model() throws -> Model {
    let model = try Model(
      Sequential([
        BatchNormalization([1], epsilon: 0.25, name: "first"), BatchNormalization([1], epsilon: 0.25, name: "second"),
      ]), input: .features(1), scalar: .float64, seed: 1)
    return try model.estimated(
      mean: [-1], deviation: [2], counts: [9], digest: model.parametersDigest, brick: "/sequence/first")
  }

  /// The stored statistics of the first normalization, μ = −1 and σ = 2, turn the data 1, 3, 5, 7 into 1, 2, 3, 4. Their mean is 2.5,
  /// and their biased variance 1.25.
  @Test("normalizes by the stored statistics of the others, which stay as they are")
  func others() throws {
    let model = try SelectedRecalibrationTests.model()
    var recalibration = try Recalibration(model) { $0 == "/sequence/second" }
    for batch in [[1.0, 7], [3, 5]] { try recalibration.observe(["features": Tensor(batch, shape: [2, 1])]) }
    let (result, changes) = try recalibration.recalibrated()
    #expect(changes.map(\.brick) == ["/sequence/second"])
    #expect(try result.mean("/sequence/second") == [2.5])
    #expect(try abs(result.deviation("/sequence/second")[0] - 1.5.squareRoot()) < 1e-15)
    #expect(try result.mean("/sequence/first") == [-1])
    #expect(try result.deviation("/sequence/first") == [2])
    #expect(try result.origin("/sequence/first") == model.origin("/sequence/first"))
    #expect(try recalibration.drift().map(\.brick) == ["/sequence/second"])
  }

  @Test("does not need observations of the others")
  func training() throws {
    let graph = try SelectedRecalibrationTests.model().graph.trainingGraph { $0 == "/sequence/second" }
    #expect(graph.allCalls.filter(\.isTraining).map(\.brick) == ["/sequence/second"])
    #expect(try Set(graph.updatePairs().map(\.brick)) == ["/sequence/second"])
  }
}
