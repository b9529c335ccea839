import Bricks
import PopulationStatistics
import Testing

@Suite("The update pairs of one minibatch") struct UpdatePairValuesTests {
  @Test("have names, counts and shapes, and the numbers of the batch") func plain() throws {
    let model = try OneNormalization.model()
    let batch = try matrix([[1, 2], [3, 6], [5, 1]])
    let pairs = try model.updatePairs(for: ["features": batch], batch: "first")
    let pair = try #require(pairs.first)
    #expect(pairs.count == 1)
    #expect(pair.brick == "/batchnormalization" && pair.application == "apply" && pair.batch == "first")
    #expect(pair.exampleShape == [2] && pair.counts == [3] && pair.epsilon == 0.25)
    // The means 3 and 3, the biased variances 8/3 and 14/3.
    #expect(pair.mean == [3, 3])
    let deviations = try #require(pair.standardDeviation)
    expectClose(deviations, [root(8 / 3 + 0.25), root(14 / 3 + 0.25)], absolute: 1e-15)
    #expect(pair.identity.parametersDigest == model.parametersDigest)
    #expect(try model.updatePairs(for: ["features": batch])[0].batch != "first")
  }

  @Test("are those of a pass over the same minibatch") func pass() throws {
    let model = try OneNormalization.model(type: .float32)
    let batch = try matrix([[1, 2], [3, 6], [5, 1]], type: .float32)
    var pass = try PopulationPass(model)
    try pass.observe(["features": batch], batch: "x")
    #expect(try model.updatePairs(for: ["features": batch], batch: "x") == pass.records)
  }
}
