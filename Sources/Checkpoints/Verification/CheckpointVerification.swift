import ComputationGraphs
import PopulationStatistics

/// Everything that is wrong, or worth knowing, about one checkpoint: its structure, its table, the digests of all of its data, values that
/// mean nothing, statistics that are not to be trusted, and parts that do not fit each other.
public struct CheckpointVerification: Hashable, Sendable, Encodable {
  /// The file as the caller named it.
  public let file: String
  /// How many tensors the table lists.
  public private(set) var tensorCount = 0
  /// What was found: errors first, then by path.
  public private(set) var findings: [Finding] = []

  private enum CodingKeys: String, CodingKey {
    case file, findings
    case tensorCount = "tensor_count"
  }

  /// Verifies a file, going on after a finding wherever the rest can be read.
  ///
  /// - Parameter progress: Called with how many more bytes of tensors have been read.
  /// - Throws: `CheckpointError` with code `.notFound`, `.notACheckpoint` or `.inputOutput`: then there is nothing to verify.
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
    // What follows from a fault of an object is no news.
    var unsound = Set(problems.compactMap(\.object))
    var disagreements: [CheckpointError] = []
    do { disagreements = try checkpoint.disagreements() } catch { disagreements = [error] }
    findings += disagreements.filter { !unsound.contains($0.object ?? "/") }.map { Finding(.objects, $0) }
    unsound.formUnion(disagreements.compactMap(\.object))
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

  /// How many findings have a severity.
  public func count(_ severity: Finding.Severity) -> Int { findings.count { $0.severity == severity } }
}
