import PopulationStatistics

/// The layout of update pairs as stacked datasets (schemas/STATISTICS.md). A first pass over the records, brick by brick,
/// determines the datasets. A second pass provides the elements.
struct UpdateLayout {
  /// The datasets. Their digests are not known yet.
  private(set) var tensors: [Contents.Entry] = []
  let updates: Contents.Updates?
  let summary: UpdateSummary

  /// - Throws: The errors of the collection.
  init(_ collection: some UpdateCollection) throws {
    var batches: [Contents.Updates.Batch.Identity: Contents.Updates.Batch] = [:]
    var groups: [(group: Contents.Updates.Group, rows: [Contents.Updates.Batch.Identity])] = []
    var bricks: [UpdateSummary.Brick] = []
    for brick in collection.bricks {
      let set = try collection.updates(of: brick)
      guard !set.records.isEmpty else { continue }
      bricks.append(UpdateSummary.Brick(brick, set.records))
      for stack in UpdateStack.stacks(of: set) {
        for batch in stack.batches { batches[batch.identity] = batch }
        groups.append((stack.group, stack.batches.map(\.identity)))
        tensors += stack.entries
      }
    }
    let sorted = batches.values.sorted { $0.precedes($1) }
    let numbers = Dictionary(uniqueKeysWithValues: zip(sorted.map(\.identity), sorted.indices))
    let numbered = groups.map { group, rows in
      var group = group
      group.batches = rows.compactMap { numbers[$0] }
      return group
    }.sorted { $0.path < $1.path }
    updates = numbered.isEmpty ? nil : Contents.Updates(batches: sorted, groups: numbered)
    summary = UpdateSummary(
      bricks: bricks, batchCount: sorted.count, parameterSetCount: Set(sorted.map(\.parametersDigest)).count)
  }
}
