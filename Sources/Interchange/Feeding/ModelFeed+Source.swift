import Names
import PopulationStatistics
import Tensors

extension ModelFeed {
  /// The greatest number of bytes of each array that the digest reads.
  private static let digestedByteCount = 16 << 20
  /// The number of runs of examples that are read from an array with more bytes.
  private static let digestedRunCount = 64

  /// Computes the source of the examples: a digest of the numbers of all inputs, and of the time step. Masks are not included.
  ///
  /// Equal numbers have the same source in any file and format. If an array has more than 16 MiB, only 64 evenly spaced runs of
  /// examples are read. So two such arrays that differ only between the runs have the same source.
  ///
  /// - Throws: `InterchangeError` if the data cannot be read.
  public func source() throws -> Name {
    var text = step.map { "step\t\($0)\n" } ?? ""
    for source in sources.sorted(by: { $0.name < $1.name }) where source.name != "mask" {
      text += "\(source.name)\t\(try ModelFeed.summary(of: source.set, as: source.type))\n"
    }
    return Name("\(Digest(of: text))")
  }

  /// Computes a digest of the numbers of masks, or of the lengths that masks are made from; nil without masks. It reads as much of the
  /// data as `source()`.
  ///
  /// - Throws: `InterchangeError` if the data cannot be read.
  public func maskSource() throws -> Name? {
    let mask = try sources.first { $0.name == "mask" }.map { try ModelFeed.summary(of: $0.set, as: $0.type) }
    let lengths = try lengths.map { try ModelFeed.summary(of: $0.set, as: .int64) }
    return (mask ?? lengths).map { Name("\(Digest(of: $0))") }
  }

  /// Returns a text of the type, the extents and the digests of an array. The number of elements of an example matters, but not their
  /// arrangement.
  private static func summary(of set: Examples, as type: ScalarType) throws -> String {
    let exampleSize = set.shape.dimensions.dropFirst().reduce(1, *)
    let runs = digestedRuns(count: set.count, byteCount: exampleSize * type.byteCount)
    let digests = try runs.map { try set.rows($0, as: type).digest.description }
    return "\(type.rawValue)\t\(set.count),\(exampleSize)\t\(digests.joined(separator: ","))"
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
  /// The examples of the batch, as its records name them; nil if the batch is empty.
  ///
  /// - Parameter source: The digest of the data that `ModelFeed.source()` returns.
  func selection(from source: Name) -> ExampleSelection? {
    ExampleSelection(source: source, order: Name(order), ranges: [range])
  }
}
