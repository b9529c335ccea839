import Bricks
import Foundation
import Testing

@testable import Checkpoints

/// Runs a closure with the path of a new folder, and removes it afterwards.
func withTemporaryFolder<Result>(_ body: (String) throws -> Result) throws -> Result {
  let folder = temporaryPath("checkpoints")
  try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(atPath: folder) }
  return try body(folder)
}

/// A path in the temporary directory where nothing is.
func temporaryPath(_ name: String) -> String {
  FileManager.default.temporaryDirectory.appendingPathComponent("\(name)-\(UUID().uuidString)").path
}

/// The path of a file below the repository's `fixtures`.
func fixture(_ name: String) -> String {
  URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("fixtures/\(name)").path
}

/// The bytes of a file.
func bytes(_ path: String) throws -> Data { try Data(contentsOf: URL(fileURLWithPath: path)) }

/// Expects a closure to throw a `CheckpointError` of a code whose description contains every fragment, and returns it.
@discardableResult
func expectFailure(
  _ code: CheckpointError.Code, _ fragments: String..., sourceLocation: SourceLocation = #_sourceLocation,
  _ body: () throws -> Void
) -> CheckpointError? {
  let error = #expect(throws: CheckpointError.self, sourceLocation: sourceLocation) { try body() }
  if let error {
    #expect(error.code == code, "\(error)", sourceLocation: sourceLocation)
    for fragment in fragments {
      #expect("\(error)".contains(fragment), "\(error) says nothing of \(fragment)", sourceLocation: sourceLocation)
    }
  }
  return error
}

/// A numpy-like ramp: values that no initialization makes, different everywhere.
func ramp(_ shape: Shape, type: ScalarType = .float32, from start: Double = 0.25, step: Double = 0.125) throws -> Tensor
{
  let elements = (0..<shape.elementCount).map { (index: Int) -> Double in start + step * Double(index % 97) }
  return try Tensor(elements, shape: shape).converted(to: type)
}

/// The share of rows of ten scores that are greatest, and first of equal ones, at the label.
func accuracy(of logits: [Double], _ labels: [Int64]) -> Double {
  let correct = labels.indices.filter { row in
    let scores = logits[row * 10..<(row + 1) * 10]
    return scores.firstIndex(of: scores.max() ?? 0).map { Int64($0 - row * 10) } == labels[row]
  }
  return Double(correct.count) / Double(labels.count)
}
