import Bricks
import Checkpoints
import Foundation
import Interchange
import JSON
import Names
import Testing

@Suite("Shards of a pass")
struct ShardTests {
  private let session: Session

  /// A model of one normalization, and 40 examples.
  init() throws {
    session = try Session()
    try Model(BatchNormalization(), input: .features(1), seed: 1).save(to: "\(session.folder)/model.h5")
    let numbers = (0..<40).map { Float($0 * $0 % 7) }
    try NumPyArray.write(Tensor(numbers, shape: [40, 1]), to: "\(session.folder)/x.npy")
    #expect(try collect("", to: "whole.h5").status == 0)
  }

  private func collect(_ options: String, to output: String, _ variables: String = "") throws -> Outcome {
    try session.shell(
      "\(variables) \"$bntool\" collect TMP/model.h5 TMP/x.npy --batch-size 4 \(options) --output 'TMP/\(output)'")
  }

  private func merge(_ files: String, _ options: String = "") throws -> Outcome {
    try session.shell("\"$bntool\" merge \(files) \(options) --output TMP/merged.h5")
  }

  @Test("take their number from the scheduler, name their files after it, and give the bytes of one pass")
  func auto() throws {
    for rank in 0..<3 {
      let outcome = try collect("--shard auto", to: "pairs-{shard}.h5", "RANK=\(rank) WORLD_SIZE=3")
      #expect(outcome.status == 0)
      #expect(outcome.errors.contains("shard \(rank + 1)/3: \(rank == 0 ? 16 : 12) examples in "))
      #expect(outcome.errors.contains("peak memory"))
    }
    #expect(try merge("TMP/pairs-?-of-3.h5", "--expect 3").status == 0)
    #expect(try session.contents("TMP/merged.h5") == session.contents("TMP/whole.h5"))
    let contradiction = try collect("--shard auto", to: "pairs.h5", "RANK=3 WORLD_SIZE=3")
    #expect(contradiction.status == 64 && contradiction.errors.contains("RANK is 3"))
    #expect(try collect("", to: "pairs-{shard}.h5").status == 64)
  }

  @Test("are not computed again if they are complete for the same model, data and options")
  func complete() throws {
    #expect(try collect("--shard 2/3", to: "2.h5").status == 0)
    let first = try session.contents("TMP/2.h5")
    let again = try collect("--shard 2/3", to: "2.h5")
    #expect(again.status == 0 && again.errors.contains("shard 2/3 is already complete"))
    for options in ["--shard 3/3", "--shard 2/3 --seed 4", "--shard 2/3 --batches 9"] {
      let other = try collect(options, to: "2.h5")
      #expect(other.status == 0 && !other.errors.contains("already"))
      #expect(try session.contents("TMP/2.h5") != first)
    }
    // A damaged file is not trusted.
    #expect(try collect("--shard 2/3", to: "2.h5").status == 0)
    var bytes = try session.contents("TMP/2.h5")
    bytes[bytes.count / 2] ^= 1
    try bytes.write(to: URL(fileURLWithPath: "\(session.folder)/2.h5"))
    _ = try collect("--shard 2/3", to: "2.h5")
    #expect(try session.contents("TMP/2.h5") == first)
  }

  @Test("can have batches larger than all data")
  func largestBatch() throws {
    let outcome = try session.shell(
      "\"$bntool\" collect TMP/model.h5 TMP/x.npy --batch-size \(Int.max) --shard 1/1 --output TMP/pairs.h5")
    #expect(outcome.status == 0, "\(outcome.errors)")
    let updates = try Checkpoint(opening: "\(session.folder)/pairs.h5").updates()
    #expect(updates.recordCount == 1)
  }

