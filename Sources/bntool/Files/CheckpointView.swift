import Checkpoints
import Interchange
import ModelFormats
import Platform

/// Gives access to a model file of any format as to a checkpoint. If the file is not a checkpoint, its content is first written to
/// a temporary checkpoint.
final class CheckpointView {
  /// The checkpoint, under the name of the user's file.
  let file: CheckpointFile
  /// The format of the user's file; nil for a checkpoint.
  let format: FileFormat?
  /// The temporary file. It is removed together with this view.
  private let temporary: TemporaryFile?

  /// Opens a file. If the file cannot be opened, the command opens it as a checkpoint, and reports the error.
  ///
  /// - Throws: `InterchangeError` for a file of an unknown format; `ModelFormatError`, or `DataError`, which names the command to run
  ///   next, if the file holds only tensors.
  convenience init(_ path: String) throws {
    try self.init(path, isCheckpoint: Checkpoint.isCheckpoint(path))
  }

  private init(_ path: String, isCheckpoint: Bool) throws {
    guard !isCheckpoint, let content = try ModelFile.imported(path) else {
      (file, format, temporary) = (CheckpointFile(path), nil, nil)
      return
    }
    format = try ModelFile.format(of: path)
    let temporary = try TemporaryFile(keepsName: true)
    try content.save(to: temporary.path)
    (file, self.temporary) = (CheckpointFile(temporary.path, named: path), temporary)
  }

  /// Opens a file that may hold a model; nil if it holds tensors but no model.
  ///
  /// - Throws: `InterchangeError` for a file of an unknown format; `ModelFormatError` for a model that cannot be read. If a Keras or ONNX
  ///   model has an unsupported layer or operator, the result is nil, too, so that only the tensors are used.
  static func ofModel(_ path: String) throws -> CheckpointView? {
    let isCheckpoint = Checkpoint.isCheckpoint(path)
    guard !isCheckpoint, let format = try ModelFile.knownFormat(of: path) else {
      return try CheckpointView(path, isCheckpoint: isCheckpoint)
    }
    switch format {
    case .checkpoint: return try CheckpointView(path)
    case .onnx, .kerasArchive, .kerasModel: return try ModelFile.supported { try CheckpointView(path) }
    default: return try TensorFile(opening: path).holdsModel ? CheckpointView(path) : nil
    }
  }
}

extension TensorFile {
  /// Whether the file holds the computation of the model, besides its tensors.
  var holdsModel: Bool {
    switch format {
    case .kerasArchive, .kerasModel, .onnx: true
    default: PortableModel.isPresent(in: metadata)
    }
  }
}
