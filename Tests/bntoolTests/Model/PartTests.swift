import Bricks
import Foundation
import Interchange
import Testing

@Suite("Parts of a result that several processes write")
struct PartTests {
  private let session: Session
  private let late = (1...3).map { "fixtures/digits/late-\($0).h5" }.joined(separator: " ")

  init() throws { session = try Session() }

  private func run(_ command: String) throws { #expect(try session.run(command).status == 0, "\(command)") }

  /// Writes the parts of a command, merges them from last to first, and compares with the file of one process.
  private func compare(_ command: String, _ ending: String, ranks: Int) throws {
    let whole = "TMP/whole\(ending)"
    if !FileManager.default.fileExists(atPath: whole.replacingOccurrences(of: "TMP", with: session.folder)) {
      try run("\(command) --output \(whole)")
    }
    for rank in 1...ranks { try run("\(command) --shard \(rank)/\(ranks) --output TMP/part-{shard}.safetensors") }
    let parts = (1...ranks).reversed().map { "TMP/part-\($0)-of-\(ranks).safetensors" }.joined(separator: " ")
    try run("merge \(parts) --expect \(ranks) --output TMP/merged\(ending)")
    #expect(try session.contents("TMP/merged\(ending)") == session.contents(whole))
  }

  @Test(
    "of an average of checkpoints merge to the file of one process", arguments: ["", " --weights 1,2,4 --select *.W"])
  func checkpoints(_ options: String) throws {
    for ranks in [1, 2, 3, 7] { try compare("average \(late)\(options)", ".h5", ranks: ranks) }
  }

  @Test(
    "of an average of files of tensors merge to the file of one process",
    arguments: [
      ("fixtures/foreign/state.pt fixtures/foreign/training.pth", ".npz"),
      ("fixtures/foreign/state.pt fixtures/foreign/training.pth --ema-decay 0.9", ".safetensors"),
      ("fixtures/foreign/model.safetensors.index.json fixtures/foreign/model.safetensors.index.json", ".safetensors"),
    ])
  func tensors(_ inputs: String, _ ending: String) throws {
    for ranks in [1, 2, 3, 7] { try compare("average \(inputs)", ending, ranks: ranks) }
  }

  @Test("of an average of Keras models merge to the file of one process")
  func keras() throws {
    let model = "fixtures/keras/mobilenet.keras"
    try compare("average \(model) \(model)", ".keras", ranks: 2)
  }

  @Test("of averaged statistics merge to the file of one process")
  func statistics() throws {
    for ranks in [1, 2, 3, 7] { try compare("average-stats fixtures/digits/snapshot-5.h5", ".h5", ranks: ranks) }
    for options in ["--method moving-average --smoothing-factor 0.1", "--method mean-of-variances --threads 2"] {
      try FileManager.default.removeItem(atPath: "\(session.folder)/whole.h5")
      try compare("average-stats \(late) --allow-prior \(options)", ".h5", ranks: 3)
    }
  }

  @Test("are named if they are missing, given twice, or of another run")
  func refused() throws {
    for rank in 1...3 { try run("average \(late) --shard \(rank)/3 --output TMP/{shard}.safetensors") }
    try run("average \(late) --ema-decay 0.5 --shard 2/3 --output TMP/other.safetensors")
    func merge(_ names: String...) throws -> Outcome {
      let files = names.map { "TMP/\($0).safetensors" }.joined(separator: " ")
      return try session.run("merge \(files) --output TMP/merged.h5")
    }
    #expect(try merge("1-of-3", "3-of-3").errors.contains("is one of 3 parts, but 1 part is missing: 2"))
    #expect(try merge("1-of-3", "2-of-3", "3-of-3", "2-of-3").errors.contains("is part 2 of 3, and so is TMP/2-of-3"))
    let other = try merge("1-of-3", "other", "3-of-3")
    #expect(other.status == 65)
    #expect(other.errors.contains("TMP/other.safetensors: is a part of another result than TMP/1-of-3"))
    let mixed = try session.run("merge TMP/1-of-3.safetensors fixtures/foreign/one.safetensors --output TMP/merged.h5")
    #expect(mixed.errors.contains("fixtures/foreign/one.safetensors: is not a part, but TMP/1-of-3.safetensors is"))
    let expected = try session.run(
      "merge TMP/1-of-3.safetensors TMP/2-of-3.safetensors TMP/3-of-3.safetensors --expect 4 --output TMP/merged.h5")
    #expect(expected.status == 1 && expected.errors.contains("is one of 3 parts, not of 4"))
    #expect(try session.shell("ls TMP").output.contains("merged") == false)
  }

  @Test("are not computed again if they are complete, and need a name and an order that fit")
  func usage() throws {
    let command = "average \(late) --shard 1/2 --output TMP/{shard}.safetensors"
    try run(command)
    let again = try session.run(command)
    #expect(again.status == 0 && again.errors.contains("TMP/1-of-2.safetensors: part 1 of 2 is already complete"))
    #expect(again.output.contains("part 1 of 2: "))
    #expect(try session.run("\(command) --weights 1,1,2").errors.contains("already") == false)
    let name = try session.run("average \(late) --shard 1/2 --output TMP/{shard}.h5")
    #expect(name.status == 64 && name.errors.contains("a part is a .safetensors file"))
    let data = "--statistics recalibrate:fixtures/digits/train.h5:images"
    let recalibrated = try session.run("\(command) \(data)")
    #expect(recalibrated.status == 64)
    #expect(recalibrated.errors.contains("merge the parts, and then run bntool recalibrate"))
    let pairs = try session.run("merge fixtures/digits/snapshot-5.h5 --output TMP/pairs.safetensors")
    #expect(pairs.status == 64 && pairs.errors.contains("only a checkpoint can hold this result"))
  }

  @Test("of files of tensors are computed again, because any number may have changed")
  func changedTensors() throws {
    // 40 tensors of two numbers; the last number of the second file is 7, and later 9.
    func write(_ last: Float) throws {
      for (name, number) in [("a", 1), ("b", last)] as [(String, Float)] {
        let tensors = try (0..<40).map { index in
          let numbers = [Float(index), index == 39 ? number : 0]
          return try OutgoingTensor(Name("t\(index)"), Tensor(numbers, shape: [2]))
        }
        try TensorFile.write(tensors, to: "\(session.folder)/\(name).safetensors", as: .safetensors)
      }
    }
    let command = "average TMP/a.safetensors TMP/b.safetensors --output TMP"
    for last in [7, 9] as [Float] {
      try write(last)
      for part in 1...2 { try run("\(command)/{shard}.safetensors --shard \(part)/2") }
      try run("merge TMP/1-of-2.safetensors TMP/2-of-2.safetensors --output TMP/merged.safetensors")
      let merged = try TensorFile(opening: "\(session.folder)/merged.safetensors")
      #expect(try merged.tensor("t39") == Tensor([39, (1 + last) / 2], shape: [2]))
    }
  }

  @Test(
    "with damaged descriptions are refused",
    arguments: [
      (#""shape":[128]"#, #""shape":[9223372036854775807,9]"#), (#""shape":[128]"#, #""shape":[-1]"#),
      (#""shape":[128,10]"#, #""shape":[10,128]"#), (#""type":"float32""#, #""type":"float64""#),
      (#""tensor_count":15"#, #""tensor_count":-9"#), (#""count":1,"#, #""count":9223372036854775807,"#),
    ])
  func damaged(_ old: String, _ new: String) throws {
    try run("average \(late) --shard 1/1 --output TMP/part.safetensors")
    let part = try TensorFile(opening: "\(session.folder)/part.safetensors")
    var metadata = part.metadata
    // The documents have digests of their own.
    let key = try #require(
      ["swift_bricks.part", "swift_bricks.part.table"].map { Name($0) }.first { metadata[$0]?.contains(old) == true })
    let place = try #require(metadata[key]?.range(of: old, options: .backwards))
    metadata[key]?.replaceSubrange(place, with: new)
    let tensors = part.entries.map { entry in
      OutgoingTensor(entry) { sink in try part.read(entry.name) { try sink($0) } }
    }
    // With a wrong digest, as after a fault of the disk; and with the right digest, as somebody could make it on purpose.
    for (texts, message) in [
      (metadata, "description of the part does not match"), (try TensorPart.digested(metadata), "damaged.safetensors"),
    ] {
      try TensorFile.write(tensors, metadata: texts, to: "\(session.folder)/damaged.safetensors", as: .safetensors)
      let refused = try session.run("merge TMP/damaged.safetensors --output TMP/merged.h5")
      #expect(refused.status == 65, "\(refused.errors)")
      #expect(refused.errors.contains("damaged.safetensors") && refused.errors.contains(message))
    }
  }

  @Test("with damaged tensors are written again") func repaired() throws {
    let command = "average \(late) --shard 1/2 --output TMP/part.safetensors"
    try run(command)
    let sound = try session.contents("TMP/part.safetensors")
    var damaged = sound
    damaged[damaged.count - 1] ^= 1
    try damaged.write(to: URL(fileURLWithPath: "\(session.folder)/part.safetensors"))
    #expect(try session.run(command).errors.contains("already") == false)
    #expect(try session.contents("TMP/part.safetensors") == sound)
  }
}
