import Checkpoints
import Interchange
import ModelFormats
import Platform

/// A file with a model of any format, as a checkpoint: the file itself, or a temporary checkpoint with its content.
final class CheckpointView {
  /// The checkpoint, under the name of the user's file.
  let file: CheckpointFile
  /// The format of the user's file; nil for a checkpoint.
  let format: FileFormat?
  /// The file that disappears with this view.
  private let temporary: TemporaryFile?

  /// Opens a file. A file that is neither a checkpoint nor of any known format stays as it is, and opening it says what it is not.
  ///
  /// - Throws: `ModelFormatError`, or `DataError` with the next command if the file holds only tensors.
  init(_ path: String) throws {
    guard !Checkpoint.isCheckpoint(path), let content = try ModelFile.imported(path) else {
      (file, format, temporary) = (CheckpointFile(path), nil, nil)
      return
    }
    format = try ModelFile.format(of: path)
    let temporary = try TemporaryFile(keepsName: true)
    try content.save(to: temporary.path)
    (file, self.temporary) = (CheckpointFile(temporary.path, named: path), temporary)
  }

  /// The view of a file, or nil if the file holds tensors and no model.
  ///
  /// - Throws: `ModelFormatError` for a model that cannot be read. Of a Keras model with a layer that is not supported, the tensors remain.
  static func ofModel(_ path: String) throws -> CheckpointView? {
    guard !Checkpoint.isCheckpoint(path), let format = try ModelFile.format(of: path) else {
      return try CheckpointView(path)
    }
    switch format {
    case .checkpoint, .onnx: return try CheckpointView(path)
    case .kerasArchive, .kerasModel:
      do {
        return try CheckpointView(path)
      } catch let error as ModelFormatError where error.code == .unsupported {
        Console.warn("\(error). Only the tensors of the file are used")
        return nil
      }
    default: return try TensorFile(opening: path).holdsModel ? CheckpointView(path) : nil
    }
  }
}

extension TensorFile {
  /// Whether the file says how a model computes with its tensors.
  var holdsModel: Bool {
    switch format {
    case .kerasArchive, .kerasModel: true
    default: PortableModel.isPresent(in: metadata)
    }
  }
}
