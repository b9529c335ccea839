import Names
import Tensors

/// Update records that are read brick by brick, so that memory holds only the records of one brick.
public protocol UpdateCollection: Sendable {
  /// The paths of the bricks, in ascending order of their bytes.
  var bricks: [Name] { get }
  /// The different digests of parameters. An unknown digest (nil) comes first.
  var parametersDigests: [Digest?] { get }
  /// The records of one brick; empty for a brick that is not among `bricks`.
  ///
  /// Every call returns the same records.
  ///
  /// - Throws: An error of reading.
  func updates(of brick: Name) throws -> UpdateSet
}

extension UpdateSet: UpdateCollection {
  /// The set of one brick's records.
  public func updates(of brick: Name) -> UpdateSet {
    let records = records(of: brick)
    return UpdateSet(checkedRecords: Array(records), sources: Array(sources[records.indices]))
  }

  /// The same records with other places in the order of recording. All records of a minibatch must get the same place.
  package func settingSequences(_ sequence: (UpdateRecord.Identity) -> Int) -> UpdateSet {
    var records = records
    for index in records.indices { records[index].sequence = sequence(records[index].identity) }
    return UpdateSet(checkedRecords: records, sources: sources)
  }
}
