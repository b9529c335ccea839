import Interchange
import Messages
import Tensors

/// The right class of each example.
struct Labels {
  private let set: Examples

  /// - Throws: `InterchangeError` if the labels cannot be read, `DataError` unless there is one label for each example.
  init(contentsOf location: String, count: Int) throws {
    set = try Examples(contentsOf: location)
    guard set.count == count, set.shape.elementCount == count else {
      throw DataError(
        description: "\(location): has the shape \(set.shape), but there must be one label for each of "
          + counted(count, "example"))
    }
  }

  /// The number of rows whose greatest value is at the index that the label gives. If several values are equally great, the first
  /// of them counts.
  func countMatches(of output: Tensor, at range: Range<Int>) throws -> Int {
    guard output.shape.rank == 2, output.shape[0] == range.count, output.shape[1] > 0 else {
      throw DataError(
        description:
          "--labels: the accuracy needs an output (examples, classes), but the model's first output has the shape \(output.shape)"
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
            "\(set.location): label \(label) of example \(range.lowerBound + row) is not a class; the classes are 0 to "
            + "\(classCount - 1)")
      }
      let row = scores[row * classCount..<(row + 1) * classCount]
      let greatest = row.indices.reduce(row.startIndex) { row[$1] > row[$0] ? $1 : $0 }
      if greatest - row.startIndex == Int(label), !row[greatest].isNaN { matches += 1 }
    }
    return matches
  }
}
