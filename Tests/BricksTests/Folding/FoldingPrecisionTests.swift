import Bricks
import Testing

@Suite("The precision of folded batch normalizations")
struct FoldingPrecisionTests {
  @Test(
    "is less with a great mean in front of a map, compared with double precision",
    arguments: [(10, false), (1000, false), (10_000, true), (1_000_000, true)] as [(Double, Bool)])
  func precision(_ ratio: Double, _ isLoss: Bool) throws {
    let brick = Sequential([BatchNormalization(learnsScale: false, learnsShift: false), Linear(4, 3, usesBias: false)])
    var model = try Model(brick, input: .features(4), scalar: .float32, seed: 5)
    try model.randomize()
    let deviations: [Double] = [0.5, 2, 1, 4]
    let means: [Double] = [deviations[0] * ratio / 10, 0, -ratio, deviations[3]]
    for (name, values) in [("population_mean", means), ("population_stdev", deviations)] {
      let path = try model.path("/sequence/batchnormalization.\(Name(name))")
      let origin = try #require(model.origins[path])
      try model.setStatistic(path, to: Tensor(values, shape: [4]).converted(to: .float32), origin: origin)
    }
    let folded = try model.foldingNormalizations()
    let offset = try #require(folded.folds.first?.offset)
    #expect(offset.channel == 2 && offset.ratio == ratio && offset.isLoss == isLoss)
    #expect(offset.error == ratio * 0x1p-24)
    // Examples that float32 holds exactly: μ + k σ / 8.
    var numbers: [Double] = []
    for index in 0..<400 {
      let level = Double(index * 7 % 33 - 16) / 8
      numbers.append(means[index % 4] + deviations[index % 4] * level)
    }
    let batch = try Tensor(numbers, shape: [100, 4]).converted(to: .float32)
    let weights = try model.tensor(model.path("/sequence/linear.W")).doubles
    let inputs = batch.doubles
    var exact: [Double] = []
    for example in 0..<100 {
      for output in 0..<3 {
        var sum = 0.0
        for channel in 0..<4 {
          let normalized = (inputs[example * 4 + channel] - means[channel]) / deviations[channel]
          sum += normalized * weights[channel * 3 + output]
        }
        exact.append(sum)
      }
    }
    func error(_ model: Model) throws -> Double {
      let outputs = try model(batch).doubles
      return zip(outputs, exact).map { (output, exact) -> Double in abs(output - exact) }.max() ?? 0
    }
    // The normalized values and the weights are at most 2 and 1.
    #expect(try error(model) < 2e-6)
    #expect(try error(folded.model) < 8 * offset.error + 2e-6)
    if isLoss { #expect(try error(folded.model) > offset.error / 20) }
  }

  @Test("is not less after a map, because its results are rounded already") func precisionAfter() throws {
    let model = try FoldingCase(
      name: "", brick: Sequential([Linear(4, 3), BatchNormalization()]), input: .features(4)
    ).model(.float32)
    #expect(try model.foldingNormalizations().folds.map(\.offset) == [nil])
  }
}
