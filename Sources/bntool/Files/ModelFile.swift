import Checkpoints
import ComputationGraphs
import Interchange
import Messages
import ModelFormats
import Names
import Platform

/// Files of models and tensors of any format.
enum ModelFile {
  /// The format of a file; nil if the format is unknown, or if the file cannot be opened.
  static func format(of path: String) throws -> FileFormat? {
    try ifOpened { () throws(InterchangeError) in try TensorFile.format(of: path) } ?? nil
  }

  /// The format of a file that must have a known format; nil if the file cannot be opened. If it is nil, open the file as a checkpoint to
  /// get the error to report.
  ///
  /// - Throws: `InterchangeError` if the format is unknown. The message says which formats are known.
  static func knownFormat(of path: String) throws -> FileFormat? {
    try ifOpened { () throws(InterchangeError) in try TensorFile.knownFormat(of: path) }
  }

  private static func ifOpened<Result>(_ recognize: () throws(InterchangeError) -> Result) throws -> Result? {
    do {
      return try recognize()
    } catch {
      guard error.code == .notFound || error.code == .notReadable else { throw error }
      return nil
    }
  }

  /// Opens a file with a closure that needs a checkpoint. If the file has another format, the error names this format.
  ///
  /// - Throws: The errors of the closure; `DataError` for a file of another format; `InterchangeError` for a file of an unknown format.
  static func checkpoint<Result: ~Copyable>(at path: String, _ open: () throws -> Result) throws -> Result {
    do {
      return try open()
    } catch let error as CheckpointError where error.code == .notACheckpoint {
      // The error about an HDF5 file says why it is not a checkpoint.
      guard let format = try knownFormat(of: path), format != .checkpoint, format != .hdf5 else { throw error }
      throw DataError(
        description: "\(path): is \(format.title), but this command only takes checkpoints; convert the file first: "
          + "bntool convert \(path) FILE.h5")
    }
  }

  /// The model in a file of any format that can hold a model.
  ///
  /// - Throws: `CheckpointError`, `ModelFormatError`, or `DataError`, which names the command to run next, if the file holds only
  ///   tensors.
  static func model(at path: String) throws -> Model {
    do {
      return try Model(checkpoint: path)
    } catch  where error.code == .notACheckpoint {
      guard let model = try imported(path)?.model else { throw error }
      return model
    }
  }

  /// The result of a closure that reads a model; nil, with a warning, if the model needs something that is not supported. Then the
  /// tensors of the file can still be used.
  static func supported<Result>(_ read: () throws -> Result) throws -> Result? {
    do {
      return try read()
    } catch let error as ModelFormatError where error.isAboutSupport {
      Console.warn("\(error). Only the tensors of the file are used")
      return nil
    }
  }

  /// Opens a file as named tensors, also an ONNX model.
  ///
  /// - Throws: `InterchangeError` or `ModelFormatError`.
  static func tensors(at path: String, set: Name? = nil) throws -> TensorFile {
    guard try format(of: path) == .onnx else { return try TensorFile(opening: path, set: set) }
    return try ONNXFormat.tensors(at: path)
  }

  /// The model in a file that is not a checkpoint, with its provenance; nil for a checkpoint and for a file that cannot be opened.
  ///
  /// - Throws: `InterchangeError` for a file of an unknown format; `ModelFormatError`, or `DataError`, which names the command to run next,
  ///   if the file holds only tensors.
  static func imported(_ path: String) throws -> CheckpointPayload? {
    guard let format = try knownFormat(of: path), format != .checkpoint else { return nil }
    let source = try ConversionSource(path, format: format)
    return try source.payload(of: path, format: format)
  }

  /// Writes a payload in the given format, or else in the format that the extension of the output chooses.
  ///
  /// - Throws: The errors of `writing(to:as:_:)`.
  static func save(_ payload: CheckpointPayload, to output: String, as format: FileFormat? = nil) throws {
    try writing(to: output, as: format) { try payload.save(to: $0) }
  }

