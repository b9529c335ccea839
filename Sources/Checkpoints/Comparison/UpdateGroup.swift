import ComputationGraphs
import HDF5
import PopulationStatistics
import Tensors

/// The stacked records of one application of a brick, as described in the table of contents.
struct UpdateGroup {
  let group: Contents.Updates.Group
  /// The minibatch of each row.
  let batches: [Minibatch]
  /// The entries of the group's datasets in the table of contents. A group can lack means or standard deviations.
  let members: [Contents.Updates.Member: Contents.Entry]
  /// The number of time steps; 1 if there is no time axis.
  let stepCount: Int
  /// The extents of the values of one step.
  let exampleShape: [Int]

  init(_ group: Contents.Updates.Group, _ contents: Contents) {
    self.group = group
    batches = group.batches.compactMap { contents.updates?.batches[$0] }
    var members: [Contents.Updates.Member: Contents.Entry] = [:]
    for member in Contents.Updates.Member.allCases {
      members[member] = contents.entry("\(group.path)/\(member.rawValue)")
    }
    self.members = members
    let shape = (members[.mean] ?? members[.standardDeviation])?.shape ?? []
    stepCount = group.timeSteps && shape.count > 1 ? shape[1] : 1
    exampleShape = Array(shape.dropFirst(group.timeSteps ? 2 : 1))
  }

  /// The number of elements of a row.
  func rowLength(_ member: Contents.Updates.Member) -> Int {
    stepCount * (member == .counts ? 1 : Shape(exampleShape).elementCount)
  }

  /// Whether rows can be compared with the rows of another group.
  func isComparable(to other: UpdateGroup) -> Bool {
    exampleShape == other.exampleShape && group.timeSteps == other.group.timeSteps
  }

  /// The differences between the properties of the groups, in words. Records are not compared.
  func changes(to other: UpdateGroup) -> [String] {
    var changes: [String] = []
    if group.epsilon != other.group.epsilon { changes.append("ε \(group.epsilon) → \(other.group.epsilon)") }
    if group.timeSteps != other.group.timeSteps {
      changes.append(other.group.timeSteps ? "per time step now" : "no longer per time step")
    } else if stepCount != other.stepCount {
      changes.append("time steps \(stepCount) → \(other.stepCount)")
    }
    if exampleShape != other.exampleShape {
      changes.append("example shape \(Shape(exampleShape)) → \(Shape(other.exampleShape))")
    }
    for member in Contents.Updates.Member.allCases {
      switch (members[member], other.members[member]) {
      case (_?, nil): changes.append("\(member.rawValue) removed")
      case (nil, _?): changes.append("\(member.rawValue) added")
      case (let left?, let right?) where left.type != right.type:
        changes.append("\(member.rawValue): type \(left.type.rawValue) → \(right.type.rawValue)")
      default: break
      }
    }
    return changes
  }
}

/// Compares rows of two groups of update pairs. Initializing it reads the datasets once and checks their digests.
struct RowComparison {
  private let left: UpdateGroup
  private let right: UpdateGroup
  /// The digests of the rows, for every dataset that both groups have.
  private var digests: [Contents.Updates.Member: (left: [Digest], right: [Digest])] = [:]

  init(
    _ left: UpdateGroup, _ old: borrowing Checkpoint, _ right: UpdateGroup, _ new: borrowing Checkpoint
  ) throws(CheckpointError) {
    (self.left, self.right) = (left, right)
    guard left.isComparable(to: right) else { return }
    for member in Contents.Updates.Member.allCases {
      guard let entry = left.members[member], let other = right.members[member] else { continue }
      // If the digests of whole datasets are equal, all rows are equal.
      if entry.digest == other.digest, entry.type == other.type, entry.shape == other.shape,
        left.batches.map(\.identity) == right.batches.map(\.identity)
      {
        continue
      }
      digests[member] = (
        try Self.rowDigests(of: entry, left.rowLength(member), in: old),
        try Self.rowDigests(of: other, right.rowLength(member), in: new)
      )
    }
  }

  private static func rowDigests(
    of entry: Contents.Entry, _ length: Int, in checkpoint: borrowing Checkpoint
  ) throws(CheckpointError) -> [Digest] {
    var digests: [Digest] = []
    var reader = try checkpoint.reader(of: entry)
    guard length > 0 else { return [] }
    while let row = try reader.next(atMost: length) { digests.append(row.digest) }
    return digests
  }

  /// The differences between two rows, in words. Values without observations have no meaning and are not compared.
  func changes(
    _ row: Int, _ old: borrowing Checkpoint, _ other: Int, _ new: borrowing Checkpoint, tolerance: Double
  ) throws(CheckpointError) -> [String] {
    func isSame(_ member: Contents.Updates.Member) -> Bool {
      guard let digests = digests[member], row < digests.left.count, other < digests.right.count else { return true }
      return left.members[member]?.type == right.members[member]?.type && digests.left[row] == digests.right[other]
    }
    guard !Contents.Updates.Member.allCases.allSatisfy(isSame) else { return [] }
    let counts: (old: [Int64], new: [Int64]) = try values(.counts, row, old, other, new)
    var changes: [String] = []
    if counts.old != counts.new {
      let step = counts.old.indices.first { counts.old[$0] != counts.new[$0] } ?? 0
      changes.append(
        "count\(left.group.timeSteps ? " at step \(step)" : "") \(counts.old[step]) → \(counts.new[step])"
      )
    }
    let length = Shape(left.exampleShape).elementCount
    for member in [Contents.Updates.Member.mean, .standardDeviation] where !isSame(member) {
      var rows: (old: [Double], new: [Double]) = try values(member, row, old, other, new)
      for step in counts.old.indices where counts.old[step] == 0 || counts.new[step] == 0 {
        for index in step * length..<(step + 1) * length { (rows.old[index], rows.new[index]) = (0, 0) }
      }
      var distance = TensorDistance()
      distance.add(rows.old, rows.new)
      guard distance.exceeds(tolerance) else { continue }
      changes.append(
        distance.notFiniteCount > 0
          ? "\(member.rawValue): differing elements that are not finite: \(distance.notFiniteCount)"
          : "\(member.rawValue): greatest |Δ| \(Float(distance.maximum))")
    }
    return changes
  }

  /// Reads one row of each side, and pads the shorter sequence with zeros.
  private func values<Number: HDF5Number & AdditiveArithmetic>(
    _ member: Contents.Updates.Member, _ row: Int, _ old: borrowing Checkpoint, _ other: Int,
    _ new: borrowing Checkpoint
  ) throws(CheckpointError) -> (old: [Number], new: [Number]) {
    var rows: (old: [Number], new: [Number]) = (
      try old.row(row, of: left.members[member]), try new.row(other, of: right.members[member])
    )
    let count = max(rows.old.count, rows.new.count)
    rows.old += [Number](repeating: .zero, count: count - rows.old.count)
    rows.new += [Number](repeating: .zero, count: count - rows.new.count)
    return rows
  }
}

extension Checkpoint {
  /// One row along axis 0 of a tensor whose digest was already checked.
  fileprivate func row<Number: HDF5Number & AdditiveArithmetic>(
    _ row: Int, of entry: Contents.Entry?
  ) throws(CheckpointError) -> [Number] {
    guard let entry else { return [] }
    return try CheckpointError.about(name) {
      let dataset = try file.openDataset(String(entry.path.text.dropFirst()))
      return try dataset.read(from: Hyperslab([row..<row + 1] + entry.shape.dropFirst().map { 0..<$0 }))
    }
  }
}
