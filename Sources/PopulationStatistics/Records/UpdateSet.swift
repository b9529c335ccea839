import Names
import Tensors

/// A set of update records, in canonical order, whose bricks agree with themselves.
///
/// All records of one brick have one example shape, all or none of them time steps (the number of steps may differ), one
/// epsilon, and the same statistics (mean, standard deviation or both). What legitimately differs between recordings of
/// one thing is brought to one value that does not depend on the order of merging: the scalar type of a brick's records
/// is the widest of them, the sequence of a minibatch the smallest. So equal sets are the same bytes in a file.
public struct UpdateSet: Sendable {
  /// The records in ascending order of identity.
  public let records: [UpdateRecord]
  /// Where each record came from, for messages only.
  let sources: [String?]
  /// The part of `records` that each brick takes, in order.
  let brickRanges: [Range<Int>]

  /// The empty set.
  public init() {
    records = []
    sources = []
    brickRanges = []
  }

  /// A set of records. Takes time n log n.
  ///
  /// - Parameter source: where they came from, a file's name for example; it appears in messages and nowhere else.
  /// - Throws: `StatisticsError` with code `.conflict` if records contradict each other.
  public init(_ records: some Sequence<UpdateRecord>, source: String? = nil) throws(StatisticsError) {
    try self.init(joining: records.map { Entry(record: $0, source: source) })
  }

  /// The paths of the bricks, in ascending order of their bytes.
  public var bricks: [Name] { brickRanges.map { records[$0.lowerBound].identity.brick } }

  /// The records of one brick, in canonical order; empty for a brick that has none. Takes time log n.
  public func records(of brick: Name) -> ArraySlice<UpdateRecord> {
    let index = brickRanges.partitionPoint { records[$0.lowerBound].identity.brick < brick }
    guard index < brickRanges.count, case let range = brickRanges[index],
      records[range.lowerBound].identity.brick == brick
    else { return [] }
    return records[range]
  }

  /// The parameters digests that occur, each once, unknown (nil) first.
  ///
  /// More than one says that the records do not belong to one state of the model.
  public var parametersDigests: [Digest?] {
    Set(records.map(\.identity.parametersDigest)).sorted { $0.precedes($1) }
  }

  /// Where a record of the set came from, where that is known. Takes time log n.
  public func source(of identity: UpdateRecord.Identity) -> String? {
    let index = records.partitionPoint { $0.identity < identity }
    return index < records.count && records[index].identity == identity ? sources[index] : nil
  }

  /// The records for which a predicate holds.
  public func filter(_ isIncluded: (UpdateRecord) throws -> Bool) rethrows -> UpdateSet {
    let indices = try records.indices.filter { try isIncluded(records[$0]) }
    return UpdateSet(checkedRecords: indices.map { records[$0] }, sources: indices.map { sources[$0] })
  }

  /// Records that are known to be in canonical order and to agree with each other.
  init(checkedRecords records: [UpdateRecord], sources: [String?]) {
    self.records = records
    self.sources = sources
    var ranges: [Range<Int>] = []
    for index in records.indices {
      if let last = ranges.last, records[last.lowerBound].identity.brick == records[index].identity.brick {
        ranges[ranges.count - 1] = last.lowerBound..<index + 1
      } else {
        ranges.append(index..<index + 1)
      }
    }
    brickRanges = ranges
  }
}

extension UpdateSet: Hashable {
  /// Whether the sets hold the same records, wherever these came from.
  public static func == (left: UpdateSet, right: UpdateSet) -> Bool { left.records == right.records }

  /// Hashes the records.
  public func hash(into hasher: inout Hasher) { hasher.combine(records) }
}
