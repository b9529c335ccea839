import Names
import PopulationStatistics

extension UpdateCollection {
  /// Writes the collection as a file of update pairs, completely or not at all. The same pairs give the same bytes.
  ///
  /// - Parameters:
  ///   - path: The file to write.
  ///   - provenance: The provenance of the pairs, the latest step last.
  ///   - progress: Called with the number of bytes after each block. If it throws, the work ends.
  /// - Throws: `StatisticsError` with code `.neverObserved` if there is no pair; the errors of `CheckpointDraft.save` and of the
  ///   collection.
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

/// Passes the elements of a collection's datasets to a sink. It keeps the stacks of the current brick, because the datasets of
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
      // Release the stacks of the previous brick first.
      stacks = []
      stacks = try UpdateStack.stacks(of: collection.updates(of: entry.brick))
      brick = entry.brick
    }
    for stack in stacks where entry.path.hasPrefix("\(stack.group.path)/") { try stack.write(entry, to: sink) }
  }
}
