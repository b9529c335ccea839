import ComputationGraphs
import Messages

/// The findings in one file as text: a summary, and one line for each finding.
struct VerifyText {
  let verification: Verification

  var text: String {
    let groups = NumberedPaths.collapsed(verification.findings, path: \.path.text) {
      [$0.severity.rawValue, $0.check.rawValue, $0.message]
    }
    // The severity and the colon need 12 characters.
    let paths = ShortNames.fitting(groups.map(\.path), beside: 12)
    let lines = zip(groups, paths).map { group, path in
      let severity = group.items[0].severity.rawValue
      let place = group.path == "/" ? "" : "\(path): "
      return "  \(severity)\(String(repeating: " ", count: 9 - severity.count))\(place)\(group.items[0].message)"
    }
    return ([summary] + lines).joined(separator: "\n")
  }

  private var summary: String {
    let counts = Finding.Severity.allCases.compactMap { severity in
      let count = verification.count(severity)
      return count == 0 ? nil : counted(count, severity.rawValue)
    }
    let result = counts.isEmpty ? "no problems" : listed(counts)
    return "\(verification.file): \(result), \(counted(verification.tensorCount, "tensor")) checked"
  }
}
