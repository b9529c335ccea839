import Bricks
import Checkpoints
import Foundation
import HDF5
import PopulationStatistics
import Testing

/// A model, and batches that it is fed with.
struct StreamedCase: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let contents: @Sendable () throws -> (model: Model, batches: [[Name: Tensor]])

  static let all: [StreamedCase] = [
    StreamedCase(testDescription: "one normalization") {
      (try OneNormalization.model(), try features(seed: 1, sizes: [5, 2, 9, 4]))
    },
    StreamedCase(testDescription: "the mean only") {
      (try OneNormalization.model(meanOnly: true), try features(seed: 2, sizes: [5, 2, 9, 4]))
    },
    StreamedCase(testDescription: "statistics that were estimated before") {
      let model = try OneNormalization.model()
      return (
        try model.estimated(mean: [3, -1], deviation: [2, 0.75], counts: [50], digest: model.parametersDigest),
        try features(seed: 3, sizes: [3, 3, 8])
      )
    },
    StreamedCase(testDescription: "statistics per step, of which one is never observed") {
      let batches = try zip(features(seed: 4, sizes: [3, 4, 6]), features(seed: 5, sizes: [3, 4, 6])).map {
        (first, second) -> [Name: Tensor] in
        ["x0": try #require(first["features"]), "x1": try #require(second["features"])]
      }
      return (try Steps.model(at: [2, 0]), batches)
    },
    StreamedCase(testDescription: "a loop with statistics per step") {
      let loop = try LoopCase.read()
      return (try loop.model(), try loop.batches.enumerated().map { try loop.inputs($1, steps: 4 - $0 % 3) })
    },
    StreamedCase(testDescription: "a loop with one set of statistics") {
      let loop = try LoopCase.read()
      return (try loop.model(timeSteps: nil), try loop.batches.map { try loop.inputs($0) })
    },
    StreamedCase(testDescription: "ragged sequences with masks") {
      let masked = try MaskedCase.read()
      return (try masked.model(.perStep), try masked.batches.map { try masked.inputs($0) })
    },
    StreamedCase(testDescription: "whole ragged sequences") {
      let masked = try MaskedCase.read()
      return (try masked.model(.sequenceWise), try masked.batches.map { try masked.inputs($0) })
    },
  ]

  private static func features(seed: UInt64, sizes: [Int]) throws -> [[Name: Tensor]] {
    var generator = SeededGenerator(seed: seed)
    return try sizes.map { size in
      ["features": try matrix((0..<size).map { _ in (0..<2).map { _ in .random(in: -3..<5, using: &generator) } })]
    }
  }
}

@Suite("Recalibration")
struct RecalibrationTests {
  static let estimators: [Estimator] = [
    .pooled, .meanOfDeviations, .meanOfVariances, .movingAverage(smoothingFactor: 0.3),
    .movingVariance(smoothingFactor: 0.3),
    .movingVariance(smoothingFactor: 0.3, besselCorrection: true),
  ]

  // The moving variance starts at 1, the initial variance of a model.
  @Test(
    "is refused if the numbers of a channel are all equal and ε is 0",
    arguments: estimators.filter { $0.smoothingFactor == nil })
  func zeroDeviation(_ estimator: Estimator) throws {
    let model = try Model(BatchNormalization([2], epsilon: 0), input: .features(2), scalar: .float64, seed: 1)
    var recalibration = try Recalibration(model, estimator)
    let batches: [[[Double]]] = [[[7, 1], [7, 2]], [[7, 4], [7, 3]]]
    for batch in batches { try recalibration.observe(["features": matrix(batch)]) }
    let problem = "/batchnormalization: the standard deviation of channel 0"
    expectStatisticsError(.zeroDeviation, mentioning: problem, "ε is 0") {
      try recalibration.recalibrated()
    }
    guard estimator == .pooled else { return }
    let drift = try recalibration.drift()[0]
    #expect(drift.mean.isInfinite && drift.mean.channel == 0)
    #expect(drift.standardDeviation.map { $0.isInfinite && $0.value < 0 } ?? false)
  }

