import ComputationGraphs
import HDF5
import PopulationStatistics

/// The difference between the recorded update pairs of one application of a brick. A record is identified by its minibatch and
/// the parameters that it was computed with.
public struct UpdateDifference: Hashable, Sendable, Encodable {
  /// A record that both files have with different content.
  public struct Change: Hashable, Sendable, Encodable {
    /// The name of the minibatch.
    public let batch: Name
    /// The difference in words.
    public let message: String
  }

  /// The path of the brick, then the application, such as `/mlp/batchnormalization.apply`.
  public let path: Name
  /// The number of records that are the same in both files.
  public internal(set) var sameCount = 0
  /// The names of the minibatches whose records only the second file has.
  public internal(set) var added: [Name] = []
  /// The names of the minibatches whose records only the first file has.
  public internal(set) var removed: [Name] = []
  /// The records that both files have with different content.
  public internal(set) var changed: [Change] = []

  private enum CodingKeys: String, CodingKey {
    case path, added, removed, changed
    case sameCount = "same_count"
  }

  init(path: Name) { self.path = path }

  /// Compares the update pairs of two files, group by group.
  ///
  /// - Complexity: O(elements) time for groups whose digests differ; memory for one digest per record and a few rows.
  static func differences(
    _ old: borrowing Checkpoint, _ new: borrowing Checkpoint, _ exclusion: Exclusion, tolerance: Double
  ) throws(CheckpointError) -> (structure: [StructuralDifference], values: [UpdateDifference]) {
    var structure: [StructuralDifference] = []
    var values: [UpdateDifference] = []
    func groups(_ contents: Contents) -> [Contents.Updates.Group] {
      (contents.updates?.groups ?? []).filter {
        !exclusion.excludes(brick: $0.path) && !exclusion.excludes(brick: $0.brick)
      }
    }
    var pending: [Name: Contents.Updates.Group] = [:]
    for group in groups(new.contents) { pending[group.path] = group }
    for group in groups(old.contents) {
      guard let other = pending.removeValue(forKey: group.path) else {
        structure.append(StructuralDifference(.updates, .removed, group.displayPath, group.summary))
        continue
      }
      let stacks = (UpdateGroup(group, old.contents), UpdateGroup(other, new.contents))
      let changes = stacks.0.changes(to: stacks.1)
      structure += changes.map { StructuralDifference(.updates, .changed, group.displayPath, $0) }
      var difference = UpdateDifference(path: group.displayPath)
      try difference.compare(stacks.0, old, stacks.1, new, tolerance: tolerance)
      if !(difference.added.isEmpty && difference.removed.isEmpty && difference.changed.isEmpty) {
        values.append(difference)
      }
    }
    for group in groups(new.contents) where pending[group.path] != nil {
      structure.append(StructuralDifference(.updates, .added, group.displayPath, group.summary))
    }
    return (structure, values)
  }

  private mutating func compare(
    _ left: UpdateGroup, _ old: borrowing Checkpoint, _ right: UpdateGroup, _ new: borrowing Checkpoint,
    tolerance: Double
  ) throws(CheckpointError) {
    var pending: [Minibatch.Identity: Int] = [:]
    for (row, batch) in right.batches.enumerated() { pending[batch.identity] = row }
    var common: [(left: Int, right: Int)] = []
    for (row, batch) in left.batches.enumerated() {
      if let other = pending.removeValue(forKey: batch.identity) {
        common.append((row, other))
      } else {
        removed.append(batch.batch)
      }
    }
    added = pending.values.sorted().map { right.batches[$0].batch }
    guard !common.isEmpty else { return }
    // Rows are read one by one only if their bytes differ.
    let comparison = try RowComparison(left, old, right, new)
    for (row, other) in common {
      var messages: [String] = []
      let (batch, otherBatch) = (left.batches[row], right.batches[other])
      if batch.sequence != otherBatch.sequence {
        messages.append("sequence \(batch.sequence) → \(otherBatch.sequence)")
      }
      messages += try comparison.changes(row, old, other, new, tolerance: tolerance)
      if messages.isEmpty {
        sameCount += 1
      } else {
        changed.append(Change(batch: batch.batch, message: messages.joined(separator: "; ")))
      }
    }
  }
}

extension Contents.Updates.Group {
  /// The brick and the application, such as `/mlp/batchnormalization.apply`.
  var displayPath: Name { "\(brick).\(application)" }

  fileprivate var summary: String { recordCount == 1 ? "1 record" : "\(recordCount) records" }
}
