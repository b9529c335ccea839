import ComputationGraphs
import PopulationStatistics

extension Verification {
  /// Verifies a checkpoint.
  ///
  /// The findings concern its structure, its table, the digests of all data, invalid values, untrustworthy statistics, and parts
  /// that contradict each other. After a finding, the verification continues with every part that can still be read.
  ///
  /// - Parameter progress: Called repeatedly, with the number of bytes of tensors that were read since the previous call.
  /// - Throws: `CheckpointError` with code `.notFound`, `.notACheckpoint` or `.inputOutput`. In these cases, there is nothing to
  ///   verify.
  /// - Complexity: O(bytes) time; memory for a block, or a row of update pairs and all of their counts.
  public init(checkpoint path: String, progress: (Int) -> Void = { _ in }) throws(CheckpointError) {
    try self.init(checkpoint: CheckpointFile(path), progress: progress)
  }

  /// Verifies a checkpoint whose name in messages may differ from its path.
  ///
  /// - Throws: The errors of `init(checkpoint:progress:)`.
  public init(checkpoint file: CheckpointFile, progress: (Int) -> Void = { _ in }) throws(CheckpointError) {
    let path = file.name
    var problems: [CheckpointError] = []
    let checkpoint: Checkpoint
    do {
      checkpoint = try Checkpoint(opening: file, collecting: &problems)
    } catch {
      switch error.code {
      case .notFound, .notACheckpoint, .inputOutput: throw error
      default:
        self.init(file: path, findings: [Finding(error.object == nil ? .file : .table, error)])
        return
      }
    }
    var findings = problems.map { Finding(.table, $0) }
    // If an object has a reported fault, faults that follow from it are not reported.
    var unsound = Set(problems.compactMap(\.object))
    var disagreements: [CheckpointError] = []
    var container = ContainerVerification()
    do {
      disagreements = try checkpoint.disagreements { container.verify($0, $1, of: path) }
    } catch {
      disagreements = [error]
    }
    container.verifyNames(of: checkpoint)
    findings += disagreements.filter { !unsound.contains($0.object ?? "/") }.map { Finding(.objects, $0) }
    unsound.formUnion(disagreements.compactMap(\.object))
    findings += container.findings.filter { !unsound.contains($0.path) }
    let model = ModelVerification(checkpoint, isSound: { !unsound.contains($0.path) })
    findings += model.findings.filter { !unsound.contains($0.path) }
    let entries = checkpoint.contents.tensors.filter { !$0.isUpdate && !unsound.contains($0.path) }
    findings += ValueVerification(model).findings(about: entries, in: checkpoint, progress)
    var updates = UpdateVerification(model)
    for group in checkpoint.contents.updates?.groups ?? [] where !unsound.contains(group.path) {
      let rows = UpdateGroup(group, checkpoint.contents)
      guard rows.members.values.allSatisfy({ !unsound.contains($0.path) }) else { continue }
      updates.verify(rows, in: checkpoint, progress)
    }
    updates.verifyBatches(of: checkpoint.contents)
    self.init(
      file: path, tensorCount: checkpoint.contents.tensors.count,
      findings: findings + updates.findings)
  }
}

extension Finding {
  /// Converts an error into a finding.
  init(_ check: Check, _ error: CheckpointError) {
    // Verification does not load anything, so remove the end of the message.
    let suffix = "; nothing was loaded"
    let message = error.message.hasSuffix(suffix) ? String(error.message.dropLast(suffix.count)) : error.message
    self.init(.error, check, error.object ?? "/", message)
  }
}
