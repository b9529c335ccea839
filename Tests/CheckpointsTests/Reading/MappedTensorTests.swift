import Bricks
import Foundation
import Testing

@testable import Checkpoints

@Suite("A mapped tensor")
struct MappedTensorTests {
  @Test(
    "has the elements that a read gives, contiguous, in chunks, and in every type",
    arguments: ["plain", "chunked-deflated", "float64-model", "update-pairs"])
  func elements(name: String) throws {
    // Written by the independent writer.
    let checkpoint = try Checkpoint(opening: fixture("valid/\(name).h5"))
    for entry in checkpoint.contents.tensors {
      #expect(try checkpoint.mapped(entry).tensor() == checkpoint.read(entry), "\(entry.path)")
    }
  }

  @Test("is checked at its first use, not before")
  func damage() throws {
    try withTemporaryFolder { folder in
      let (path, entry, place) = try saved(in: folder)
      var data = try bytes(path)
      data[place] ^= 1
      try data.write(to: URL(fileURLWithPath: path))
      let tensor = try Checkpoint(opening: path).mapped(entry)
      expectFailure(.damaged, "digest") { try tensor.withUnsafeBytes { _ in } }
    }
  }

  @Test("reports a file that another program cut short, before or after its first use", arguments: [false, true])
  func truncation(isUsedBefore: Bool) throws {
    try withTemporaryFolder { folder in
      let (path, entry, place) = try saved(in: folder)
      let tensor = try Checkpoint(opening: path).mapped(entry)
      func sum() throws -> Float { try tensor.withUnsafeBytes { $0.bindMemory(to: Float.self).reduce(0, +) } }
      if isUsedBefore { #expect(try sum() == 1_000_000) }
      #expect(truncate(path, off_t(place + 10_000)) == 0)
      expectFailure(.damaged) { _ = try sum() }
      expectFailure(.damaged) { _ = try sum() }
    }
  }

  @Test("stays readable when its file is replaced, and when the checkpoint is no longer used")
  func replacement() throws {
    try withTemporaryFolder { folder in
      let (path, entry, _) = try saved(in: folder)
      let tensor = try Checkpoint(opening: path).mapped(entry)
      try ModelCase.perceptron.model().save(to: path)
      #expect(try tensor.tensor().doubles.allSatisfy { $0 == 1 })
    }
  }

  @Test("may be used by several threads at once")
  func threads() async throws {
    let directory = try TemporaryDirectory()
    let (path, entry, _) = try saved(in: directory.path)
    let tensor = try Checkpoint(opening: path).mapped(entry)
    try await withThrowingTaskGroup(of: Float.self) { group in
      for _ in 0..<8 {
        group.addTask { try tensor.withUnsafeBytes { $0.bindMemory(to: Float.self).reduce(0, +) } }
      }
      for try await sum in group { #expect(sum == 1_000_000) }
    }
    withExtendedLifetime(directory) {}
  }

  /// A saved model with a matrix of a million ones, the entry of the matrix, and the offset of its elements in the file.
  private func saved(in folder: String) throws -> (path: String, entry: Contents.Entry, place: Int) {
    let path = "\(folder)/model.h5"
    var model = try Model(Linear(1000, 1000, usesBias: false), input: .features(1000), seed: 1)
    let ones = try Tensor([Float](repeating: 1, count: 1_000_000), shape: [1000, 1000])
    let parameter = try #require(model.graph.parameters.first)
    try model.set(parameter, to: ones)
    try model.save(to: path)
    let checkpoint = try Checkpoint(opening: path)
    let found = checkpoint.entry(parameter.datasetPath)
    let entry = try #require(found)
    let known = try checkpoint.file.openDataset(String(parameter.datasetPath.text.dropFirst())).place
    let place = try #require(known)
    return (path, entry, place.byteOffset)
  }
}
