import ArgumentParser
import Checkpoints
import ComputationGraphs
import Interchange
import JSON
import Messages
import ModelFormats
import Names
import Platform

struct Convert: FileCommand {
  static let configuration = CommandConfiguration(
    commandName: "convert", _superCommandName: "bntool",
    abstract: "Convert models and tensors between formats.",
    usage: """
      bntool convert <in> <out> [--from <format>] [--to <format>]
             [--architecture <file>] [--epsilon <number>] [--set <key>]
             [--map <file>] [--input-shape <name>=<extents>] ...
             [--allow-loss] [--explain] [--dry-run]
             [--json] [--quiet | --verbose]
      """,
    discussion: """
      Convert recognizes the input by its content, and takes the format of the output from its extension:
        .h5                        a checkpoint
        .safetensors, .npz, .npy   named tensors
        .keras, .weights.h5        a Keras model, if the model came from Keras
        .onnx                      an ONNX model
      The input can also be an ONNX model (.onnx), a PyTorch file (.pt, .pth), a Keras file in the legacy layout, a checkpoint of \
      Blocks (.tar), or any other HDF5 file. Code in a PyTorch file is never executed.

      A .safetensors or .npz file that is made from a checkpoint also holds its graph, roles, ε and counts, as text metadata. \
      Converting this file back gives the same checkpoint.

      Tensors alone do not say how a model computes. To make a checkpoint of them, describe the model in a JSON file, as for \
      bntool init, and pass it to --architecture. For Keras weights, pass the .keras file of the model. PyTorch modules \
      are matched with bricks by name, without an outer name that all have in common. If no name agrees, the modules of a PyTorch \
      file are matched by order, with a warning. A state dictionary does not hold the ε of its normalizations. Give ε \
      with --epsilon or in the configuration.

      --map names a JSON file with one object. Each key is the name of a tensor, and its value is the new name. With \
      --architecture, each key is a PyTorch module, and its value is a brick.

      --input-shape gives an input of an ONNX model another shape, with numbers and names: images=1,3,224,224 fixes all axes, and \
      images=batch,3,224,224 allows any number of examples along the first axis.

      Examples:
        bntool convert model.keras model.h5 --explain
        bntool convert resnet.pt resnet.safetensors
        bntool convert net.pt net.h5 --architecture net.json --epsilon 1e-5
        bntool convert averaged.h5 averaged.safetensors
      """)

  @Argument(help: ArgumentHelp("The file to convert.", valueName: "in"), completion: .model)
  var input: String

  @Argument(help: ArgumentHelp("The file to write.", valueName: "out"), completion: .model)
  var output: String

  @Option(help: ArgumentHelp("The expected format of the input. Any other format is an error.", valueName: "format"))
  var from: FileFormat?

  @Option(help: ArgumentHelp("The format of the output. By default, the extension decides.", valueName: "format"))
  var to: FileFormat?

