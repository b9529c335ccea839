import Bricks
import HDF5
import PopulationStatistics
import Testing

@testable import Checkpoints

@Suite("A network that reads a digit one step at a time")
struct DigitsOverTimeTests {
  /// One of the two networks, with the results of PyTorch and NumPy.
  enum Network: String, CaseIterable {
    case rows, pixels

    var stepCount: Int { self == .rows ? 8 : 64 }
    /// The shape of one image as the network reads it.
    var imageShape: [Int] { self == .rows ? [8, 8] : [64] }
    /// The tolerance of a logit in single precision. Rounding errors pass from step to step.
    var tolerance: Double { self == .rows ? 1e-5 : 1e-3 }
    var path: String { fixture("digits-over-time/\(self).h5") }

    func reference(_ name: String) throws -> [Double] {
      try HDF5.File(opening: fixture("digits-over-time/reference.h5")).openDataset("\(self)/\(name)").read(
        as: Double.self)
    }

    /// A range of the images in a file of the digits.
    func images(_ file: String, _ range: Range<Int>) throws -> Tensor {
      let images = try HDF5.File(opening: fixture("digits/\(file)")).openDataset("images")
      let values = try images.read(
        as: Float.self, from: Hyperslab(start: [range.lowerBound, 0], count: [range.count, 64]))
      return try Tensor(values, shape: Shape([range.count] + imageShape))
    }

    /// The model with its recorded statistics pooled per time step.
    func averaged() throws -> (model: Model, changes: [StatisticChange]) {
      let checkpoint = try Checkpoint(opening: path)
      let averaged = try StatisticAveraging().apply(checkpoint.updates(), to: checkpoint.model())
      return (averaged.model, averaged.changes)
    }
  }

