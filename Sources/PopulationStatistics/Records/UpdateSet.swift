import Names
import Tensors

/// A set of update records in canonical order. The records of each brick agree with each other.
///
/// All records of one brick have the same example shape, the same epsilon, and the same statistics (mean, standard deviation or
/// both). All of them or none have time steps; the number of steps may differ. Two properties may differ between recordings, and
/// get one value that does not depend on the order of merging. The scalar type of a brick's records is the widest of them. The
/// sequence of a minibatch is the smallest. So equal sets have equal bytes in a file.
public struct UpdateSet: Sendable {
  /// The records in ascending order of identity.
  public let records: [UpdateRecord]
  /// The source of each record, for messages only.
  let sources: [String?]
  /// The range of each brick in `records`, in order.
  let brickRanges: [Range<Int>]

  /// The empty set.
  public init() {
    records = []
    sources = []
    brickRanges = []
  }

  /// A set of the given records.
  ///
  /// - Complexity: O(records · log records).
  /// - Parameter source: The source of the records for messages, for example the name of a file.
  /// - Throws: `StatisticsError` with code `.conflict` if records contradict each other.
  public init(_ records: some Sequence<UpdateRecord>, source: String? = nil) throws(StatisticsError) {
    try self.init(joining: records.map { Entry(record: $0, source: source) })
  }

  /// The paths of the bricks, in ascending order of their bytes.
  public var bricks: [Name] { brickRanges.map { records[$0.lowerBound].identity.brick } }

  /// The records of one brick, in canonical order; empty if the brick has none. Takes O(log records) time.
  public func records(of brick: Name) -> ArraySlice<UpdateRecord> {
    let index = brickRanges.partitionPoint { records[$0.lowerBound].identity.brick < brick }
    guard index < brickRanges.count, case let range = brickRanges[index],
      records[range.lowerBound].identity.brick == brick
    else { return [] }
    return records[range]
  }

  /// The different digests of parameters. An unknown digest (nil) comes first.
  ///
  /// If there is more than one, the records do not belong to one state of the model.
  public var parametersDigests: [Digest?] {
    Set(records.map(\.identity.parametersDigest)).sorted { $0.precedes($1) }
  }

  /// The source of a record of the set; nil if it is unknown. Takes O(log records) time.
  public func source(of identity: UpdateRecord.Identity) -> String? {
    let index = records.partitionPoint { $0.identity < identity }
    return index < records.count && records[index].identity == identity ? sources[index] : nil
  }

  /// The records that meet a condition.
  public func filter(_ isIncluded: (UpdateRecord) throws -> Bool) rethrows -> UpdateSet {
    let indices = try records.indices.filter { try isIncluded(records[$0]) }
    return UpdateSet(checkedRecords: indices.map { records[$0] }, sources: indices.map { sources[$0] })
  }

  /// A set of records that are known to be in canonical order and to agree with each other.
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
  /// Whether two sets have the same records. Sources are not compared.
  public static func == (left: UpdateSet, right: UpdateSet) -> Bool { left.records == right.records }

  /// Hashes the records.
  public func hash(into hasher: inout Hasher) { hasher.combine(records) }
}