  /// Calls a closure that writes a checkpoint, and converts this checkpoint to the format of the output.
  ///
  /// - Parameters:
  ///   - format: The format of the output. By default, the extension of the output chooses it.
  ///   - write: Writes the checkpoint to the given path.
  /// - Throws: The errors of the closure; `CheckpointError`, `ModelFormatError`, `InterchangeError` or `DataError` if the file
  ///   cannot be written, or if the format cannot hold the content. The error names the content that would be lost, and a
  ///   format that can hold it.
  static func writing<Result>(
    to output: String, as format: FileFormat? = nil, _ write: (_ checkpoint: String) throws -> Result
  ) throws -> Result {
    let format = format ?? FileFormat(extensionOf: output) ?? .checkpoint
    guard format != .checkpoint else { return try write(output) }
    return try AtomicFile.withTemporary(beside: output) { temporary in
      let result = try write(temporary)
      let checkpoint = try Checkpoint(opening: CheckpointFile(temporary, named: output))
      guard checkpoint.contents.updates?.groups.isEmpty ?? true else {
        throw DataError(
          description:
            "\(output): recorded update pairs would be lost, because \(format.title) cannot hold them; write a .h5 file"
        )
      }
      switch format {
      case .kerasArchive, .kerasModel, .kerasWeights:
        let model = try checkpoint.model()
        try KerasFormat.write(model, to: output)
        warnOfStates(of: model, in: output, as: format)
      case .onnx:
        let model = try checkpoint.model()
        try ONNXFormat.write(model, to: output)
        warnOfStates(of: model, in: output, as: format)
      default: try PortableFile.write(checkpoint, at: temporary, to: output, as: format)
      }
      return result
    }
  }

  /// Warns about statistics that are stale or were never estimated, because the format of the output cannot record this state.
  private static func warnOfStates(of model: Model, in output: String, as format: FileFormat) {
    let states = model.statisticStates
    for (state, meaning) in [(StatisticState.stale, "are stale"), (.neverEstimated, "were never estimated")] {
      let bricks = Set(states.filter { $0.value == state }.map(\.key.brick)).sorted()
      guard !bricks.isEmpty else { continue }
      Console.warn(
        "\(output): the statistics of \(counted(bricks.count, "normalization")) \(meaning) (\(listed(bricks.map(\.text), limit: 4))), and "
          + "\(format.title) cannot record this. Estimate them from data: bntool recalibrate \(output) DATA --output FILE"
      )
    }
  }

  /// The formats in which `bntool` can write a whole model.
  static let writableFormats: Set<FileFormat> = [
    .checkpoint, .safetensors, .numPyArchive, .numPyArray, .kerasArchive, .kerasModel, .kerasWeights, .onnx,
  ]
}

extension ModelFormatError {
  /// Whether the file is valid, but the model cannot be imported, for example because an extent of its input is unknown.
  var isAboutSupport: Bool { code == .unsupported || code == .incomplete }

  /// The object and the problem, without the file.
  var detail: String { object.map { "\($0): \(message)" } ?? message }
}

/// Files of tensors that hold a whole model: their text metadata holds the documents of a checkpoint.
enum PortableFile {
  /// The tensors of a checkpoint, and its documents as text metadata.
  static func content(
    of checkpoint: borrowing Checkpoint, in path: String
  ) throws -> (tensors: [OutgoingTensor], metadata: [Name: String]) {
    let texts = try PortableModel.texts(of: checkpoint)
    let file = try TensorFile(opening: path)
    let tensors = try checkpoint.contents.tensors.compactMap { entry -> OutgoingTensor? in
      guard let tensorPath = entry.tensorPath else { return nil }
      let dataset = Name(Substring(tensorPath.datasetPath.text.utf8.dropFirst()))
      guard let source = file.entry(dataset) else {
        throw InterchangeError(.malformed, "has no dataset \(tensorPath.datasetPath)", path: path)
      }
      let target = TensorFile.Entry(name: tensorPath.spelling, shape: source.shape, type: source.type)
      return OutgoingTensor(target) { write in try file.read(dataset, blocks: write) }
    }
    return (tensors, texts)
  }

  /// Writes a checkpoint as a file of tensors.
  static func write(
    _ checkpoint: borrowing Checkpoint, at path: String, to output: String, as format: FileFormat
  ) throws {
    let content = try content(of: checkpoint, in: path)
    try TensorFile.write(content.tensors, metadata: content.metadata, to: output, as: format)
  }

  /// The model that a file of tensors holds.
  static func payload(of file: TensorFile) throws -> CheckpointPayload {
    try PortableModel.payload(of: file.metadata, in: file.path) { try file.tensor($0.spelling) }
  }
}
