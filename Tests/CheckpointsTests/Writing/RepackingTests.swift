import Bricks
import Foundation
import HDF5
import PopulationStatistics
import Testing

@testable import Checkpoints

@Suite("Repacking")
struct RepackingTests {
  @Test("keeps the content digest and every byte of content, there and back", arguments: ModelCase.allCases)
  func roundTrip(_ kind: ModelCase) throws {
    try withTemporaryFolder { folder in
      let content = try CheckpointPayload(
        model: estimated(kind.model()), updates: UpdateSet(someRecords()), provenance: someProvenance)
      let paths = ["original", "packed", "unpacked"].map { "\(folder)/\($0).h5" }
      try content.save(to: paths[0])
      try Checkpoint(opening: paths[0]).repack(to: paths[1], storage: .compressed(level: 6))
      let packed = try Checkpoint(opening: paths[1])
      try packed.checkTable()
      #expect(try packed.contentDigest == Checkpoint(opening: paths[0]).contentDigest)
      #expect(try packed.model() == content.model)
      #expect(try packed.updates() == content.updates)
      try packed.repack(to: paths[2], storage: .contiguous)
      #expect(try bytes(paths[2]) == bytes(paths[0]))
    }
  }

  @Test("keeps the documents of other programs to the last character")
  func foreign() throws {
    let folder = fixture("valid")
    for name in try FileManager.default.contentsOfDirectory(atPath: folder)
    where name.hasSuffix(".h5") && name != "expected.h5" {
      try withTemporaryFolder { temporary in
        let original = try Checkpoint(opening: "\(folder)/\(name)")
        try original.repack(to: "\(temporary)/copy.h5", storage: .compressed(level: 1))
        let copy = try Checkpoint(opening: "\(temporary)/copy.h5")
        try copy.checkTable()
        #expect(copy.contentDigest == original.contentDigest, "\(name)")
        #expect(copy.formatVersion == original.formatVersion)
        for entry in original.contents.tensors {
          #expect(try copy.read(entry).digest(as: entry.type) == entry.digest, "\(name) \(entry.path)")
        }
      }
    }
  }

  @Test("stores consecutive chunks of about 1 MiB, shuffled and deflated, and makes the file small")
  func chunks() throws {
    try withTemporaryFolder { folder in
      let model = try Model(Linear(400, 1500), input: .features(400), seed: 1)
      var quiet = model
      try quiet.set(model.path("/linear.W"), to: ramp([400, 1500], step: 0))
      try quiet.save(to: "\(folder)/large.h5")
      try Checkpoint(opening: "\(folder)/large.h5").repack(to: "\(folder)/small.h5", storage: .compressed(level: 1))
      #expect(try bytes("\(folder)/small.h5").count < 100_000)
      let dataset = try HDF5.File(opening: "\(folder)/small.h5").openDataset("parameters/linear/W")
      guard case .chunked(let extents, let filters) = try dataset.storage else {
        Issue.record("not in chunks")
        return
      }
      // 174 rows of 1,500 numbers of 4 bytes are the most that 1 MiB holds.
      #expect(extents == [174, 1500])
      #expect(filters.map(\.name) == ["shuffle", "deflate"])
      #expect(try Model(checkpoint: "\(folder)/small.h5") == quiet)
    }
  }

  @Test(
    "leaves no file behind if the input is damaged",
    arguments: ["C29-flipped-bit", "C36-attribute-digest", "C29-contents-wrong-digest"])
  func damaged(_ name: String) throws {
    try withTemporaryFolder { folder in
      expectFailure(.damaged) {
        try Checkpoint(opening: fixture("malformed/\(name).h5")).repack(to: "\(folder)/out.h5", storage: .contiguous)
      }
      let left = try FileManager.default.contentsOfDirectory(atPath: folder)
      #expect(left.isEmpty)
    }
  }
}
