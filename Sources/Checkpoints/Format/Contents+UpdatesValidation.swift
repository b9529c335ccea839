import ComputationGraphs
import PopulationStatistics
import Tensors

extension Contents {
  /// The contradictions between the groups, minibatches and datasets of recorded update pairs (schemas/STATISTICS.md).
  func updateProblems() -> [TableProblem] {
    guard updates != nil || tensors.contains(where: \.isUpdate) else { return [] }
    var problems: [TableProblem] = []
    var pending: Set<Name> = Set(tensors.lazy.filter(\.isUpdate).map(\.path))
    if let updates {
      var entries: [Name: Entry] = [:]
      for entry in tensors where entry.isUpdate { entries[entry.path] = entry }
      func check(_ body: () throws(TableProblem) -> Void) {
        do throws(TableProblem) { try body() } catch { problems.append(error) }
      }
      check(updates.checkBatches)
      if let index = updates.groups.firstIndexOutOfOrder(by: { $0.path < $1.path }) {
        problems.append(
          TableProblem(
            "groups of update pairs are not in ascending order, or a group is listed twice", updates.groups[index].path)
        )
      }
      for group in updates.groups {
        let members = Updates.Member.allCases.map { entries["\(group.path)/\($0.rawValue)"] }
        check { () throws(TableProblem) in
          try group.checkRows(of: updates.batches)
          try group.checkDatasets(mean: members[0], standardDeviation: members[1], counts: members[2])
        }
        pending.subtract(members.compactMap { $0?.path })
      }
    }
    return problems + pending.sorted().map { TableProblem("does not belong to a group of update pairs", $0) }
  }
}

extension Contents.Updates {
  /// The datasets of a group.
  enum Member: String, CaseIterable {
    case mean = "minibatch_mean"
    case standardDeviation = "minibatch_stdev"
    case counts

    /// The statistics that the dataset holds.
    var statistics: Set<UpdateSet.Statistic> {
      switch self {
      case .mean: [.mean]
      case .standardDeviation: [.standardDeviation]
      case .counts: []
      }
    }

    /// The role of the dataset.
    var role: Role {
      switch self {
      case .mean: .batchNormalizationOffset
      case .standardDeviation: .batchNormalizationDivisor
      case .counts: .auxiliary
      }
    }
  }

  fileprivate func checkBatches() throws(TableProblem) {
    guard batches.allSatisfy({ !$0.batch.isEmpty }) else { throw TableProblem("lists a minibatch without a name") }
    if let batch = batches.first(where: { $0.sequence < 0 }) {
      throw TableProblem(
        "gives the minibatch \"\(batch.batch)\" the sequence number \(batch.sequence); it must be at least 0")
    }
    if let index = batches.firstIndexOutOfOrder(by: <) {
      throw TableProblem("lists the minibatch \"\(batches[index].batch)\" out of order or twice")
    }
    guard !batches.hasRepeatedIdentity else {
      throw TableProblem("lists a minibatch under two sequence numbers with the same parameters")
    }
  }
}

extension Contents.Updates.Group {
  /// The first axes of the group's datasets.
  var leadingAxes: [Name] { ["batch"] + (timeSteps ? [TensorDescription.timeAxis] : []) }

  fileprivate func checkRows(of batches: [Minibatch]) throws(TableProblem) {
    do throws(GraphError) {
      try BrickPath.check(brick)
      try BrickPath.check(component: application)
    } catch {
      throw TableProblem(error.message, path)
    }
    guard path == "/\(Format.updatesRoot)\(brick)/\(application)" else {
      throw TableProblem("does not match its brick \(brick) and its application \(application)", path)
    }
    guard Normalization.isValid(epsilon: epsilon) else {
      throw TableProblem("has the epsilon \(epsilon); it must be finite and at least 0", path)
    }
    if let row = self.batches.firstIndex(where: { !batches.indices.contains($0) }) {
      throw TableProblem(
        "row \(row) belongs to minibatch \(self.batches[row]), but there are only \(batches.count) minibatches", path)
    }
    guard self.batches.firstIndexOutOfOrder(by: <) == nil else {
      throw TableProblem("lists its minibatches out of order, or a minibatch twice", path)
    }
  }

  fileprivate func checkDatasets(
    mean: Contents.Entry?, standardDeviation: Contents.Entry?, counts: Contents.Entry?
  ) throws(TableProblem) {
    guard let counts, let values = mean ?? standardDeviation else {
      throw TableProblem("has no counts, or has neither minibatch_mean nor minibatch_stdev", path)
    }
    for entry in [mean, standardDeviation, counts].compactMap({ $0 }) where entry.brick != brick {
      throw TableProblem("belongs to the brick \(entry.brick), but its group belongs to the brick \(brick)", entry.path)
    }
    let leadingAxes = leadingAxes.count
    guard values.type.isFloatingPoint, values.shape.count >= leadingAxes, values.shape[0] == batches.count,
      standardDeviation.map({ $0.shape == values.shape && $0.type == values.type }) ?? true
    else {
      throw TableProblem("the types or shapes of its datasets do not fit \(batches.count) minibatches", path)
    }
    guard !timeSteps || values.shape[1] > 0 else { throw TableProblem("has records without time steps", path) }
    guard counts.type == .int64, counts.shape == Array(values.shape.prefix(leadingAxes)) else {
      throw TableProblem(
        "counts are \(counts.type.rawValue) of shape \(counts.shape), not int64 of shape "
          + "\(Array(values.shape.prefix(leadingAxes)))", path)
    }
  }
}
