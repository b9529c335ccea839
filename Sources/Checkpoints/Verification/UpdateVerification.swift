import ComputationGraphs
import PopulationStatistics
import Tensors

/// Checks recorded update pairs: their digests and values row by row, and whether they belong to the model and to each other.
struct UpdateVerification {
  private(set) var findings: [Finding] = []
  private let model: ModelVerification
  private let normalizations: [Name: NormalizationStatistics]
  private var firstOfBrick: [Name: UpdateGroup] = [:]

  init(_ model: ModelVerification) {
    self.model = model
    normalizations = Dictionary(model.normalizations.map { ($0.path, $0) }) { first, _ in first }
  }

  private mutating func add(_ severity: Finding.Severity, _ path: Name, _ message: String) {
    findings.append(Finding(severity, .updates, path, message))
  }

  mutating func verify(_ rows: UpdateGroup, in checkpoint: borrowing Checkpoint, _ progress: (Int) -> Void) {
    verifyPlace(of: rows)
    do throws(CheckpointError) {
      try verifyValues(of: rows, in: checkpoint, progress)
    } catch {
      findings.append(Finding(.digest, error))
    }
  }

  /// Finds minibatches without records, minibatches that have examples in common, and minibatches that were computed with other
  /// parameters than the model's.
  mutating func verifyBatches(of contents: Contents) {
    guard let updates = contents.updates else { return }
    let used = Set(updates.groups.flatMap(\.batches))
    for (index, batch) in updates.batches.enumerated() where !used.contains(index) {
      add(.note, "/\(Format.updatesRoot)", "no record belongs to the minibatch \"\(batch.batch)\"")
    }
    // The check of the table of contents already reported minibatches that do not exist.
    let rows = updates.groups.map(\.batches).filter { $0.allSatisfy(updates.batches.indices.contains) }
    if let overlap = updates.batches.overlap(ofRows: rows) {
      add(.warning, "/\(Format.updatesRoot)", "\(overlap)")
    }
    guard let own = contents.parametersDigest else { return }
    let others = updates.batches.count { $0.parametersDigest != own }
    if others > 0 {
      add(
        .note, "/\(Format.updatesRoot)",
        "\(others) of \(updates.batches.count) minibatches were recorded with other or unknown parameters: their average is only a prior"
      )
    }
  }

  // MARK: Roles, axes, and the normalization in the graph

  private mutating func verifyPlace(of rows: UpdateGroup) {
    let group = rows.group
    for (member, entry) in rows.members {
      let axes = rows.group.leadingAxes
      if entry.role != member.role.name {
        add(.warning, entry.path, "has the role \(entry.role), not \(member.role)")
      }
      if !entry.axes.starts(with: axes) {
        add(
          .warning, entry.path,
          "has the axes [\(entry.axes.joined(separator: ", "))], which do not begin with "
            + axes.joined(separator: ", "))
      }
    }
    // All records of a brick are averaged together, so they must agree.
    let first = firstOfBrick[group.brick] ?? rows
    firstOfBrick[group.brick] = first
    if first.exampleShape != rows.exampleShape || first.group.timeSteps != group.timeSteps
      || first.group.epsilon != group.epsilon
      || [.mean, .standardDeviation].contains(where: {
        (first.members[$0] == nil) != (rows.members[$0] == nil)
      })
    {
      add(
        .error, group.path,
        "differs from \(first.group.path) in shape, time steps, ε or statistics; all records of one brick must agree in these"
      )
    }
    guard model.graph != nil else { return }
    guard let normalization = normalizations[group.brick] else {
      add(.warning, group.path, "no normalization of the graph belongs to \(group.brick)")
      return
    }
    if normalization.epsilon != group.epsilon {
      add(
        .warning, group.path, "has ε \(group.epsilon), but its normalization in the graph has \(normalization.epsilon)")
    }
    if normalization.standardDeviation == nil, rows.members[.standardDeviation] != nil {
      add(.warning, group.path, "has minibatch_stdev, but its normalization in the graph only subtracts the mean")
    }
    guard let mean = model.contents.entry(normalization.mean.datasetPath) else { return }
    let steps = normalization.stepCount
    let shape = Array(mean.shape.dropFirst(steps == nil ? 0 : 1))
    if (steps != nil) != group.timeSteps {
      add(
        .warning, group.path,
        group.timeSteps
          ? "is per time step, but its normalization in the graph is not"
          : "is not per time step, but its normalization in the graph is")
    } else if let steps, rows.stepCount > steps {
      add(.warning, group.path, "has \(rows.stepCount) time steps, but its normalization in the graph has \(steps)")
    }
    if shape != rows.exampleShape {
      add(
        .warning, group.path,
        "has the example shape \(Shape(rows.exampleShape)), but its normalization in the graph has \(Shape(shape))")
    }
  }

