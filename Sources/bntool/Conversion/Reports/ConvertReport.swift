import Interchange
import Messages
import Names

/// The report of `convert`. schemas/convert.schema.json describes its JSON.
struct ConvertReport: Encodable {
  /// A tensor, and what became of it.
  struct Tensor: Encodable {
    let source: Name
    let target: Name
    let type: String
    let shape: [Int]
    var conversion = ""
  }

  /// An object of the input that the output does not hold.
  struct Skipped: Encodable {
    let name: Name
    let reason: String
  }

  let input: String
  let output: String?
  let from: String
  let to: String
  var tensors: [Tensor] = []
  var skipped: [Skipped] = []
  var notes: [String] = []

  init(input: String, output: String?, from: FileFormat, to: FileFormat) {
    (self.input, self.output) = (input, output)
    (self.from, self.to) = (from.rawValue, to.rawValue)
  }

  func show(explaining: Bool, asJSON: Bool) throws {
    guard !asJSON else { return try Console.print(json: self) }
    let dryRun = output == nil ? " (dry run, nothing was written)" : ""
    var lines = ["\(input): \(counted(tensors.count, "tensor")) from \(from) to \(to)\(dryRun)"]
    if explaining {
      lines += Columns.aligned(
        tensors.map { tensor in
          [
            "  \(tensor.source)", "→ \(tensor.target)", "\(tensor.type) \(Formatting.shape(tensor.shape))",
            tensor.conversion,
          ]
        })
    }
    lines += skipped.map { "  left out \($0.name): \($0.reason)" }
    lines += notes.map { "  \($0)" }
    try Console.print(lines.joined(separator: "\n"))
    if let output { try Console.print(OutputFile.note(output)) }
  }
}
