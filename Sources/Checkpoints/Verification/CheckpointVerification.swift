import ComputationGraphs
import PopulationStatistics

/// The findings about one checkpoint.
///
/// They concern its structure, its table, the digests of all data, invalid values, untrustworthy statistics, and parts that
/// contradict each other.
public struct CheckpointVerification: Hashable, Sendable, Encodable {
  /// The name of the file, as the caller gave it.
  public let file: String
  /// The number of tensors that the table lists.
  public private(set) var tensorCount = 0
  /// The findings, errors first, then sorted by path.
  public private(set) var findings: [Finding] = []

  private enum CodingKeys: String, CodingKey {
    case file, findings
    case tensorCount = "tensor_count"
  }

  /// Verifies a file. After a finding, it continues with every part that can still be read.
  ///
  /// - Parameter progress: Called with the number of further bytes of tensors that were read.
  /// - Throws: `CheckpointError` with code `.notFound`, `.notACheckpoint` or `.inputOutput`. There is nothing to verify then.
  /// - Complexity: O(bytes) time; memory for a block, or a row of update pairs and all of their counts.
  public init(_ path: String, progress: (Int) -> Void = { _ in }) throws(CheckpointError) {
    file = path
    var problems: [CheckpointError] = []
    let checkpoint: Checkpoint
    do {
      checkpoint = try Checkpoint(opening: path, collecting: &problems)
    } catch {
      switch error.code {
      case .notFound, .notACheckpoint, .inputOutput: throw error
      default:
        findings = [Finding(error.object == nil ? .file : .table, error)]
        return
      }
    }
    tensorCount = checkpoint.contents.tensors.count
    findings = problems.map { Finding(.table, $0) }
    // A fault that only follows from a reported fault of the same object is not reported.
    var unsound = Set(problems.compactMap(\.object))
    var disagreements: [CheckpointError] = []
    do { disagreements = try checkpoint.disagreements() } catch { disagreements = [error] }
    findings += disagreements.filter { !unsound.contains($0.object ?? "/") }.map { Finding(.objects, $0) }
    unsound.formUnion(disagreements.compactMap(\.object))
    findings += ContainerVerification(checkpoint, isSound: { !unsound.contains($0.path) }).findings
    let model = ModelVerification(checkpoint, isSound: { !unsound.contains($0.path) })
    findings += model.findings.filter { !unsound.contains($0.path) }
    var values = ValueVerification(model)
    for entry in checkpoint.contents.tensors where !entry.isUpdate && !unsound.contains(entry.path) {
      values.verify(entry, in: checkpoint, progress)
    }
    var updates = UpdateVerification(model)
    for group in checkpoint.contents.updates?.groups ?? [] where !unsound.contains(group.path) {
      let rows = UpdateGroup(group, checkpoint.contents)
      guard rows.members.values.allSatisfy({ !unsound.contains($0.path) }) else { continue }
      updates.verify(rows, in: checkpoint, progress)
    }
    updates.verifyBatches(of: checkpoint.contents)
    findings += values.findings + updates.findings
    findings.sort { left, right in
      (left.severity, left.path, left.check.rawValue, left.message)
        < (right.severity, right.path, right.check.rawValue, right.message)
    }
  }

  /// The number of findings with the given severity.
  public func count(_ severity: Finding.Severity) -> Int { findings.count { $0.severity == severity } }
}