  // MARK: Values

  private mutating func verifyValues(
    of rows: UpdateGroup, in checkpoint: borrowing Checkpoint, _ progress: (Int) -> Void
  ) throws(CheckpointError) {
    guard let entry = rows.members[.counts], case .int64(let counts) = try checkpoint.read(entry).storage else {
      return
    }
    progress(entry.byteCount)
    if let index = counts.firstIndex(where: { $0 < 0 }) {
      add(.error, entry.path, "element \(index) is \(counts[index]); a count must be at least 0")
    }
    for (row, batch) in rows.batches.enumerated()
    where counts[row * rows.stepCount..<(row + 1) * rows.stepCount].allSatisfy({ $0 == 0 }) {
      add(.note, rows.group.path, "the record of the minibatch \"\(batch.batch)\" has no observations")
    }
    for member in [Contents.Updates.Member.mean, .standardDeviation] {
      guard let entry = rows.members[member] else { continue }
      do throws(CheckpointError) {
        try verifyValues(of: entry, isDeviation: member == .standardDeviation, rows, counts, in: checkpoint, progress)
      } catch {
        findings.append(Finding(.digest, error))
      }
    }
  }

  private mutating func verifyValues(
    of entry: Contents.Entry, isDeviation: Bool, _ rows: UpdateGroup, _ counts: [Int64],
    in checkpoint: borrowing Checkpoint, _ progress: (Int) -> Void
  ) throws(CheckpointError) {
    let exampleCount = Shape(rows.exampleShape).elementCount
    let bound = ValueScan.lowerBound(epsilon: rows.group.epsilon)
    var wrong: (count: Int, index: Int, value: Double)?
    var low: (count: Int, index: Int, value: Double)?
    var reader = try checkpoint.reader(of: entry)
    while let block = try reader.next() {
      progress(block.shape.elementCount * entry.type.byteCount)
      guard !block.isFinite(atLeast: isDeviation ? max(bound, 0) : -.greatestFiniteMagnitude) else { continue }
      let start = reader.position - block.shape.elementCount
      for (offset, value) in block.doubles.enumerated() {
        let index = start + offset
        guard counts[index / exampleCount] > 0 else { continue }
        if !StatisticValues.isPossible(value, isDeviation: isDeviation) {
          wrong = ((wrong?.count ?? 0) + 1, wrong?.index ?? index, wrong?.value ?? value)
        } else if isDeviation, value < bound {
          low = ((low?.count ?? 0) + 1, low?.index ?? index, low?.value ?? value)
        }
      }
    }
    func words(_ found: (count: Int, index: Int, value: Double)) -> String {
      let batch = rows.batches[found.index / exampleCount / rows.stepCount].batch
      let more = found.count == 1 ? "" : ", the first of \(found.count) such elements"
      return "element \(found.index), of the minibatch \"\(batch)\", is \(found.value)\(more)"
    }
    if let wrong {
      let rule = isDeviation ? "a standard deviation must be finite and at least 0" : "a mean must be finite"
      add(.error, entry.path, "\(words(wrong)); \(rule)")
    }
    if let low {
      add(
        .warning, entry.path,
        "\(words(low)), below sqrt(ε) = \(rows.group.epsilon.squareRoot()): the stored deviation does not include ε, or it includes a different ε"
      )
    }
  }
}
