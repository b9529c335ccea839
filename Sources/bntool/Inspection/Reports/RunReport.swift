import Messages

/// The report of `run`. schemas/run.schema.json describes its JSON.
struct RunReport: Encodable {
  let examples: Int
  let accuracy: Double?
  let correct: Int?
  let output: String?

  var text: String {
    let examples = counted(examples, "example")
    return accuracy.map { "\(examples) · accuracy \(Formatting.percent($0))" } ?? examples
  }
}
