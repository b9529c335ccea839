import Foundation
import Testing

@testable import Checkpoints

@Suite("Checkpoints on several threads")
struct ConcurrencyTests {
  /// An open checkpoint that threads share.
  private final class Shared: Sendable {
    let checkpoint: Checkpoint

    init(_ path: String) throws { checkpoint = try Checkpoint(opening: path) }

    /// All elements, documents and statistics as one text.
    func content() throws -> String {
      let tensors = try checkpoint.contents.tensors.map { "\($0.path): \(try checkpoint.read($0).doubles)" }
      let model = checkpoint.kind == .model ? "\(try checkpoint.model().statistics.count)" : ""
      return "\(tensors) \(model) \(try checkpoint.provenance().count) \(try checkpoint.updates().recordCount)"
    }
  }

  private static let files = ["plain", "chunked-deflated", "float64-model", "update-pairs", "spatial-normalization"]

  @Test("are read from one open file", arguments: files)
  func sharedFile(name: String) async throws {
    let expected = try Shared(fixture("valid/\(name).h5")).content()
    let shared = try Shared(fixture("valid/\(name).h5"))
    try await withThrowingTaskGroup(of: String.self) { group in
      for _ in 0..<8 { group.addTask { try shared.content() } }
      for try await content in group { #expect(content == expected) }
    }
  }

  @Test("are read from many files at once")
  func manyFiles() async throws {
    let expected = try Self.files.map { try Shared(fixture("valid/\($0).h5")).content() }
    try await withThrowingTaskGroup(of: (Int, String).self) { group in
      for task in 0..<40 {
        let index = task % Self.files.count
        group.addTask { (index, try Shared(fixture("valid/\(Self.files[index]).h5")).content()) }
      }
      for try await (index, content) in group { #expect(content == expected[index]) }
    }
  }

  @Test("are the old or the new file while another thread saves")
  func replaced() async throws {
    let directory = try TemporaryDirectory()
    let path = "\(directory.path)/model.h5"
    let models = try ["plain", "stale"].map { try Checkpoint(opening: fixture("valid/\($0).h5")).model() }
    var digests: Set<Digest> = []
    for model in models {
      try model.save(to: path)
      digests.insert(try Checkpoint(opening: path).contentDigest)
    }
    #expect(digests.count == 2)
    try await withThrowingTaskGroup(of: Digest?.self) { group in
      group.addTask {
        for round in 0..<20 { try models[round % 2].save(to: path) }
        return nil
      }
      for _ in 0..<40 {
        group.addTask {
          let checkpoint = try Checkpoint(opening: path)
          _ = try checkpoint.model()
          return checkpoint.contentDigest
        }
      }
      for try await digest in group { #expect(digest.map(digests.contains) ?? true) }
    }
    #expect(try directory.names == ["model.h5"])
  }

  #if os(Linux)
    @Test("leave no descriptor after they were opened and closed many times, sound or damaged")
    func descriptors() throws {
      let directory = try TemporaryDirectory()
      let path = "\(directory.path)/descriptors.h5"
      let sound = try bytes(fixture("valid/plain.h5"))
      for (name, content) in [("sound", sound), ("damaged", sound.prefix(sound.count / 2))] {
        try content.write(to: URL(fileURLWithPath: path))
        for _ in 0..<100 { _ = try? Shared(path).content() }
        // Other tests run at the same time, so only descriptors of this file count.
        let open = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").filter {
          (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\($0)"))?.hasPrefix(path) ?? false
        }
        #expect(open == [], "\(name)")
      }
    }
  #endif
}
