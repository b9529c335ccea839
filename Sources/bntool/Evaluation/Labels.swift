import Interchange
import Tensors

/// The right class of every example.
struct Labels {
  private let set: Examples

  /// - Throws: `InterchangeError` where the labels cannot be read, `DataError` where they are not one per example.
  init(contentsOf location: String, count: Int) throws {
    set = try Examples(contentsOf: location)
    guard set.count == count, set.shape.elementCount == count else {
      throw DataError(
        description: "\(location): has the shape \(set.shape), which is not one label for each of "
          + Formatting.counted(count, "example"))
    }
  }

  /// How many rows of an output are greatest at the label; the first of equal ones counts.
  func countMatches(of output: Tensor, at range: Range<Int>) throws -> Int {
    guard output.shape.rank == 2, output.shape[0] == range.count, output.shape[1] > 0 else {
      throw DataError(
        description:
          "--labels: accuracy needs outputs (examples, classes); the model's first output has the shape \(output.shape)"
      )
    }
    guard case .int64(let labels) = try set.rows(range, as: .int64).storage else { return 0 }
    let scores = output.doubles
    let classCount = output.shape[1]
    var matches = 0
    for (row, label) in labels.enumerated() {
      guard (0..<Int64(classCount)).contains(label) else {
        throw DataError(
          description:
            "\(set.location): label \(label) of example \(range.lowerBound + row) is none of the \(classCount) classes, "
            + "which count from 0")
      }
      let row = scores[row * classCount..<(row + 1) * classCount]
      let greatest = row.indices.reduce(row.startIndex) { row[$1] > row[$0] ? $1 : $0 }
      if greatest - row.startIndex == Int(label), !row[greatest].isNaN { matches += 1 }
    }
    return matches
  }
}
