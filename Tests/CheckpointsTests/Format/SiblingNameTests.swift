import Bricks
import Checkpoints
import Foundation
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
      #expect(try CheckpointVerification("\(folder)/a.h5").findings.isEmpty)
      let comparison = try CheckpointComparison(
        Checkpoint(opening: "\(folder)/a.h5"), Checkpoint(opening: "\(folder)/b.h5"))
      #expect(!comparison.isSame)
    }
  }
}
