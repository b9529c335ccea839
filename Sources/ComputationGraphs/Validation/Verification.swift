/// The findings about one file.
public struct Verification: Hashable, Sendable, Encodable {
  /// The name of the file, as the caller gave it.
  public let file: String
  /// The number of tensors in the file.
  public let tensorCount: Int
  /// The findings, errors first, then sorted by path.
  public let findings: [Finding]

  private enum CodingKeys: String, CodingKey {
    case file, findings
    case tensorCount = "tensor_count"
  }

  /// Collects the findings about a file. They can have any order.
  public init(file: String, tensorCount: Int = 0, findings: [Finding]) {
    self.file = file
    self.tensorCount = tensorCount
    self.findings = findings.sorted { left, right in
      (left.severity, left.path, left.check.rawValue, left.message)
        < (right.severity, right.path, right.check.rawValue, right.message)
    }
  }

  /// The number of findings with the given severity.
  public func count(_ severity: Finding.Severity) -> Int { findings.count { $0.severity == severity } }
}
