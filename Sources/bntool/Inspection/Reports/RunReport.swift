import Messages

/// The report of `run`. schemas/run.schema.json describes its JSON.
struct RunReport: Report {
  let examples: Int
  let accuracy: Double?
  let correct: Int?
  let output: String?

  var lines: [String] {
    let accuracy = accuracy.map { " · accuracy \(Formatting.percent($0))" } ?? ""
    return ["\(counted(examples, "example"))\(accuracy)"] + OutputFile.note(output)
  }
}
