import Interchange
import Messages
import Names

/// The report of `convert`. schemas/convert.schema.json describes its JSON.
struct ConvertReport: Report {
  /// A tensor of the input, and its name and conversion in the output.
  struct Tensor: Encodable {
    let source: Name
    let target: Name
    let type: String
    let shape: [Int]
    var conversion = ""
  }

  let input: String
  let output: String?
  let from: String
  let to: String
  var tensors: [Tensor] = []
  /// The objects of the input that the output does not hold.
  var skipped: [TensorFile.Skipped] = []
  var notes: [String] = []
  /// Whether the text names each tensor.
  private let isExplained: Bool

  private enum CodingKeys: String, CodingKey {
    case input, output, from, to, tensors, skipped, notes
  }

  init(input: String, output: String?, from: FileFormat, to: FileFormat, isExplained: Bool) {
    (self.input, self.output, self.isExplained) = (input, output, isExplained)
    (self.from, self.to) = (from.rawValue, to.rawValue)
  }

  var lines: [String] {
    let count = counted(tensors.count, "tensor")
    var lines = ["\(input): \(count) from \(from) to \(to)\(OutputFile.dryRunNote(output))"]
    if isExplained {
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
    return lines + OutputFile.note(output)
  }
}
