import Messages

/// The report of `set`, `rename`, `drop` and `copy-statistics`. schemas/edit.schema.json describes its JSON.
struct EditReport: Encodable {
  struct Change: Encodable {
    let path: String
    let change: String
  }

  let input: String
  let operation: String
  let changes: [Change]
  let output: String?

  func show(asJSON: Bool) throws {
    guard !asJSON else { return try Console.print(json: self) }
    let note = output == nil ? " (dry run, nothing was written)" : ""
    try Console.print("\(input): \(counted(changes.count, "change"))\(note)")
    try Console.print(Columns.aligned(changes.map { ["  \($0.path)", $0.change] }).joined(separator: "\n"))
    if let output { try Console.print(OutputFile.note(output)) }
  }
}
