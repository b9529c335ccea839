import PopulationStatistics

extension UpdateCollection {
  /// Writes the collection as a file of update pairs, completely or not at all. The same pairs give the same bytes.
  ///
  /// - Parameters:
  ///   - path: The file to write.
  ///   - provenance: The provenance of the pairs, the latest step last.
  ///   - progress: See `CheckpointDraft.save`.
  /// - Throws: `StatisticsError` with code `.neverObserved` if there is no pair; the errors of `CheckpointDraft.save` and of the
  ///   collection.
  @discardableResult
  public func save(
    to path: String, provenance: [ProvenanceStep] = [], progress: @escaping (Int) throws -> Void = { _ in }
  ) throws -> UpdateSummary {
    guard !isEmpty else { throw StatisticsError(.neverObserved, "there is no update pair to save") }
    let draft = try CheckpointDraft(updates: UpdateLayout(self), provenance: provenance, for: path)
    var elements = UpdateElements(self)
    try draft.save(to: path, progress: progress) { try elements.write($0, to: $1) }
    return UpdateSummary(self, observationCounts: elements.observationCounts)
  }
}
