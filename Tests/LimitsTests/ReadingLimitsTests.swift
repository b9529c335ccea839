import Checkpoints
import HDF5
import Interchange
import JSON
import Limits
import TestSupport
import Testing

/// A file that a limit of `least` accepts, and a limit that is smaller by 1 refuses. h5py, NumPy and json gave the numbers.
struct LimitedFile: CustomTestStringConvertible, Sendable {
  let limit: String
  let file: String
  let least: Int
  let refusal: String
  let limits: @Sendable (Int) -> ReadingLimits
  let read: @Sendable (String) throws -> Void

  var testDescription: String { "\(limit) of \(file)" }

  init(
    _ limit: String, _ file: String, _ least: Int, _ refusal: String,
    _ limits: @escaping @Sendable (Int) -> ReadingLimits,
    _ read: @escaping @Sendable (String) throws -> Void
  ) {
    (self.limit, self.file, self.least, self.refusal) = (limit, file, least, refusal)
    (self.limits, self.read) = (limits, read)
  }

  @Sendable static func loadModel(_ path: String) throws { _ = try Checkpoint(opening: path).model() }

  @Sendable static func readTensors(_ path: String) throws {
    let file = try TensorFile(opening: path)
    for entry in file.entries { _ = try file.tensor(entry.name) }
  }

  static let all = [
    LimitedFile("tensorCount", "valid/plain.h5", 10, "has 10 tensors", { ReadingLimits(tensorCount: $0) }, loadModel),
    LimitedFile(
      "byteCount", "valid/plain.h5", 176, "brings the tensors of the file to 176 bytes",
      { ReadingLimits(byteCount: $0) }, loadModel),
    LimitedFile(
      "byteCount", "digits/train.h5", 379_368, "brings the tensors of the file to 379368 bytes",
      { ReadingLimits(byteCount: $0) }, readTensors),
    LimitedFile("rank", "valid/spatial-normalization.h5", 3, "has 3 axes", { ReadingLimits(rank: $0) }, loadModel),
    LimitedFile(
      "nameByteCount", "valid/plain.h5", 75, "has a tensor whose name has 75 bytes",
      { ReadingLimits(nameByteCount: $0) }, loadModel),
    LimitedFile(
      "jsonDepth", "valid/plain.h5", 8, "nested more than 7 levels deep", { ReadingLimits(jsonDepth: $0) }, loadModel),
    LimitedFile(
      "textByteCount", "valid/plain.h5", 7717, "has 7717 bytes", { ReadingLimits(textByteCount: $0) }, loadModel),
    LimitedFile(
      "expansion", "digits/train.h5", 6, "declares 367872 bytes of elements but stores only 54944",
      { ReadingLimits(expansion: $0) }, readTensors),
    LimitedFile(
      "tensorCount", "digits/train.h5", 2, "more than 1 objects", { ReadingLimits(tensorCount: $0) }, readTensors),
    LimitedFile(
      "expansion", "foreign/compressed.npz", 3, "137 bytes cannot expand to 320", { ReadingLimits(expansion: $0) },
      readTensors),
    LimitedFile(
      "unstoredChunkCount", "../Tests/HDF5Tests/Fixtures/sparse_chunks.h5", 19_484,
      "has 19484 chunks that were never written before its last one", { ReadingLimits(unstoredChunkCount: $0) },
      { _ = try File(opening: $0).openDataset("sparse").read(as: Int.self) }),
  ]
}

@Suite("The limits of readers")
struct ReadingLimitsTests {
  @Test("accept a file that just fits, and refuse it by name if it exceeds them by one", arguments: LimitedFile.all)
  func limited(_ limited: LimitedFile) throws {
    let path = Repository.fixture(limited.file)
    try limited.limits(limited.least).apply { try limited.read(path) }
    let error = #expect(throws: (any Error).self) {
      try limited.limits(limited.least - 1).apply { try limited.read(path) }
    }
    let message = error.map { "\($0)" } ?? ""
    #expect(message.contains(limited.refusal), "\(message)")
    #expect(message.contains("ReadingLimits.\(limited.limit)"), "\(message)")
  }

  @Test("stay with an open file, and end with the closure elsewhere")
  func kept() throws {
    let path = Repository.fixture("valid/plain.h5")
    let checkpoint = try ReadingLimits(jsonDepth: 7).apply { () throws(CheckpointError) in try Checkpoint(opening: path)
    }
    #expect(throws: CheckpointError.self) { try checkpoint.model() }
    _ = try Checkpoint(opening: path).model()
    #expect(ReadingLimits.current == ReadingLimits())
  }

  @Test("of a JSON text can be raised")
  func raised() throws {
    let text = String(repeating: "[", count: 513) + String(repeating: "]", count: 513)
    #expect(throws: JSONError.self) { try JSONValue(parsing: text) }
    _ = try ReadingLimits(jsonDepth: 513).apply { try JSONValue(parsing: text) }
  }
}
