import Bricks
import HDF5
@_exported import TestSupport
import Testing

@testable import Checkpoints

/// The path of a file below the repository's `fixtures`.
func fixture(_ name: String) -> String { Repository.fixture(name) }

/// Expects a `CheckpointError` of a code whose description contains every text, and returns the error.
@discardableResult
func expectFailure<Result>(
  _ code: CheckpointError.Code, _ texts: String..., sourceLocation: SourceLocation = #_sourceLocation,
  _ body: () throws -> Result
) -> CheckpointError? {
  expectError(CheckpointError.self, mentioning: texts, sourceLocation: sourceLocation, body) { $0.code == code }
}

/// A numpy-like ramp: values that no initialization makes, different everywhere.
func ramp(_ shape: Shape, type: ScalarType = .float32, from start: Double = 0.25, step: Double = 0.125) throws -> Tensor
{
  let elements = (0..<shape.elementCount).map { (index: Int) -> Double in start + step * Double(index % 97) }
  return try Tensor(elements, shape: shape).converted(to: type)
}

/// The share of rows of ten scores whose greatest score, or the first of several equal ones, is at the label.
func accuracy(of logits: [Double], _ labels: [Int64]) -> Double {
  let correct = labels.indices.filter { row in
    let scores = logits[row * 10..<(row + 1) * 10]
    return scores.firstIndex(of: scores.max() ?? 0).map { Int64($0 - row * 10) } == labels[row]
  }
  return Double(correct.count) / Double(labels.count)
}

/// The tensor of a dataset.
func tensor(_ path: String, in file: borrowing HDF5.File) throws -> Tensor {
  let dataset = try file.openDataset(path)
  let shape = Shape(dataset.dimensions)
  return switch dataset.datatype {
  case .integer: try Tensor(dataset.read(as: Int64.self), shape: shape)
  case .float(4, _, _): try Tensor(dataset.read(as: Float.self), shape: shape)
  default: try Tensor(dataset.read(as: Double.self), shape: shape)
  }
}
