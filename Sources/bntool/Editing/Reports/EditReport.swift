import Messages

/// The report of `set`, `rename`, `drop` and `copy-statistics`. schemas/edit.schema.json describes its JSON.
struct EditReport: Report {
  struct Change: Encodable {
    let path: String
    let change: String
  }

  let input: String
  let operation: String
  let changes: [Change]
  let output: String?

  var lines: [String] {
    ["\(input): \(counted(changes.count, "change"))\(OutputFile.dryRunNote(output))"]
      + Columns.aligned(changes.map { ["  \($0.path)", $0.change] }) + OutputFile.note(output)
  }
}