  @Test("that are missing or incomplete are named by merge --expect, and tasks without a batch are not missing")
  func expected() throws {
    for number in [1, 3, 4, 8] { #expect(try collect("--shard \(number)/8", to: "\(number).h5").status == 0) }
    let outcome = try merge("TMP/[1-8].h5", "--expect 8")
    #expect(outcome.status == 1)
    #expect(outcome.errors.contains("4 of 8 shards are missing or incomplete: 2, 5–7"))
    #expect(try merge("TMP/[1-8].h5").status == 0)
    // A merged file still shows which shards it has.
    #expect(try session.shell("cp TMP/merged.h5 TMP/part.h5").status == 0)
    for number in [2, 5, 6] { #expect(try collect("--shard \(number)/8", to: "\(number).h5").status == 0) }
    #expect(
      try merge("TMP/part.h5 TMP/2.h5 TMP/5.h5 TMP/6.h5", "--expect 8").errors.contains("1 of 8 shards is missing"))
    #expect(try collect("--shard 7/8", to: "7.h5").status == 0)
    #expect(try merge("TMP/7.h5 TMP/part.h5 TMP/2.h5 TMP/5.h5 TMP/6.h5", "--expect 8").status == 0)
    #expect(try session.contents("TMP/merged.h5") == session.contents("TMP/whole.h5"))
    let empty = try collect("--shard 11/12", to: "empty.h5")
    #expect(empty.status == 0 && empty.errors.contains("shard 11/12 has no batch that gives update pairs"))
    #expect(try merge("TMP/whole.h5", "--expect 12").status == 0)
  }

  @Test("without a batch refuse the file of another run, and merge --expect refuses the shards of two runs")
  func leftover() throws {
    // Ten batches of the old data, of which the new data have two.
    for number in 1...3 { #expect(try collect("--shard \(number)/3", to: "\(number).h5").status == 0) }
    try NumPyArray.write(Tensor((0..<8).map(Float.init), shape: [8, 1]), to: "\(session.folder)/x.npy")
    for number in 1...2 { #expect(try collect("--shard \(number)/3", to: "\(number).h5").status == 0) }
    let old = try session.contents("TMP/3.h5")
    let refused = try collect("--shard 3/3", to: "3.h5")
    #expect(refused.status == 73)
    #expect(refused.errors.contains("TMP/3.h5: is of another run, and shard 3/3 has no batch"))
    #expect(refused.errors.contains("remove this file"))
    #expect(try session.contents("TMP/3.h5") == old)
    let mixed = try merge("TMP/[1-3].h5", "--expect 3")
    #expect(mixed.status == 1)
    #expect(
      mixed.errors.contains("the shards are of 2 runs with different data: TMP/1.h5 and TMP/2.h5; TMP/3.h5."),
      "\(mixed.errors)")
    // A merged file still shows its data.
    #expect(try session.shell("\"$bntool\" merge TMP/[12].h5 --output TMP/group.h5").status == 0)
    #expect(try merge("TMP/group.h5 TMP/3.h5", "--expect 3").errors.contains("different data: TMP/group.h5; TMP/3.h5."))
    #expect(try session.shell("rm TMP/3.h5").status == 0)
    #expect(try collect("--shard 3/3", to: "3.h5").status == 0)
    #expect(try merge("TMP/[12].h5", "--expect 3").status == 0)
  }

  @Test(
    "with other options are of another run",
    arguments: [("--seed 3", "--seed"), ("--batches 9", "--batches"), ("--skip-nonfinite", "--skip-nonfinite")])
  func otherOptions(_ options: String, _ noun: String) throws {
    #expect(try collect("--shard 1/2", to: "1.h5").status == 0)
    #expect(try collect("--shard 2/2 \(options)", to: "2.h5").status == 0)
    let outcome = try merge("TMP/[12].h5", "--expect 2 --allow-overlap")
    #expect(outcome.status == 1)
    #expect(outcome.errors.contains("the shards are of 2 runs with different \(noun): TMP/1.h5; TMP/2.h5."))
  }

  @Test(
    "cannot be more than a million, nor fewer than one",
    arguments: ["0", "-1", "1000001", "1000000000000", "9223372036854775807"])
  func number(_ count: String) throws {
    let outcome = try merge("TMP/whole.h5", "--expect=\(count)")
    #expect(outcome.status == 64)
    #expect(outcome.errors.contains("--expect \(count): give a number from 1 to 1000000"))
  }

  @Test(
    "with an impossible record are identified by their batches alone",
    arguments: [("number", "0"), ("number", "4"), ("batches", "-1"), ("batches", "9223372036854775807")])
  func impossible(_ member: String, _ value: String) throws {
    for number in 1...3 { #expect(try collect("--shard \(number)/3", to: "\(number).h5").status == 0) }
    let checkpoint = try Checkpoint(opening: "\(session.folder)/1.h5")
    var step = try #require(try checkpoint.provenance().first)
    var shard: [Name: JSONValue] = [:]
    if case .object(let members)? = step["shard"] { shard = members }
    #expect(shard.count == 4)
    shard[Name(member)] = .integer(try #require(Int(value)))
    step["shard"] = .object(shard)
    let payload = try CheckpointPayload(model: nil, updates: checkpoint.updates(), provenance: [step])
    try payload.save(to: "\(session.folder)/1.h5")
    let outcome = try merge("TMP/[1-3].h5", "--expect 3")
    #expect(outcome.status == 0, "\(outcome.errors)")
  }

  @Test(
    "that a scheduler stops are saved, and continued to the bytes of an undisturbed run", .enabled(if: canInject),
    arguments: ["SIGTERM", "SIGUSR1"])
  func stopped(signal: String) throws {
    #expect(try collect("--shard 1/2", to: "undisturbed.h5").status == 0)
    // The fifth read of the file is that of the second batch: two reads find the array, and one finds its source.
    let command = "\"$bntool\" collect TMP/model.h5 TMP/x.npy --batch-size 4 --shard 1/2 --output TMP/1.h5"
    let first = try session.shell(
      "strace -f -qq -o /dev/null -P TMP/x.npy -e inject=pread64:signal=\(signal):when=5 \(command)")
    #expect(first.status == 75)
    #expect(first.errors.contains("stopped by a signal, with 2 batches of shard 1/2"))
    #expect(try merge("TMP/1.h5").errors.contains("TMP/1.h5: holds only a part of shard 1/2"))
    #expect(try merge("TMP/1.h5", "--expect 2").errors.contains("2 of 2 shards are missing or incomplete: 1–2"))
    #expect(try session.contents("TMP/1.h5") != session.contents("TMP/undisturbed.h5"))
    let second = try session.shell(command)
    #expect(second.status == 0 && second.errors.contains("continues shard 1/2, with 2 batches from an earlier run"))
    #expect(try session.contents("TMP/1.h5") == session.contents("TMP/undisturbed.h5"))
  }
}