  @Test(
    "gives the same in one pass as averaging all records, to 1e-12", arguments: StreamedCase.all,
    estimators)
  func keptRecords(_ streamed: StreamedCase, _ estimator: Estimator) throws {
    let (model, batches) = try streamed.contents()
    var recalibration = try Recalibration(model, estimator)
    var pass = try PopulationPass(model)
    for batch in batches {
      try recalibration.observe(batch)
      try pass.observe(batch)
    }
    #expect(recalibration.batchCount == batches.count)
    #expect(recalibration.ignoredStepCount == pass.ignoredStepCount)
    #expect(recalibration.ignoredObservationCount == pass.ignoredObservationCount)
    let (recalibrated, changes) = try recalibration.recalibrated()
    let (expected, expectedChanges, _) = try StatisticAveraging(estimator).apply(pass.updates(), to: model)
    for (path, tensor) in expected.tensors {
      try expectEqualUpToRounding(recalibrated.tensor(path).doubles, tensor.doubles)
    }
    #expect(recalibrated.origins == expected.origins)
    #expect(changes.count == expectedChanges.count)
    for (change, wanted) in zip(changes, expectedChanges) {
      #expect(
        (change.brick, change.countBefore, change.countAfter) == (wanted.brick, wanted.countBefore, wanted.countAfter))
      #expect((change.recordCount, change.filledSteps) == (wanted.recordCount, wanted.filledSteps))
      expectEqualUpToRounding(
        [change.meanShift, change.deviationRatio ?? 0], [wanted.meanShift, wanted.deviationRatio ?? 0])
    }
    #expect(
      model.tensors.keys.allSatisfy { $0.collection != .parameters || model.tensors[$0] == recalibrated.tensors[$0] })
    // Only pooled statistics have standard errors, and a step that one batch observed has none.
    if estimator != .pooled { #expect(recalibration.standardErrors == nil) }
  }

  @Test(
    "gives NumPy's pooled statistics of PyTorch's forward passes over the digits to 1e-6, also in single precision",
    arguments: [1, 3, 5], [ScalarType.float32, .float64])
  func digitsReference(_ number: Int, _ type: ScalarType) throws {
    let stored = try Model(checkpoint: digits("snapshot-\(number).h5"))
    let brick = BatchNormalizedMLP(activations: [Tanh(), Tanh(), nil], dimensions: [64, 128, 128, 10])
    var model = try Model(brick, input: .features(64), output: "logits", scalar: type, seed: 1)
    for (path, tensor) in stored.tensors where path.collection == .parameters {
      try model.set(path, to: tensor.converted(to: type))
    }
    let images = try HDF5.File(opening: digits("train.h5")).openDataset("images")
    let count = images.dimensions[0]
    var recalibration = try Recalibration(model)
    for start in stride(from: 0, to: count, by: 128) {
      let rows = min(128, count - start)
      let values = try images.read(as: Double.self, from: Hyperslab(start: [start, 0], count: [rows, 64]))
      try recalibration.observe(["features": Tensor(values, shape: [rows, 64]).converted(to: type)])
    }
    let recalibrated = try recalibration.recalibrated().model
    #expect(recalibrated.statisticStates.values.allSatisfy { $0 == .estimated })
    let reference = try HDF5.File(opening: digits("reference.h5"))
    for brick in recalibrated.normalizationStatistics {
      let folder = "snapshot-\(number)\(brick.path)"
      let means = try reference.openDataset("\(folder)/pooled_mean").read(as: Double.self)
      let deviations = try reference.openDataset("\(folder)/pooled_stdev").read(as: Double.self)
      let (mean, deviation) = (try recalibrated.mean(brick.path), try recalibrated.deviation(brick.path))
      try #require(mean.count == means.count && deviation.count == deviations.count)
      for index in means.indices {
        #expect(abs(mean[index] - means[index]) <= 1e-6 * max(abs(means[index]), deviations[index]))
        #expect(abs(deviation[index] - deviations[index]) <= 1e-6 * deviations[index])
      }
    }
    #expect(try #require(recalibration.standardErrors).map(\.brick) == recalibrated.normalizationStatistics.map(\.path))
  }

  @Test("without any observation is an error that names the normalization")
  func nothing() throws {
    let recalibration = try Recalibration(OneNormalization.model())
    #expect(recalibration.standardErrors == nil)
    expectStatisticsError(.neverObserved, mentioning: OneNormalization.brick.text) { try recalibration.recalibrated() }
  }

  @Test("stays unchanged after a batch that cannot be observed")
  func failure() throws {
    var recalibration = try Recalibration(OneNormalization.model())
    try recalibration.observe(["features": matrix([[0, 1], [2, 1]])])
    #expect(throws: GraphError.self) { try recalibration.observe(["features": matrix([[0, 1]])]) }
    #expect(throws: (any Error).self) { try recalibration.observe(["features": matrix([[.infinity, 1], [2, 1]])]) }
    #expect(recalibration.batchCount == 1)
    #expect(try recalibration.recalibrated().model.mean() == [1, 1])
  }

  @Test("needs a smoothing factor above 0 and at most 1")
  func smoothingFactor() throws {
    let model = try OneNormalization.model()
    expectStatisticsError(.invalidOption) { try Recalibration(model, .movingAverage(smoothingFactor: 1.5)) }
  }
}
