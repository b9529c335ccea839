import Checkpoints
import ComputationGraphs
import Interchange
import ModelFormats
import Names
import Platform

/// Files of models and tensors of any format.
enum ModelFile {
  /// The format of a file; nil if it is unknown, or the file cannot be opened. Opening it as a checkpoint says what is wrong then.
  static func format(of path: String) throws -> FileFormat? {
    do {
      return try TensorFile.format(of: path)
    } catch {
      guard error.code == .notFound || error.code == .notReadable else { throw error }
      return nil
    }
  }

  /// Opens a file of another format, if it is not a checkpoint.
  ///
  /// - Returns: The file; nil if it is a checkpoint, or of no known format. Opening it as a checkpoint tells what is wrong then.
  /// - Throws: `InterchangeError` if the file has a known format, but breaks its rules.
  static func foreign(_ path: String) throws -> TensorFile? {
    do {
      // A checkpoint is opened in a third of the time that recognition takes.
      _ = try Checkpoint(opening: path)
      return nil
    } catch let error {
      guard error.code == .notACheckpoint else { return nil }
    }
    guard let format = try format(of: path), format != .checkpoint else { return nil }
    return try TensorFile(opening: path)
  }

  /// The model of a file of any format that holds one.
  ///
  /// - Throws: `CheckpointError`, `ModelFormatError`, or `DataError` with the next command if the file holds only tensors.
  static func model(at path: String) throws -> Model {
    do {
      return try Model(checkpoint: path)
    } catch  where error.code == .notACheckpoint {
      guard let model = try imported(path)?.model else { throw error }
      return model
    }
  }

  /// The model of a file of another framework, with the step that made it; nil for a checkpoint and for a file of no known format.
  ///
  /// - Throws: `ModelFormatError`, or `DataError` with the next command if the file holds only tensors.
  static func imported(_ path: String) throws -> CheckpointPayload? {
    guard let format = try format(of: path), format != .checkpoint else { return nil }
    let source = try ConversionSource(path, format: format)
    return try source.payload(of: path, format: format)
  }

  /// Writes a payload in the format that the extension of the output chooses.
  ///
  /// - Throws: `CheckpointError`, `ModelFormatError` or `InterchangeError` if the file cannot be written, or the format cannot hold the
  ///   content.
  static func save(_ payload: CheckpointPayload, to output: String, as format: FileFormat? = nil) throws {
    let format = format ?? FileFormat(extensionOf: output) ?? .checkpoint
    guard format != .checkpoint else { return try payload.save(to: output) }
    guard payload.updates.records.isEmpty else {
      throw DataError(
        description:
          "\(output): recorded update pairs would be lost, because \(format.title) cannot hold them; write a .h5 file")
    }
    if let model = payload.model, try ModelFormatWriter.write(model, to: output, as: format) { return }
    try AtomicFile.withTemporary(beside: output) { temporary in
      try payload.save(to: temporary)
      try PortableFile.write(temporary, to: output, as: format)
    }
  }
}

/// The writers of other frameworks' models.
enum ModelFormatWriter {
  /// Writes a model in the format of another framework.
  ///
  /// - Returns: Whether the format is one of a framework's models.
  /// - Throws: `ModelFormatError`.
  static func write(_ model: Model, to path: String, as format: FileFormat) throws -> Bool {
    switch format {
    case .kerasArchive, .kerasModel, .kerasWeights: try KerasFormat.write(model, to: path)
    case .onnx: try ONNXFormat.write(model, to: path)
    default: return false
    }
    return true
  }
}

/// Files of tensors that hold a whole model: the texts beside the tensors are the documents of a checkpoint.
enum PortableFile {
  /// The tensors and the texts of a checkpoint.
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
  static func write(_ checkpoint: String, to output: String, as format: FileFormat) throws {
    let content = try content(of: Checkpoint(opening: checkpoint), in: checkpoint)
    try TensorFile.write(content.tensors, metadata: content.metadata, to: output, as: format)
  }

  /// The model that a file of tensors holds.
  static func payload(of file: TensorFile) throws -> CheckpointPayload {
    try PortableModel.payload(of: file.metadata, in: file.path) { try file.tensor($0.spelling) }
  }
}
