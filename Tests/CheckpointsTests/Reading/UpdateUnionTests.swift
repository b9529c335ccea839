import Bricks
import Foundation
import PopulationStatistics
import Testing

@testable import Checkpoints

@Suite("The union of files, brick by brick")
struct UpdateUnionTests {
  /// Three files that overlap, with ragged sequences, other types, other places in the order, and other parameters.
  private func files(in folder: String) throws -> [String] {
    let sets: [[UpdateRecord]] = try [
      someRecords() + [record("/rnn", batch: "a", counts: [4, 3], steps: true)],
      [
        record("/rnn", batch: "b", sequence: 5, counts: [4, 3, 2], steps: true, scalar: .float64),
        record(batch: "a", sequence: 0), record(batch: "c", sequence: 3), record(batch: "c", sequence: 3, digest: nil),
      ],
      [record("/mlp/other", batch: "late", sequence: 9, shape: [2, 1, 3], meanOnly: true)],
    ]
    return try sets.enumerated().map { index, records in
      let path = "\(folder)/\(index).h5"
      try CheckpointPayload(model: nil, updates: UpdateSet(records)).save(to: path)
      return path
    }
  }

  @Test("equals the union of the sets, byte for byte in the file")
  func union() throws {
    try withTemporaryFolder { folder in
      let paths = try files(in: folder)
      let whole = try UpdateSet(unionOf: paths.map { try Checkpoint(opening: $0).updates() })
      for order in [paths, paths.reversed()] {
        let sources = try order.map { try UpdateSource(opening: $0) }
        // The pairs and the documents can be read without the library's file.
        if order.first != paths.first { for source in sources { try source.releaseLibrary() } }
        #expect(try sources.allSatisfy { try $0.checkpoint.provenance().isEmpty })
        let union = try UpdateUnion(sources)
        #expect(union.bricks == whole.bricks)
        #expect(union.parametersDigests == whole.parametersDigests)
        for brick in whole.bricks { #expect(try union.updates(of: brick) == whole.updates(of: brick), "\(brick)") }
        try CheckpointPayload(model: nil, updates: whole).save(to: "\(folder)/whole.h5")
        let summary = try union.save(to: "\(folder)/union.h5")
        #expect(try bytes("\(folder)/union.h5") == bytes("\(folder)/whole.h5"))
        #expect(summary.bricks.map(\.brick) == whole.bricks)
        #expect(summary.bricks.map(\.recordCount).reduce(0, +) == whole.records.count)
        #expect(summary.batchCount == union.minibatches.count)
      }
    }
  }

  @Test("filters bricks and statistics as sets do")
  func filters() throws {
    try withTemporaryFolder { folder in
      let sources = try files(in: folder).map { try UpdateSource(opening: $0) }
      let whole = try UpdateSet(unionOf: sources.map { try $0.checkpoint.updates() })
      let union = UpdateSelection(
        try UpdateUnion(sources, bricks: { $0 != "/rnn" }), keeping: [.standardDeviation])
      try union.save(to: "\(folder)/some.h5")
      let expected = whole.filter { $0.identity.brick != "/rnn" }.keeping([.standardDeviation])
      #expect(try Checkpoint(opening: "\(folder)/some.h5").updates() == expected)
      let none = try UpdateUnion(sources, bricks: { _ in false })
      let error = #expect(throws: StatisticsError.self) { try none.save(to: "\(folder)/none.h5") }
      #expect(error?.code == .neverObserved)
      #expect(!FileManager.default.fileExists(atPath: "\(folder)/none.h5"))
    }
  }

  @Test("names both files if they contradict each other")
  func conflicts() throws {
    try withTemporaryFolder { folder in
      let paths = try [record(batch: "a"), record(batch: "a", shape: [3])].enumerated().map { index, record in
        try CheckpointPayload(model: nil, updates: UpdateSet([record])).save(to: "\(folder)/\(index).h5")
        return "\(folder)/\(index).h5"
      }
      let sources = try paths.map { try UpdateSource(opening: $0) }
      let error = #expect(throws: StatisticsError.self) { try UpdateUnion(sources).save(to: "\(folder)/out.h5") }
      for path in paths { #expect(error?.message.contains(path) == true) }
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder).sorted() == ["0.h5", "1.h5"])
    }
  }

  @Test(
    "takes the statistics of a model without recorded pairs, and saves averaged ones without reading the parameters")
  func statistics() throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/model.h5"
      var model = try ModelCase.perceptron.model()
      let digest = model.parametersDigest
      for (index, statistic) in model.origins.keys.sorted().enumerated() {
        var origin = try #require(model.origins[statistic])
        origin.observationCounts = [64]
        (origin.estimator, origin.records, origin.parametersDigest) = ("pooled", 2, digest)
        let tensor = try model.tensor(statistic)
        try model.setStatistic(
          statistic, to: ramp(tensor.shape, type: tensor.type, from: 0.5 + Double(index)), origin: origin)
      }
      try model.save(to: path)
      let source = try UpdateSource(opening: path)
      #expect(!source.isRecorded)
      let updates = try UpdateUnion([source])
      let expected = try StatisticAveraging(.meanOfDeviations).apply(UpdateSet(model.populationRecords()), to: model)
      let outline = try #require(source.outline)
      for threads in [1, 3] {
        let found = try StatisticAveraging(.meanOfDeviations, threads: threads).apply(updates, to: outline)
        #expect(found.changes == expected.changes)
        try source.checkpoint.save(with: found.model, provenance: [], to: "\(folder)/out.h5")
        #expect(try Model(checkpoint: "\(folder)/out.h5") == expected.model)
      }
    }
  }
}
