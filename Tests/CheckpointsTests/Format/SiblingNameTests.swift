import Bricks
import Checkpoints
import Foundation
import PopulationStatistics
import Testing

/// Files compare names by bytes, so siblings that Unicode counts as equal are two bricks.
@Suite("A model with bricks whose names differ only in the encoding of a character") struct SiblingNameTests {
  @Test("is saved, verified and loaded, and differs from one with the names exchanged") func roundTrip() throws {
    func model(_ names: [String]) throws -> Model {
      try Model(Sequential(names.map { Linear(2, 2, name: $0) }), input: .features(2), seed: 3)
    }
    try withTemporaryFolder { folder in
      let (composed, decomposed) = ("caf\u{E9}", "cafe\u{301}")
      let original = try model([composed, decomposed])
      try original.save(to: "\(folder)/a.h5")
      try model([decomposed, composed]).save(to: "\(folder)/b.h5")
      let loaded = try Model(checkpoint: "\(folder)/a.h5")
      #expect(loaded == original)
      #expect(loaded.tensors.count == 4)
      #expect(try Verification(checkpoint: "\(folder)/a.h5").findings.isEmpty)
      let comparison = try CheckpointComparison(
        Checkpoint(opening: "\(folder)/a.h5"), Checkpoint(opening: "\(folder)/b.h5"))
      #expect(!comparison.isSame)
    }
  }

  private let composed = "caf\u{E9}"
  private let decomposed = "cafe\u{301}"

  /// Two normalizations with different statistics, in the order of their bricks.
  private func normalizations(_ values: [(name: String, mean: Double)]) throws -> Model {
    var model = try Model(
      Sequential(values.map { BatchNormalization([1], name: $0.name) }), input: .features(1), seed: 3)
    for (name, mean) in values {
      try model.setStatistic("/sequence/\(name).population_mean", to: [mean], observations: 4)
      try model.set(
        "/sequence/\(name).batch_norm_shift", to: Tensor([Float(mean) * 2], shape: [1]))
    }
    return model
  }

  @Test("reports each difference under the right one of the two names") func differences() throws {
    try withTemporaryFolder { folder in
      try normalizations([(composed, 1), (decomposed, 2)]).save(to: "\(folder)/a.h5")
      try normalizations([(composed, 1), (decomposed, 5)]).save(to: "\(folder)/b.h5")
      let a = try Checkpoint(opening: "\(folder)/a.h5")
      let comparison = try CheckpointComparison(a, Checkpoint(opening: "\(folder)/b.h5"))
      #expect(comparison.structure.isEmpty)
      #expect(comparison.tensors.map(\.path) == [Name("/sequence/\(decomposed).batch_norm_shift")])
      let itself = try CheckpointComparison(a, a)
      #expect(itself.isSame)
    }
  }

  @Test("is averaged name by name") func average() throws {
    try withTemporaryFolder { folder in
      try normalizations([(composed, 1), (decomposed, 2)]).save(to: "\(folder)/a.h5")
      try normalizations([(composed, 3), (decomposed, 6)]).save(to: "\(folder)/b.h5")
      _ = try ParameterAveraging().average(
        ["\(folder)/a.h5", "\(folder)/b.h5"], to: "\(folder)/mean.h5")
      let mean = try Model(checkpoint: "\(folder)/mean.h5")
      // Twice the means: (2 + 6) / 2 and (4 + 12) / 2.
      #expect(try mean.tensor("/sequence/\(composed).batch_norm_shift").doubles == [4])
      #expect(try mean.tensor("/sequence/\(decomposed).batch_norm_shift").doubles == [8])
    }
  }

  @Test("has update pairs that are merged and estimated name by name") func merge() throws {
    try withTemporaryFolder { folder in
      let model = try normalizations([(composed, 0), (decomposed, 0)])
      for (index, values) in ([[1, 3], [5, 7]] as [[Float]]).enumerated() {
        var pass = try PopulationPass(model)
        try pass.observe(Tensor(values, shape: [2, 1]), batch: "batch \(index)")
        try pass.updates().save(to: "\(folder)/\(index).h5")
      }
      let files = try (0..<2).map { try UpdateSource(opening: "\(folder)/\($0).h5") }
      try UpdateUnion(files).save(to: "\(folder)/merged.h5")
      let merged = try UpdateSet(checkpoint: "\(folder)/merged.h5")
      #expect(merged.bricks == [Name("/sequence/\(decomposed)"), Name("/sequence/\(composed)")])
      #expect(merged.records(of: Name("/sequence/\(composed)")).compactMap(\.mean) == [[2], [6]])
      let averaged = try StatisticAveraging().apply(merged, to: model).model
      // The first normalization sees 1, 3, 5, 7; the second sees two normalized batches of mean 0.
      #expect(try averaged.tensor("/sequence/\(composed).population_mean").doubles == [4])
      #expect(try averaged.tensor("/sequence/\(decomposed).population_mean").doubles == [0])
    }
  }
}
