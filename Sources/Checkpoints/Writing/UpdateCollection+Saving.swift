import Names
import PopulationStatistics

extension UpdateCollection {
  /// Writes the collection as a file of update pairs, whole or not at all. The same pairs give the same bytes.
  ///
  /// - Parameters:
  ///   - path: The file to write.
  ///   - provenance: How the pairs came together, the latest step last.
  ///   - progress: Called with the number of bytes after each block; what it throws ends the work.
  /// - Throws: `StatisticsError` with code `.neverObserved` if there is no pair; the errors of `CheckpointDraft.save`, and whatever the
  ///   collection throws.
  @discardableResult
  public func save(
    to path: String, provenance: [ProvenanceStep] = [], progress: @escaping (Int) throws -> Void = { _ in }
  ) throws -> UpdateSummary {
    let layout = try UpdateLayout(self)
    guard layout.updates != nil else { throw StatisticsError(.neverObserved, "there is no update pair to save") }
    let draft = try CheckpointDraft(updates: layout, provenance: provenance, for: path)
    var elements = UpdateElements(self)
    try draft.save(to: path, progress: progress) { try elements.write($0, to: $1) }
    return layout.summary
  }
}

/// Hands the elements of a collection's datasets over, and keeps the stacks of the brick that was last asked for: the datasets of
/// one brick are written one after another.
struct UpdateElements<Collection: UpdateCollection> {
  private let collection: Collection
  private var brick: Name?
  private var stacks: [UpdateStack] = []

  init(_ collection: Collection) {
    self.collection = collection
  }

  mutating func write(_ entry: Contents.Entry, to sink: TensorSink) throws {
    if brick != entry.brick {
      // First let go of the other brick's.
      stacks = []
      stacks = try UpdateStack.stacks(of: collection.updates(of: entry.brick))
      brick = entry.brick
    }
    for stack in stacks where entry.path.hasPrefix("\(stack.group.path)/") { try stack.write(entry, to: sink) }
  }
}
