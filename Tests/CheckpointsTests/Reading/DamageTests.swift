import Bricks
import Foundation
import PopulationStatistics
import Testing

@testable import Checkpoints

@Suite("A damaged checkpoint")
struct DamageTests {
  /// The visible result of loading a file.
  private struct Loaded: Equatable {
    let model: Model?
    let updates: UpdateSet
    let provenance: [ProvenanceStep]
    let kind: CheckpointKind
    let version: String
    let producer: String?
    let contents: Contents

    init(_ path: String) throws {
      let checkpoint = try Checkpoint(opening: path)
      model = try checkpoint.model()
      updates = try checkpoint.updates()
      provenance = try checkpoint.provenance()
      kind = checkpoint.kind
      version = checkpoint.formatVersion
      producer = checkpoint.producer
      contents = checkpoint.contents
    }
  }

  private func withCheckpoint(_ body: (String, Data, Loaded) throws -> Void) throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/model.h5"
      try CheckpointPayload(
        model: estimated(ModelCase.severalBricks.model()), updates: UpdateSet(someRecords()), provenance: someProvenance
      ).save(to: path)
      try body(path, bytes(path), Loaded(path))
    }
  }

  /// Loads the bytes from a file of their own: the library may keep what it knows of an open one.
  private func outcome(_ bytes: Data, like path: String, _ name: String) throws -> Loaded? {
    let damaged = path + name
    try bytes.write(to: URL(fileURLWithPath: damaged))
    defer { unlink(damaged) }
    do {
      return try Loaded(damaged)
    } catch let error as CheckpointError {
      #expect(error.file == damaged)
      #expect(!error.message.isEmpty)
      return nil
    }
  }

  @Test("is refused wherever it was cut off")
  func truncated() throws {
    try withCheckpoint { path, bytes, _ in
      for length in Swift.stride(from: 0, to: bytes.count, by: 1024) {
        let loaded = try outcome(Data(bytes.prefix(length)), like: path, "-\(length)")
        #expect(loaded == nil, "cut to \(length) bytes")
      }
      let loaded = try outcome(Data(bytes.dropLast()), like: path, "-last")
      #expect(loaded == nil)
    }
  }

  @Test("with a flipped bit is refused, or loads as if it were undamaged")
  func flipped() throws {
    try withCheckpoint { path, bytes, original in
      var generator = SeededGenerator(seed: 20_260_101)
      var refusedCount = 0
      for trial in 0..<400 {
        let position = Int(generator.next() % UInt64(bytes.count))
        var damaged = bytes
        damaged[position] ^= 1 << UInt8(generator.next() % 8)
        if let loaded = try outcome(damaged, like: path, "-\(trial)") {
          #expect(loaded == original, "byte \(position)")
        } else {
          refusedCount += 1
        }
      }
      #expect(refusedCount > 100)
    }
  }

  @Test("with a run of overwritten bytes is refused, or loads as if it were undamaged")
  func overwritten() throws {
    try withCheckpoint { path, bytes, original in
      var generator = SeededGenerator(seed: 20_260_102)
      for trial in 0..<200 {
        let position = Int(generator.next() % UInt64(bytes.count - 16))
        var damaged = bytes
        for offset in 0..<16 { damaged[position + offset] = UInt8(truncatingIfNeeded: generator.next()) }
        if let loaded = try outcome(damaged, like: path, "-\(trial)") {
          #expect(loaded == original, "byte \(position)")
        }
      }
    }
  }
}
