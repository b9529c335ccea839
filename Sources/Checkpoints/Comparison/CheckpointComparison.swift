import ComputationGraphs
import PopulationStatistics
import Tensors

/// The differences between two checkpoints: from A, the first, to B, the second.
///
/// Structure comes first, then values. The scale of a tensor is the root mean square of its elements, in the file where this
/// number is greater. A tensor differs if its greatest |Δ| is above the tolerance times its scale. The population statistics of
/// a normalization differ if |μA − μB| / σB or |log(σB / σA)| of a channel is above the tolerance. Without a tolerance, every
/// differing bit is a difference. Two NaNs are equal, and two equal infinities are equal. Any other pair with a value that is
/// not finite differs.
public struct CheckpointComparison: Hashable, Sendable, Encodable {
  /// One of the two files.
  public struct Side: Hashable, Sendable, Encodable {
    /// The name of the file, as the caller gave it.
    public let file: String
    /// The digest of the table of contents. The table contains the digests of all other content.
    public let contentDigest: Digest

    private enum CodingKeys: String, CodingKey {
      case file
      case contentDigest = "content_digest"
    }

    init(_ checkpoint: borrowing Checkpoint) { (file, contentDigest) = (checkpoint.name, checkpoint.contentDigest) }
  }

  /// The first file.
  public let old: Side
  /// The second file.
  public let new: Side
  /// The tolerance: the allowed difference of a value, relative to its scale.
  public let tolerance: Double
  /// Whether there are no differences.
  public let isSame: Bool
  /// The number of tensors that both files have, not counting update pairs and ignored tensors.
  public let comparedTensorCount: Int
  /// The differences in structure.
  public let structure: [StructuralDifference]
  /// The tensors whose values differ, in canonical order. Population statistics of normalizations are not among them.
  public let tensors: [TensorDifference]
  /// The population statistics whose values or origins differ.
  public let statistics: [StatisticDifference]
  /// The applications of bricks whose recorded update pairs differ.
  public let updates: [UpdateDifference]

  private enum CodingKeys: String, CodingKey {
    case old, new, tolerance, structure, tensors, statistics, updates
    case isSame = "same"
    case comparedTensorCount = "compared_tensor_count"
  }

  /// Compares two checkpoints, tensor by tensor in blocks.
  ///
  /// Tensors with equal digests in both tables of contents are not read. `Verification` checks that a file agrees with its table
  /// of contents.
  ///
  /// - Parameters:
  ///   - tolerance: The allowed difference of a value, relative to its scale; 0 finds every differing bit.
  ///   - selectors: The parts to leave out: tensors, or bricks with everything in them; also `/provenance`, `/updates` and
  ///     `/model/graph`.
  ///   - progress: Called repeatedly, with the number of bytes of the first file that were compared since the previous call. Only
  ///     tensors that both files have are counted.
  /// - Throws: `CheckpointError` if something that has to be read does not agree with its table.
  /// - Complexity: O(bytes of the tensors that differ) time; memory for a few blocks.
  public init(
    _ old: borrowing Checkpoint, _ new: borrowing Checkpoint, tolerance: Double = 0,
    ignoring selectors: [Selector] = [], progress: (Int) -> Void = { _ in }
  ) throws(CheckpointError) {
    self.old = Side(old)
    self.new = Side(new)
    self.tolerance = tolerance
    let exclusion = Exclusion(selectors: selectors)
    let pairs = EntryPairs(old.contents, new.contents, exclusion)
    comparedTensorCount = pairs.common.count
    guard old.contentDigest != new.contentDigest else {
      (isSame, structure, tensors, statistics, updates) = (true, [], [], [], [])
      return
    }
    var structure: [StructuralDifference] = []
    if old.kind != new.kind {
      structure.append(StructuralDifference(.file, .changed, "/", "kind \(old.kind.rawValue) → \(new.kind.rawValue)"))
    }
    var normalizations: [NormalizationStatistics] = []
    if old.kind == .model, new.kind == .model {
      let graph = try old.graph()
      normalizations = graph.normalizationStatistics
      structure += BrickNode.differences(from: try old.bricks(), to: try new.bricks())
      structure += graph.differences(to: try new.graph())
    }
    if try old.provenance() != new.provenance() {
      structure.append(
        StructuralDifference(.provenance, .changed, Format.provenancePath, "the steps that made the file"))
    }
    let updates = try UpdateDifference.differences(old, new, exclusion, tolerance: tolerance)
    self.structure = structure.filter { !exclusion.excludes(brick: $0.path) } + pairs.structure + updates.structure
    self.updates = updates.values
    var statistics: [StatisticDifference] = []
    var tensors: [TensorDifference] = []
    for unit in pairs.units(normalizations) {
      if let path = unit.normalization {
        try StatisticDifference(path, unit, old, new, tolerance: tolerance).map { statistics.append($0) }
        progress(unit.entries.reduce(0) { $0 + $1.old.byteCount })
      } else {
        try TensorDifference(unit, old, new, tolerance: tolerance, progress).map { tensors.append($0) }
        StatisticDifference(originOf: unit, old, new).map { statistics.append($0) }
      }
    }
    (self.statistics, self.tensors) = (statistics, tensors)
    isSame = self.structure.isEmpty && tensors.isEmpty && statistics.isEmpty && self.updates.isEmpty
  }
}

/// A saved tensor whose values differ.
public struct TensorDifference: Hashable, Sendable, Encodable {
  /// The path as reports show it, such as `/mlp/linear_0.W`.
  public let path: Name
  /// The extents.
  public let shape: [Int]
  /// The distance of the elements.
  public let distance: TensorDistance

  /// Compares the two tensors of a pair. The result is nil if their shapes differ, or if no difference exceeds the tolerance.
  init?(
    _ pair: EntryPairs.Unit, _ old: borrowing Checkpoint, _ new: borrowing Checkpoint, tolerance: Double,
    _ progress: (Int) -> Void
  ) throws(CheckpointError) {
    let (left, right) = pair.entries[0]
    guard left.shape == right.shape, left.differsInValue(from: right) else {
      progress(left.byteCount)
      return nil
    }
    var distance = TensorDistance()
    var blocks = try old.reader(of: left)
    var otherBlocks = try new.reader(of: right)
    while let block = try blocks.next(), let other = try otherBlocks.next() {
      distance.add(block, other)
      progress(block.shape.elementCount * left.type.byteCount)
    }
    guard distance.exceeds(tolerance) else { return nil }
    (path, shape, self.distance) = (left.displayPath, left.shape, distance)
  }
}
