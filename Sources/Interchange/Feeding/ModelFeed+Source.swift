import Names
import PopulationStatistics
import Tensors

extension ModelFeed {
  /// The number of bytes of each array that its digest reads at most.
  private static let digestedByteCount = 16 << 20
  /// The number of places that are read in a longer array.
  private static let digestedRunCount = 64

  /// The source of the examples: a digest of the numbers of all inputs, and of the time step. Masks do not belong to it.
  ///
  /// Equal numbers have the same source in any file and format. Of an array of more than 16 MiB, only 64 runs of examples are read,
  /// evenly spaced. Two such arrays that differ only between the runs have the same source.
  ///
  /// - Throws: `InterchangeError` if the data cannot be read.
  public func source() throws -> Name {
    var text = step.map { "step\t\($0)\n" } ?? ""
    for source in sources.sorted(by: { $0.name < $1.name }) where source.name != "mask" {
      let exampleSize = source.example.reduce(1, *)
      let runs = ModelFeed.digestedRuns(count: count, byteCount: exampleSize * source.type.byteCount)
      let digests = try runs.map { try source.set.rows($0, as: source.type).digest.description }
      text += "\(source.name)\t\(source.type.rawValue)\t\(count),\(exampleSize)\t\(digests.joined(separator: ","))\n"
    }
    return Name("\(Digest(of: text))")
  }

  /// The runs of examples that the digest of an array reads.
  ///
  /// - Parameter byteCount: The number of bytes of an example.
  static func digestedRuns(count: Int, byteCount: Int) -> [Range<Int>] {
    guard byteCount > 0, count > digestedByteCount / byteCount else { return [0..<count] }
    let runCount = max(1, min(digestedRunCount, digestedByteCount / byteCount))
    let length = max(1, digestedByteCount / runCount / byteCount)
    return (0..<runCount).map { run in
      let start = runCount == 1 ? 0 : (count - length) / (runCount - 1) * run
      return start..<start + length
    }
  }
}

extension BatchPlan.Batch {
  /// The examples of the batch for its records; nil if the batch is empty.
  ///
  /// - Parameter source: The source of the data.
  func selection(from source: Name) -> ExampleSelection? {
    ExampleSelection(source: source, order: Name(order), ranges: [range])
  }
}
