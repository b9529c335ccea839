import Interchange
import Messages
import Names
import Tensors

/// The report of `inspect` on a file of named tensors. schemas/inspect.schema.json describes its JSON.
struct TensorFileReport: Report {
  struct TensorReport: Encodable {
    let name: Name
    let type: String
    let shape: [Int]
    let values: ValueSummary?
  }

  struct NormalizationReport: Encodable {
    let name: Name
    let features: Int
    let epsilon: Double?
    let momentum: Double?
    let batches: Int64?
    let neverEstimated: Bool
  }

  let file: String
  let format: String
  let elementCount: Int
  let tensors: [TensorReport]
  let normalizations: [NormalizationReport]
  let skipped: [TensorFile.Skipped]
  /// The keys of the file's text metadata.
  let texts: [Name]
  let notes: [String]

  init(_ file: TensorFile, withValues: Bool) throws {
    self.file = file.path
    format = file.format.rawValue
    elementCount = Formatting.elementCount(ofShapes: file.entries.map(\.shape.dimensions))
    tensors = try file.entries.map { entry in
      TensorReport(
        name: entry.name, type: entry.typeName, shape: entry.shape.dimensions,
        values: withValues ? ValueSummary(try file.tensor(entry.name)) : nil)
    }
    normalizations = try file.normalizations.map { normalization in
      NormalizationReport(
        name: normalization.name, features: normalization.featureCount, epsilon: normalization.epsilon,
        momentum: normalization.momentum, batches: try file.batchCount(normalization),
        neverEstimated: try file.isNeverEstimated(normalization))
    }
    skipped = file.skipped
    texts = file.metadata.keys.sorted()
    notes = file.notes
  }

  var lines: [String] {
    let title = FileFormat(rawValue: format)?.title ?? format
    var lines = ["\(file) · \(title) · \(counted(elementCount, "element")) in \(counted(tensors.count, "tensor"))"]
    let rows = tensors.map { tensor in
      [
        "  \(tensor.name)", "\(tensor.type) \(Formatting.shape(tensor.shape))",
        tensor.values.map(InspectText.describe) ?? "",
      ]
    }
    if !rows.isEmpty { lines += [""] + Columns.aligned(rows) }
    if !normalizations.isEmpty {
      lines += ["", "batch normalizations"] + Columns.aligned(normalizations.map(\.row))
    }
    if !skipped.isEmpty || !notes.isEmpty || !texts.isEmpty { lines.append("") }
    lines += skipped.map { "\($0.name) is not a tensor of numbers: \($0.reason)" }
    if !texts.isEmpty { lines.append("text metadata: \(listed(texts.map(\.text), limit: 8))") }
    return lines + notes
  }
}

extension TensorFileReport.NormalizationReport {
  /// The cells of the normalization's row in the report.
  fileprivate var row: [String] {
    var facts = [neverEstimated ? "⚠ never estimated" : "≈ training average"]
    if let batches { facts.append("over \(counted(batches, "batch"))") }
    facts.append(epsilon.map { "ε \(Formatting.exact($0))" } ?? "ε unknown")
    if let momentum { facts.append("momentum \(Formatting.exact(momentum))") }
    return ["  \(name)", counted(features, "feature"), facts.joined(separator: ", ")]
  }
}

extension TensorFile {
  /// The number of minibatches in a normalization's moving averages; nil if the file does not record it.
  func batchCount(_ normalization: TensorNormalization) throws -> Int64? {
    guard let entry = normalization.batchCount, case .int64(let counts) = try tensor(entry.name).storage else {
      return nil
    }
    return counts.first
  }
}
