import Bricks
import HDF5
import PopulationStatistics
import Testing

@testable import Checkpoints

@Suite("A snapshot of the digits network")
struct DigitsTests {
  @Test(
    "pools to the reference's statistics, with which it reaches the reference's logits and accuracy", arguments: 1...5)
  func pooled(_ number: Int) throws {
    let path = fixture("digits/snapshot-\(number).h5")
    let before = try bytes(path)
    let checkpoint = try Checkpoint(opening: path)
    var model = try checkpoint.model()
    #expect(model.statisticStates.values.allSatisfy { $0 == .neverEstimated })
    let reference = try HDF5.File(opening: fixture("digits/reference.h5"))
    let updates = try checkpoint.updates()
    #expect(updates.parametersDigests == [model.parametersDigest])
    #expect(updates.bricks.count == 3)
    for brick in updates.bricks {
      let estimate = try Estimation(.pooled, outputType: .float64).estimate(brick: brick, in: updates)
      let origin = StatisticOrigin(
        epsilon: estimate.epsilon, observationCounts: estimate.counts, estimator: "pooled",
        records: estimate.recordCount, parametersDigest: model.parametersDigest)
      for (name, expected, values) in [
        ("population_mean", "pooled_mean", estimate.mean),
        ("population_stdev", "pooled_stdev", estimate.standardDeviation),
      ] {
        let values = try #require(values)
        let wanted = try reference.openDataset("snapshot-\(number)\(brick)/\(expected)").read(as: Double.self)
        try #require(values.count == wanted.count)
        for (value, wanted) in zip(values, wanted) { #expect(abs(value - wanted) <= 1e-6 * abs(wanted)) }
        let tensor = try Tensor(values, shape: estimate.shape).converted(to: .float32)
        try model.setStatistic(TensorPath(.statistics, brick: brick, name: Name(name)), to: tensor, origin: origin)
      }
    }
    #expect(estimatedCounts(model).allSatisfy { $0 == [1437] })
    try compare(model, "pooled", number, reference)
    #expect(try bytes(path) == before)
    try withTemporaryFolder { folder in
      try model.save(to: "\(folder)/averaged.h5")
      let averaged = try Model(checkpoint: "\(folder)/averaged.h5")
      #expect(averaged.statisticStates.values.allSatisfy { $0 == .estimated })
      #expect(averaged == model)
    }
  }

  @Test("is measurably worse with the statistics that it was saved with", arguments: 1...5)
  func asSaved(_ number: Int) throws {
    let reference = try HDF5.File(opening: fixture("digits/reference.h5"))
    let model = try Model(checkpoint: fixture("digits/snapshot-\(number).h5"))
    let accuracy = try compare(model, "as_saved", number, reference)
    let pooled = try reference.openDataset("snapshot-\(number)/accuracy_pooled").read(as: Double.self)[0]
    #expect(accuracy < pooled - 0.1)
  }

  private func estimatedCounts(_ model: Model) -> [[Int64]] { model.origins.values.map(\.observationCounts) }

  /// Compares logits and accuracy on the test images with the reference's; returns the accuracy.
  @discardableResult
  private func compare(
    _ model: Model, _ variant: String, _ number: Int, _ reference: borrowing HDF5.File
  ) throws -> Double {
    let test = try HDF5.File(opening: fixture("digits/test.h5"))
    let images = try test.openDataset("images")
    let logits = try model(Tensor(images.read(as: Float.self), shape: Shape(images.dimensions))).doubles
    var wanted = [try reference.openDataset("snapshot-\(number)/logits_\(variant)").read(as: Double.self)]
    if number == 5, variant == "pooled" { wanted.append(try test.openDataset("logits").read(as: Double.self)) }
    for wanted in wanted {
      #expect(logits.count == wanted.count)
      expectClose(logits, wanted, absolute: 1e-4)
    }
    let labels = try test.openDataset("labels").read(as: Int64.self)
    let accuracy = accuracy(of: logits, labels)
    let name = "snapshot-\(number)/accuracy_\(variant)"
    #expect(try accuracy == reference.openDataset(name).read(as: Double.self)[0])
    return accuracy
  }
}
