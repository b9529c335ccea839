import Foundation
import Interchange
import TestSupport
import Testing

@Suite("Hostile files of named tensors")
struct HostileFilesTests {
  /// The text that the error about each file must contain.
  static let expectations: [String: String] = {
    let path = Repository.fixture("malformed/files/expectations.json")
    return (try? JSONDecoder().decode([String: String].self, from: Data(contentsOf: URL(fileURLWithPath: path)))) ?? [:]
  }()

  @Test("are refused with the reason", arguments: expectations.keys.sorted())
  func refused(name: String) throws {
    let text = try #require(Self.expectations[name])
    let error = #expect(throws: InterchangeError.self) {
      let file = try TensorFile(opening: Repository.fixture("malformed/files/\(name)"))
      for entry in file.entries { try file.read(entry.name) { _ in } }
    }
    #expect(
      error.map { "\($0)".contains(text) } ?? false, "\(error.map { "\($0)" } ?? "no error") does not mention \(text)")
  }

  @Test("are all of the corpus, and execute nothing")
  func corpus() throws {
    #expect(Self.expectations.count >= 67)
    // The pickles that would run a program would make this file.
    #expect(!FileManager.default.fileExists(atPath: "outside"))
  }

  @Test("whose elements were never written get no memory for them")
  func unwritten() throws {
    // One dataset of 2⁴⁰ numbers in 1,400 bytes.
    let file = try TensorFile(opening: Repository.fixture("malformed/files/unwritten.h5"))
    expectError(.malformed, mentioning: "chunks are missing") { try file.tensor("a") }
    expectError(.malformed, mentioning: "chunks are missing") {
      try TensorFileComparison(file, file, tolerance: 0) { $1 }
    }
    let average = try TensorFileAveraging([file, file], coefficients: [1, 1])
    expectError(.malformed, mentioning: "chunks are missing") {
      try average.tensors()[0].content { _ in }
    }
  }

  @Test(
    "give an error or tensors, whatever byte of a good file is changed",
    arguments: ["state.pt", "legacy.pt", "one.safetensors", "blocks.tar", "layers.weights.h5"])
  func mutated(name: String) throws {
    let directory = try TemporaryDirectory()
    let whole: [UInt8] = try bytes(ofFile: Repository.fixture("foreign/\(name)"))
    var generator = SeededGenerator(seed: 42)
    for _ in 0..<120 {
      var changed = whole
      for _ in 0..<Int.random(in: 1...3, using: &generator) {
        changed[Int.random(in: 0..<min(whole.count, 4096), using: &generator)] = .random(in: 0...255, using: &generator)
      }
      do {
        let file = try TensorFile(opening: directory.file("changed", changed))
        for entry in file.entries { try? file.read(entry.name) { _ in } }
      } catch is InterchangeError {}
    }
  }
}