  @Option(
    help: ArgumentHelp(
      "The description of the model: a configuration as for bntool init, or a .keras file.", valueName: "file"),
    completion: .file(extensions: ["json", "keras"]))
  var architecture: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("The ε of all normalizations of a state dictionary.", valueName: "number"))
  var epsilon: Double?

  @Option(help: ArgumentHelp("The set of tensors to convert, if a PyTorch file has several sets.", valueName: "key"))
  var set: String?

  @Option(
    help: ArgumentHelp("A JSON file that maps old names to new names.", valueName: "file"),
    completion: .file(extensions: ["json"]))
  var map: String?

  @Option(
    help: ArgumentHelp(
      "The shape of an input of an ONNX model, such as images=batch,3,224,224. The option can be repeated.",
      valueName: "name>=<extents"))
  var inputShape: [String] = []

  @Flag(help: "Write the output even if it cannot hold a part of the input.")
  var allowLoss = false

  @Flag(help: "List each tensor with its new name and its conversion.")
  var explain = false

  @Flag(help: "Report what would be written, and write nothing.")
  var dryRun = false

  @OptionGroup var report: ReportOptions

  var inputFiles: [String] { [input, architecture, map].compactMap { $0 } }
  var outputFile: String? { dryRun ? nil : output }
  var outputFormats: Set<FileFormat> { Set(FileFormat.allCases) }

  func run() throws {
    let format = try recognizedFormat()
    try checkUse(of: format)
    let target = try to ?? FileFormat(extensionOf: output) ?? unknownExtension()
    let names = try renamings()
    let options = ConversionSource.Options(
      set: set.map { Name($0) }, architecture: architecture, epsilon: epsilon, inputShapes: try inputShapes(),
      map: names, acceptsTensors: TensorFile.writableFormats.contains(target) && inputShape.isEmpty)
    let source = try Console.timed("read \(input)") { try ConversionSource(input, format: format, options: options) }
    var result = ConvertReport(
      input: input, output: dryRun ? nil : output, from: format, to: target, isExplained: explain)
    switch source {
    // Formats that cannot hold tensors alone need a model, and the error says how to describe it.
    case .tensors(let file)
    where TensorFile.writableFormats.contains(target) || !ModelFile.writableFormats.contains(target):
      try copy(file, as: target, names, &result)
    default: try convert(source, format, as: target, &result)
    }
    try report.show(result)
  }

  // MARK: Models

  private func convert(
    _ source: ConversionSource, _ format: FileFormat, as target: FileFormat, _ result: inout ConvertReport
  ) throws {
    if case .checkpoint = source, target == .checkpoint {
      throw UsageError(
        description:
          "\(input): is a checkpoint already; bntool repack changes its layout, and --to keras-model writes Keras's .h5"
      )
    }
    var payload = try source.payload(of: input, format: format)
    guard let model = payload.model else {
      throw DataError(description: "\(input): holds update pairs, but no model; give a checkpoint with a model")
    }
    if target != .checkpoint, !payload.updates.records.isEmpty {
      guard allowLoss else {
        throw DataError(
          description:
            "\(input): \(counted(payload.updates.records.count, "recorded update pair")) would be lost, because "
            + "\(target.title) cannot hold them; add --allow-loss, or average them first: bntool average-stats \(input) --output FILE.h5"
        )
      }
      payload.updates = .init()
    }
    if case .model(let imported) = source {
      result.notes = imported.notes
      for warning in imported.warnings { Console.warn("\(input): \(warning)") }
      result.tensors = imported.mapping.map { mapping in
        let path = try? model.path(mapping.target)
        return ConvertReport.Tensor(
          source: mapping.source, target: mapping.target,
          type: path.flatMap { model.storedType(of: $0) }?.rawValue ?? "",
          shape: path.flatMap { model.tensors[$0] }?.shape.dimensions ?? [],
          conversion: mapping.conversion)
      }
    } else {
      result.tensors = model.tensors.sorted { $0.key < $1.key }.map { path, tensor in
        ConvertReport.Tensor(
          source: path.spelling, target: path.spelling, type: tensor.type.rawValue, shape: tensor.shape.dimensions)
      }
    }
    guard !dryRun else { return }
    try ProcessSignals.deferring { try ModelFile.save(payload, to: output, as: target) }
  }

  // MARK: Options

  private func recognizedFormat() throws -> FileFormat {
    let format = try TensorFile.knownFormat(of: input)
    guard from == nil || from == format else {
      throw DataError(
        description: "\(input): is \(format.title), but --from says \(from?.rawValue ?? ""); leave out --from")
    }
    return format
  }

  /// Refuses options that would have no effect on an input of the given format.
  private func checkUse(of format: FileFormat) throws {
    let isKeras = [.kerasArchive, .kerasModel, .kerasWeights].contains(format)
    let holdsModel = [.checkpoint, .onnx, .kerasArchive, .kerasModel].contains(format)
    let options = [
      ("--architecture", architecture != nil, format != .checkpoint && format != .onnx),
      ("--epsilon", epsilon != nil, !holdsModel && !isKeras), ("--set", set != nil, format == .pyTorch),
      ("--map", map != nil, !holdsModel), ("--input-shape", !inputShape.isEmpty, format == .onnx),
    ]
    for (name, isGiven, isUsed) in options where isGiven && !isUsed {
      throw UsageError(
        description: "\(name): \(input) is \(format.title), which does not take this option; leave it out")
    }
    guard epsilon == nil || architecture != nil else {
      throw UsageError(description: "--epsilon: has an effect only with --architecture; add --architecture CONFIG.json")
    }
  }

  private func unknownExtension() throws -> FileFormat {
    throw UsageError(
      description:
        "\(output): the extension does not choose a format; name the output .h5, .safetensors, .npz, .npy, .keras or .onnx, or add --to"
    )
  }

  /// The values of `--input-shape`.
  private func inputShapes() throws -> [Name: [Extent]] {
    var shapes: [Name: [Extent]] = [:]
    for text in inputShape {
      let parts = Name(text).splitAtLast("=")
      let extents = parts?.after.split(at: ",").map { word -> Extent? in
        if let number = Int(word.text) { return number >= 0 ? .fixed(number) : nil }
        return (try? BrickPath.check(component: word)) == nil ? nil : .symbolic(word)
      }
      guard let parts, !parts.before.isEmpty, let extents, extents.allSatisfy({ $0 != nil }) else {
        throw UsageError(
          description: "--input-shape \(text): give the input and its extents, such as images=batch,3,224,224")
      }
      guard shapes.updateValue(extents.compactMap { $0 }, forKey: parts.before) == nil else {
        throw UsageError(description: "--input-shape \(text): the input \(parts.before) has two shapes; give one")
      }
    }
    return shapes
  }

  private func renamings() throws -> [Name: Name] {
    guard let map else { return [:] }
    let text = try ReadableFile.text(of: map)
    do {
      return try JSONValue(parsing: text).members().mapValues { try $0.name() }
    } catch {
      throw DataError(description: "\(map): \(error)")
    }
  }
}

extension FileFormat: ExpressibleByArgument {}
