import Checkpoints
import ComputationGraphs
import Interchange
import JSON
import Messages
import Names

extension Average {
  /// The report of an average of files of tensors. schemas/average.schema.json describes its JSON.
  struct TensorReport: Report {
    let inputs: [String]
    let method: String
    let format: String
    let averagedTensorCount: Int
    let copiedTensorCount: Int
    let differingIntegers: [Name]
    let output: String

    var lines: [String] {
      let copied = copiedTensorCount == 0 ? "" : ", \(copiedTensorCount) copied from \(inputs.last ?? "")"
      var lines = [
        "\(counted(inputs.count, "file")), \(method): \(counted(averagedTensorCount, "tensor")) averaged\(copied)"
      ]
      if !differingIntegers.isEmpty {
        let names = listed(differingIntegers.map(\.text), limit: 6)
        lines.append("integers differ between the files, and are copied from \(inputs.last ?? ""): \(names)")
      }
      lines.append(
        "population statistics are averaged like parameters, and are wrong for the average: estimate them again from data"
      )
      return lines + OutputFile.note(output)
    }
  }

  /// Averages files of tensors. No input is a checkpoint.
  func averageTensors(
    _ files: [TensorFile], _ weighting: ParameterAveraging.Weighting, _ part: PartOutput?
  ) throws {
    guard case .stale = statistics else {
      throw UsageError(
        description:
          "--statistics: \(files[0].path) is \(files[0].format.title), whose statistics are averaged like its other "
          + "tensors; leave the option out"
      )
    }
    let output = part?.path ?? output
    let format = FileFormat(extensionOf: output) ?? .checkpoint
    guard TensorFile.writableFormats.contains(format) else {
      throw UsageError(
        description:
          "--output \(output): the average of \(files[0].path) has no graph; name the output NAME.safetensors or NAME.npz, or make "
          + "checkpoints first: bntool convert \(files[0].path) model.h5 --architecture CONFIG.json")
    }
    for file in files {
      for note in file.notes { Console.note("\(file.path): \(note)") }
    }
    let selector = try select.map { try Selector(Name($0)) }
    // Equal weights of 1 keep sums exact if possible.
    let coefficients =
      weighting == .uniform
      ? [Double](repeating: 1, count: files.count) : try weighting.coefficients(count: files.count)
    let averaging = try TensorFileAveraging(files, coefficients: coefficients)
    func isSelected(_ name: Name) -> Bool {
      guard let selector else { return true }
      return TensorPath(tensorName: name).map(selector.matches) ?? false
    }
    let averaged = averaging.files[0].entries.filter { $0.type.isFloatingPoint && isSelected($0.name) }
    guard !averaged.isEmpty else {
      throw NegativeAnswer(
        description: "--select \(select ?? ""): no tensor of \(files[0].path) matches; nothing was written. "
          + suggestion(for: select ?? "", among: files[0].entries.map(\.name.text), noun: "tensor"))
    }
    if let part {
      let job = [PartOutput.tensorsKey: try job(files, coefficients).jsonText()]
      // An earlier part is not reused: only a sample of the inputs is known, and another number may have changed.
      let entries = averaging.files[files.count - 1].entries
      let range = part.shard.items(weighing: entries.map(\.byteCount))
      let total = entries[range].reduce(0) { $0 + $1.byteCount } * files.count
      let written = try Progress.writing("averaging", total: total) { advance in
        let tensors = averaging.tensors(where: isSelected, progress: advance)
        return try part.write(Array(tensors[range]), of: tensors.count, job: job)
      }
      return try report.show(written)
    }
    let total = averaged.reduce(0) { $0 + $1.byteCount } * files.count
    try Progress.writing("averaging", total: total) { advance in
      let tensors = averaging.tensors(where: isSelected, progress: advance)
      try TensorFile.write(tensors, metadata: files[files.count - 1].metadata, to: output, as: format)
    }
    try report.show(
      TensorReport(
        inputs: checkpoints, method: weighting.name, format: format.rawValue, averagedTensorCount: averaged.count,
        copiedTensorCount: files[0].entries.count - averaged.count, differingIntegers: averaging.differingIntegers,
        output: output))
  }

  /// The description of an average that all its parts have in common.
  private func job(_ files: [TensorFile], _ coefficients: [Double]) throws -> JSONValue {
    let inputs = try zip(files, coefficients).map { file, coefficient -> JSONValue in
      [
        "name": .text(OutputFile.name(of: file.path)), "sample": .text("\(try file.sampleDigest())"),
        "coefficient": .real(coefficient),
      ]
    }
    return [
      "operation": .text("average"), "inputs": .list(inputs), "select": .text(select ?? ""),
      "metadata": .object((files.last?.metadata ?? [:]).mapValues { .text($0) }),
    ]
  }
}
