import Bricks
import Foundation
import Testing

@testable import Checkpoints

@Suite("A command that does not edit the graph")
struct DocumentTests {
  private static let models: [String] = {
    let files = (try? FileManager.default.contentsOfDirectory(atPath: "\(Session.root.path)/fixtures/valid")) ?? []
    return files.sorted().filter {
      $0.hasSuffix(".h5") && $0 != "expected.h5" && !$0.hasPrefix("update-pairs")
    }
  }()

  @Test("copies every byte of /model/graph and /model/bricks", arguments: models)
  func copied(_ file: String) throws {
    let session = try Session()
    let path = "fixtures/valid/\(file)"
    let checkpoint = try Checkpoint(opening: "\(Session.root.path)/\(path)")
    let original = try documents(checkpoint)
    var commands = [
      "average \(path) \(path)", "average \(path) --weights 1", "copy-statistics \(path) \(path)",
      "repack \(path) --contiguous",
      "average-stats \(path) --allow-prior",
    ]
    commands += checkpoint.contents.tensors.compactMap { entry in
      // A session splits its commands at spaces.
      guard let tensor = entry.tensorPath, !"\(tensor)".contains(" ") else { return nil }
      let observations = tensor.collection == .statistics ? " --observations 7" : ""
      return "set \(path) \(tensor) --value 0.5\(observations)"
    }.prefix(3)
    if checkpoint.contents.updates != nil { commands.append("drop \(path) --updates") }
    var runs = 0
    for command in commands {
      let outcome = try session.run("\(command) --output TMP/out.h5")
      // Some checkpoints have nothing to average or to copy.
      guard outcome.status == 0 else {
        #expect(outcome.status == 1, "\(command): \(outcome.errors)")
        continue
      }
      runs += 1
      #expect(try documents(Checkpoint(opening: "\(session.folder)/out.h5")) == original, "\(command)")
    }
    #expect(runs >= 3)
  }

  private func documents(_ checkpoint: borrowing Checkpoint) throws -> [String] {
    [try checkpoint.text(ofDocument: "/model/bricks"), try checkpoint.text(ofDocument: "/model/graph")]
  }
}
