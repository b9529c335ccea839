import Names
import Tensors

extension UpdateSet {
  /// The same records with other names of bricks, and with other digests of the parameters that they were computed with.
  ///
  /// - Throws: `StatisticsError` with code `.conflict` if two different records get the same identity.
  public func renamed(
    brick: (Name) -> Name, parametersDigest: (Digest?) -> Digest?
  ) throws(StatisticsError) -> UpdateSet {
    try UpdateSet(
      records.map { (record) throws(StatisticsError) in
        try UpdateRecord(
          identity: UpdateRecord.Identity(
            brick: brick(record.identity.brick), application: record.identity.application, batch: record.identity.batch,
            parametersDigest: parametersDigest(record.identity.parametersDigest)),
          sequence: record.sequence, epsilon: record.epsilon, scalarType: record.scalarType, values: record.values)
      })
  }
}
