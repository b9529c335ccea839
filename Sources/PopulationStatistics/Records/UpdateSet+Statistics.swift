extension UpdateSet {
  /// The two statistics that a record can hold.
  public enum Statistic: Hashable, Sendable, CaseIterable {
    case mean, standardDeviation
  }

  /// The same records with some statistics only; a record that holds none of them goes.
  public func keeping(_ statistics: Set<Statistic>) throws(StatisticsError) -> UpdateSet {
    var kept: [UpdateRecord] = []
    var keptSources: [String?] = []
    for (record, source) in zip(records, sources) {
      let mean = statistics.contains(.mean) ? record.mean : nil
      let standardDeviation = statistics.contains(.standardDeviation) ? record.standardDeviation : nil
      guard mean != nil || standardDeviation != nil else { continue }
      kept.append(
        try UpdateRecord(
          identity: record.identity, sequence: record.sequence, epsilon: record.epsilon, scalarType: record.scalarType,
          exampleShape: record.values.exampleShape, hasTimeSteps: record.values.hasTimeSteps, mean: mean,
          standardDeviation: standardDeviation, counts: record.counts))
      keptSources.append(source)
    }
    return UpdateSet(checkedRecords: kept, sources: keptSources)
  }
}
