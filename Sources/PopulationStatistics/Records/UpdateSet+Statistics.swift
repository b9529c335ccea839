import ComputationGraphs

extension UpdateSet {
  /// The two statistics that a record can hold.
  public typealias Statistic = UpdatePair.Statistic

  /// The same records with only the given statistics. A record that has none of them is left out.
  ///
  /// - Throws: The errors of making records. Records of a set never throw, because they were already checked.
  public func keeping(_ statistics: Set<Statistic>) throws(StatisticsError) -> UpdateSet {
    var kept: [UpdateRecord] = []
    var keptSources: [String?] = []
    for (record, source) in zip(records, sources) {
      let mean = statistics.contains(.mean) ? record.mean : nil
      let standardDeviation = statistics.contains(.standardDeviation) ? record.standardDeviation : nil
      guard mean != nil || standardDeviation != nil else { continue }
      kept.append(
        try record.replacingValues(
          mean: mean, standardDeviation: standardDeviation,
          counts: record.counts))
      keptSources.append(source)
    }
    return UpdateSet(checkedRecords: kept, sources: keptSources)
  }

  /// The same records without the time steps after the given number of steps, by brick.
  func limitingSteps(to stepCounts: [Name: Int]) throws(StatisticsError) -> UpdateSet {
    let limited = try records.map { record throws(StatisticsError) in
      guard let count = stepCounts[record.identity.brick], record.values.hasTimeSteps, record.values.stepCount > count,
        count > 0
      else { return record }
      let size = count * record.values.exampleShape.elementCount
      return try record.replacingValues(
        mean: record.mean.map { Array($0.prefix(size)) },
        standardDeviation: record.standardDeviation.map { Array($0.prefix(size)) },
        counts: Array(record.counts.prefix(count)))
    }
    return UpdateSet(checkedRecords: limited, sources: sources)
  }
}

extension UpdateRecord {
  fileprivate func replacingValues(
    mean: [Double]?, standardDeviation: [Double]?, counts: [Int64]
  ) throws(StatisticsError) -> UpdateRecord {
    try UpdateRecord(
      identity: identity, sequence: sequence, epsilon: epsilon, scalarType: scalarType,
      exampleShape: values.exampleShape, hasTimeSteps: values.hasTimeSteps, mean: mean,
      standardDeviation: standardDeviation,
      counts: counts)
  }
}