  @Test(
    "pools per time step to NumPy's statistics, and predicts what PyTorch predicts with them",
    arguments: Network.allCases)
  func pooled(_ network: Network) throws {
    let before = try bytes(network.path)
    let model = try Model(checkpoint: network.path)
    #expect(model.statisticStates.count == 6)
    #expect(model.statisticStates.values.allSatisfy { $0 == .neverEstimated })
    let (averaged, changes) = try network.averaged()
    #expect(changes.map(\.recordCount) == [12, 12, 12])
    #expect(changes.allSatisfy { $0.ignoredSteps == 0 && $0.filledSteps.isEmpty })
    #expect(
      averaged.origins.values.allSatisfy { $0.observationCounts == [Int64](repeating: 1437, count: network.stepCount) })
    try expectStatistics(of: averaged, toBe: "pooled", network)
    let accuracy = try compare(averaged, "pooled", network)
    #expect(try network.reference("accuracy_pytorch_recomputed")[0] - accuracy < 0.01)
    #expect(try network.reference("accuracy_as_saved")[0] < accuracy - 0.3)
    try withTemporaryFolder { folder in
      try averaged.save(to: "\(folder)/averaged.h5")
      #expect(try Model(checkpoint: "\(folder)/averaged.h5") == averaged)
    }
    #expect(try bytes(network.path) == before)
  }

  @Test(
    "predicts what PyTorch predicts with the statistics that it was saved with, which is worse",
    arguments: Network.allCases)
  func asSaved(_ network: Network) throws {
    try compare(Model(checkpoint: network.path), "as_saved", network)
  }

  @Test("is worse with statistics that are averaged over time, even exactly", arguments: Network.allCases)
  func averagedOverTime(_ network: Network) throws {
    let checkpoint = try Checkpoint(opening: network.path)
    let model = try checkpoint.model(withOneStatisticForAllSteps: checkpoint.updates())
    try expectStatistics(of: model, toBe: "averaged_over_time", network)
    let accuracy = try compare(model, "averaged_over_time", network)
    #expect(try accuracy < network.reference("accuracy_pooled")[0] - 0.05)
  }

  @Test(
    "reads sequences longer than its statistics, and uses the last ones for later steps",
    arguments: Network.allCases)
  func longer(_ network: Network) throws {
    let longer = try HDF5.File(opening: fixture("digits-over-time/longer.h5")).openDataset("\(network)")
    let shape = longer.dimensions
    #expect(shape[1] == network.stepCount + 3)
    let count = 40
    let start = [Int](repeating: 0, count: shape.count)
    let values = try longer.read(as: Float.self, from: Hyperslab(start: start, count: [count] + shape.dropFirst()))
    let logits = try network.averaged().model(Tensor(values, shape: Shape([count] + shape.dropFirst())))
    let wanted = try network.reference("logits_pooled_longer").prefix(count * 10)
    expectClose(logits.doubles, wanted, absolute: network.tolerance)
    #expect(try wanted.elementsEqual(network.reference("logits_pooled").prefix(count * 10)) == false)
  }

  @Test(
    "computes the recorded pairs again in a pass over the training set: for rows in all batches, for pixels in the last",
    arguments: [(Network.rows, 0..<12), (.pixels, 11..<12)])
  func pass(_ network: Network, _ batches: Range<Int>) throws {
    let checkpoint = try Checkpoint(opening: network.path)
    let model = try checkpoint.model()
    var pass = try PopulationPass(model)
    for start in batches.map({ 128 * $0 }) {
      let range = start..<min(start + 128, 1437)
      try pass.observe(
        network.images("train.h5", range), batch: "train.h5:images[\(range.lowerBound):\(range.upperBound)]")
    }
    #expect(pass.ignoredStepCount == 0)
    let observed = try pass.updates().records
    let recorded = try checkpoint.updates().records.filter { batches.contains($0.sequence) }
    try #require(observed.map(\.identity) == recorded.map(\.identity))
    for (new, old) in zip(observed, recorded) {
      #expect((new.epsilon, new.scalarType) == (old.epsilon, .float64))
      #expect(new.counts == old.counts)
      for (values, wanted) in [(new.mean, old.mean), (new.standardDeviation, old.standardDeviation)] {
        let (values, wanted) = (try #require(values), try #require(wanted))
        try #require(values.count == wanted.count)
        expectClose(values, wanted, absolute: 1e-5, relative: 1e-5)
      }
    }
  }

  @Test("equals exactly the network that our bricks build from the same parameters", arguments: Network.allCases)
  func bricks(_ network: Network) throws {
    let stored = try Checkpoint(opening: network.path)
    let model = try stored.model()
    let built = try SequenceClassifier.model(like: model)
    #expect(built.tensors == model.tensors)
    #expect(built.origins == model.origins)
    #expect(built.descriptions == model.descriptions)
    // The recorded pairs are those of these parameters, or averaging would refuse them.
    let averaged = try StatisticAveraging().apply(stored.updates(), to: built).model
    let images = try network.images("test.h5", 0..<20)
    #expect(try averaged(images) == network.averaged().model(images))
  }

  @Test(
    "differs from PyTorch only by rounding", arguments: Network.allCases)
  func doublePrecision(_ network: Network) throws {
    let averaged = try network.averaged().model
    var model = try SequenceClassifier.model(like: averaged, scalar: .float64)
    // NumPy's statistics. Ours may be rounded to the neighbouring number.
    for (path, origin) in averaged.origins {
      let name = path.name == "population_mean" ? "pooled_mean" : "pooled_stdev"
      let values = try network.reference("\(path.brick.text.dropFirst())/\(name)")
      try model.setStatistic(path, to: Tensor(values, shape: averaged.tensor(path).shape), origin: origin)
    }
    let count = 40
    let logits = try model(network.images("test.h5", 0..<count).converted(to: .float64)).doubles
    let wanted = try network.reference("logits_pooled").prefix(count * 10)
    expectClose(logits, wanted, absolute: 1e-6, relative: 1e-6)
  }

  private func expectStatistics(of model: Model, toBe method: String, _ network: Network) throws {
    for brick in model.normalizationStatistics {
      let values = try model.populationValues(of: brick)
      let (mean, deviation) = (try #require(values.mean), try #require(values.standardDeviation))
      let wantedMean = try network.reference("\(brick.path.text.dropFirst())/\(method)_mean")
      let wantedDeviation = try network.reference("\(brick.path.text.dropFirst())/\(method)_stdev")
      try #require(mean.count == wantedMean.count && deviation.count == wantedDeviation.count)
      for index in mean.indices {
        // The recorded means are rounded to single precision.
        #expect(abs(mean[index] - wantedMean[index]) <= 1e-6 * max(abs(wantedMean[index]), wantedDeviation[index]))
        #expect(abs(deviation[index] - wantedDeviation[index]) <= 1e-5 * wantedDeviation[index])
      }
    }
  }

  /// Compares logits and accuracy on the test images with PyTorch's; returns the accuracy.
  @discardableResult
  private func compare(_ model: Model, _ variant: String, _ network: Network) throws -> Double {
    let logits = try model(network.images("test.h5", 0..<360)).doubles
    let wanted = try network.reference("logits_\(variant)")
    try #require(logits.count == wanted.count)
    expectClose(logits, wanted, absolute: network.tolerance)
    let labels = try HDF5.File(opening: fixture("digits/test.h5")).openDataset("labels").read(as: Int64.self)
    let accuracy = accuracy(of: logits, labels)
    #expect(try accuracy == network.reference("accuracy_\(variant)")[0])
    return accuracy
  }
}

extension Checkpoint {
  /// The model with statistics that are the same at every step, estimated from the observations of all steps together.
  fileprivate func model(withOneStatisticForAllSteps updates: UpdateSet) throws -> Model {
    var model = try model()
    for brick in model.normalizationStatistics {
      let stepCount = try #require(brick.stepCount)
      let records = try updates.records(of: brick.path).flatMap { record in
        try (0..<stepCount).map { try record.step($0) }
      }
      let estimate = try Estimation(.pooled).estimate(brick: brick.path, in: UpdateSet(records))
      let counts = [Int64](repeating: estimate.counts[0], count: stepCount)
      for (path, values) in [(brick.mean, estimate.mean), (brick.standardDeviation, estimate.standardDeviation)] {
        let path = try #require(path)
        let row = try Tensor(#require(values), shape: estimate.shape).converted(to: .float32)
        let origin = StatisticOrigin(
          epsilon: estimate.epsilon, observationCounts: counts, estimator: "pooled",
          records: estimate.recordCount, parametersDigest: model.parametersDigest)
        try model.setStatistic(path, to: row.broadcast(to: model.tensor(path).shape), origin: origin)
      }
    }
    return model
  }
}

extension UpdateRecord {
  /// The statistics of one step, as a record without time steps.
  fileprivate func step(_ step: Int) throws -> UpdateRecord {
    let size = values.exampleShape.elementCount
    let range = step * size..<(step + 1) * size
    return try UpdateRecord(
      identity: Identity(
        brick: identity.brick, application: identity.application, batch: "\(identity.batch), step \(step)",
        parametersDigest: identity.parametersDigest),
      sequence: sequence, epsilon: epsilon, scalarType: scalarType,
      exampleShape: values.exampleShape, hasTimeSteps: false, mean: mean.map { Array($0[range]) },
      standardDeviation: standardDeviation.map { Array($0[range]) }, counts: [counts[step]])
  }
}
