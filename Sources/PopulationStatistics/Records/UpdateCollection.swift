import Names
import Tensors

/// Update records that come brick by brick, so that no more than one brick's need be in memory.
public protocol UpdateCollection: Sendable {
  /// The paths of the bricks, in ascending order of their bytes.
  var bricks: [Name] { get }
  /// The parameters digests that occur, each once, unknown (nil) first.
  var parametersDigests: [Digest?] { get }
  /// The records of one brick; none for a brick that is not among `bricks`.
  ///
  /// Every call returns the same records.
  ///
  /// - Throws: An error of reading.
  func updates(of brick: Name) throws -> UpdateSet
}

extension UpdateSet: UpdateCollection {
  /// The records of one brick as a set of their own.
  public func updates(of brick: Name) -> UpdateSet {
    let records = records(of: brick)
    return UpdateSet(checkedRecords: Array(records), sources: Array(sources[records.indices]))
  }

  /// The same records with other places in the order of recording, which must be those of their minibatches.
  package func settingSequences(_ sequence: (UpdateRecord.Identity) -> Int) -> UpdateSet {
    var records = records
    for index in records.indices { records[index].sequence = sequence(records[index].identity) }
    return UpdateSet(checkedRecords: records, sources: sources)
  }
}
