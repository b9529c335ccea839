import Bricks
import PopulationStatistics
import Testing

@testable import Checkpoints

@Suite("Update pairs saved and loaded")
struct UpdateRoundTripTests {
  private func roundTrip(_ records: [UpdateRecord]) throws -> (saved: UpdateSet, loaded: UpdateSet, file: Contents) {
    try withTemporaryFolder { folder in
      let set = try UpdateSet(records)
      try CheckpointPayload(model: nil, updates: set).save(to: "\(folder)/pairs.h5")
      let checkpoint = try Checkpoint(opening: "\(folder)/pairs.h5")
      #expect(checkpoint.kind == .updatePairs)
      return (set, try checkpoint.updates(), checkpoint.contents)
    }
  }

  @Test("are the same set")
  func several() throws {
    let (saved, loaded, contents) = try roundTrip(someRecords())
    #expect(loaded == saved)
    #expect(contents.updates?.groups.map(\.application) == ["apply", "apply#1", "apply"])
    #expect(
      contents.tensors.map(\.path) == [
        "/updates/mlp/norm/apply#1/counts", "/updates/mlp/norm/apply#1/minibatch_mean",
        "/updates/mlp/norm/apply#1/minibatch_stdev", "/updates/mlp/norm/apply/counts",
        "/updates/mlp/norm/apply/minibatch_mean", "/updates/mlp/norm/apply/minibatch_stdev",
        "/updates/mlp/other/apply/counts", "/updates/mlp/other/apply/minibatch_mean",
      ])
  }

  @Test("are the same set if one batch has unknown and known parameters")
  func digests() throws {
    let records = try [
      record(batch: "a", digest: nil), record(batch: "a"), record(batch: "a", digest: Digest(of: "others")),
    ]
    let (saved, loaded, contents) = try roundTrip(records)
    #expect(loaded == saved)
    #expect(contents.updates?.batches.count == 3)
    #expect(contents.updates?.batches.first?.parametersDigest == nil)
  }

  @Test("distinguish batches whose names differ only in the encoding of a character")
  func canonicallyEquivalentNames() throws {
    let records = try [record(batch: "caf\u{E9}"), record(batch: "cafe\u{301}", counts: [9])]
    let (saved, loaded, _) = try roundTrip(records)
    #expect(saved.records.count == 2)
    #expect(loaded == saved)
  }

  @Test("keep their type and bits in single and double precision", arguments: [ScalarType.float32, .float64])
  func precision(_ type: ScalarType) throws {
    let (saved, loaded, contents) = try roundTrip([record(batch: "a", shape: [3, 1, 2], scalar: type)])
    #expect(loaded == saved)
    #expect(contents.tensors.map(\.type) == [.int64, type, type])
    #expect(contents.tensors[1].axes == ["batch", "channel", "height", "width"])
  }

  @Test("have the steps of the longest sequence; steps without observations have the count 0")
  func ragged() throws {
    let records = try [
      record(batch: "long", sequence: 1, counts: [4, 3, 1], steps: true),
      record(batch: "short", sequence: 0, counts: [5], steps: true),
    ]
    let (saved, loaded, contents) = try roundTrip(records)
    #expect(contents.tensors.map(\.shape) == [[2, 3], [2, 3, 2], [2, 3, 2]])
    #expect(contents.tensors[1].axes == ["batch", "time", "channel"])
    #expect(loaded.records.map(\.counts) == [[4, 3, 1], [5, 0, 0]])
    #expect(loaded.records[1].mean == [-1.5, -0.5, 0, 0, 0, 0])
    let estimate = try Estimation().estimate(brick: "/mlp/norm", in: loaded)
    #expect(try estimate == Estimation().estimate(brick: "/mlp/norm", in: saved))
    #expect(estimate.counts == [9, 3, 1])
  }

  @Test("are counted for each step, and the summary has the step with the most observations")
  func observations() throws {
    // Sums over records: 13, 6 and 12. The greatest counts of the records are 5, 6 and 6.
    let records = try [[5, 2, 2], [2, 4, 6], [6, 0, 4]].enumerated().map { sequence, counts in
      try record(
        application: sequence == 2 ? "apply#1" : "apply", batch: "\(sequence)", sequence: sequence, counts: counts,
        steps: true)
    }
    try withTemporaryFolder { folder in
      let set = try UpdateSet(records)
      #expect(set.summary.bricks.map(\.observationCount) == [13])
      #expect(try set.save(to: "\(folder)/pairs.h5").bricks.map(\.observationCount) == [13])
      let many = try UpdateSet([
        record(batch: "a", counts: [.max, 3], steps: true), record(batch: "b", counts: [1, 4], steps: true),
      ])
      #expect(many.summary.bricks[0].observationCount == .max)
    }
  }

  @Test("merged in any order and grouping give the same bytes")
  func mergedInAnyOrder() throws {
    let parts = try [
      UpdateSet([record(batch: "a", sequence: 3, counts: [4, 4], steps: true)], source: "a.h5"),
      UpdateSet([record(batch: "b", sequence: 1, counts: [2], steps: true, scalar: .float64)], source: "b.h5"),
      UpdateSet([record(batch: "c", sequence: 1, counts: [1, 2, 3], steps: true)], source: "c.h5"),
    ]
    try withTemporaryFolder { folder in
      let orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]]
      var merged: [UpdateSet] = try orders.map { try UpdateSet(unionOf: $0.map { parts[$0] }) }
      merged += try orders.map { try parts[$0[0]].union(parts[$0[1]].union(parts[$0[2]])) }
      merged += try [parts[0].union(parts[1]).union(parts[2]).union(parts[1])]
      for (index, set) in merged.enumerated() {
        try CheckpointPayload(model: nil, updates: set).save(to: "\(folder)/\(index).h5")
        #expect(try bytes("\(folder)/\(index).h5") == bytes("\(folder)/0.h5"))
      }
    }
  }

  @Test("merged, saved, loaded and merged with one of their parts again give the same bytes")
  func mergedAgain() throws {
    let short = try UpdateSet([record(batch: "short", counts: [5], steps: true)], source: "short.h5")
    let long = try UpdateSet([record(batch: "long", sequence: 1, counts: [4, 3, 1], steps: true)], source: "long.h5")
    try withTemporaryFolder { folder in
      try CheckpointPayload(model: nil, updates: short.union(long)).save(to: "\(folder)/merged.h5")
      let loaded = try Checkpoint(opening: "\(folder)/merged.h5").updates()
      for (index, again) in try [loaded.union(short), short.union(loaded), loaded.union(long)].enumerated() {
        try CheckpointPayload(model: nil, updates: again).save(to: "\(folder)/\(index).h5")
        #expect(try bytes("\(folder)/\(index).h5") == bytes("\(folder)/merged.h5"))
      }
    }
  }

  @Test("can be in one file with a model, which stays unchanged")
  func besideModel() throws {
    try withTemporaryFolder { folder in
      let model = try estimated(ModelCase.perceptron.model())
      let updates = try UpdateSet(someRecords())
      try CheckpointPayload(model: model, updates: updates).save(to: "\(folder)/both.h5")
      let checkpoint = try Checkpoint(opening: "\(folder)/both.h5")
      #expect(try checkpoint.model() == model)
      #expect(try checkpoint.updates() == updates)
    }
  }

  @Test("are a valid file without any record")
  func empty() throws {
    let (_, loaded, contents) = try roundTrip([])
    #expect(loaded == UpdateSet())
    #expect(contents.tensors.isEmpty)
    #expect(contents.updates == nil)
  }

  @Test("are not a model, and the error says so")
  func noModel() throws {
    try withTemporaryFolder { folder in
      try CheckpointPayload(model: nil, updates: UpdateSet(someRecords())).save(to: "\(folder)/pairs.h5")
      expectFailure(.unsuitable, "pairs.h5", "update pairs, not a model") {
        _ = try Model(checkpoint: "\(folder)/pairs.h5")
      }
    }
  }

  @Test("are refused if a file cannot hold the brick's name", arguments: ["norm", "/a.b", "/a//b", "/a|b", ""])
  func wrongBrick(_ brick: Name) throws {
    try withTemporaryFolder { folder in
      let content = try CheckpointPayload(model: nil, updates: UpdateSet([record(brick, batch: "a")]))
      expectFailure(.unsuitable, "cannot be saved") { try content.save(to: "\(folder)/pairs.h5") }
    }
  }
}
