import Platform

/// The formats of files that hold models or named tensors.
public enum FileFormat: String, Sendable, CaseIterable {
  /// A checkpoint of this project.
  case checkpoint
  /// An HDF5 file with any datasets.
  case hdf5
  /// Weights that Keras saved: `.weights.h5`, sharded `.weights.json`, or the legacy layout.
  case kerasWeights = "keras-weights"
  /// A full model in Keras's legacy `.h5` layout.
  case kerasModel = "keras-model"
  /// A `.keras` archive.
  case kerasArchive = "keras"
  /// An ONNX model.
  case onnx
  /// A `.pt` or `.pth` file that `torch.save` wrote.
  case pyTorch = "pytorch"
  /// A `.safetensors` file, or the index of several such files.
  case safetensors
  /// An `.npy` file.
  case numPyArray = "npy"
  /// An `.npz` archive.
  case numPyArchive = "npz"
  /// A checkpoint of Blocks: a tar archive with `_parameters`.
  case blocks

  /// The name of the format in messages, such as "a PyTorch file".
  public var title: String {
    switch self {
    case .checkpoint: "a checkpoint"
    case .hdf5: "an HDF5 file"
    case .kerasWeights: "a Keras weights file"
    case .kerasModel: "a Keras model in the legacy HDF5 layout"
    case .kerasArchive: "a .keras archive"
    case .onnx: "an ONNX model"
    case .pyTorch: "a PyTorch file"
    case .safetensors: "a safetensors file"
    case .numPyArray: "an .npy file"
    case .numPyArchive: "an .npz archive"
    case .blocks: "a Blocks checkpoint"
    }
  }

  /// Chooses the format of a new file by the extension of its path; nil for an unknown extension.
  public init?(extensionOf path: String) {
    let name = RemotePath.name(of: path).split(separator: "/").last.map { $0.lowercased() } ?? ""
    let formats: [(String, FileFormat)] = [
      (".weights.h5", .kerasWeights), (".weights.hdf5", .kerasWeights), (".keras", .kerasArchive), (".onnx", .onnx),
      (".safetensors", .safetensors), (".npz", .numPyArchive), (".npy", .numPyArray), (".pt", .pyTorch),
      (".pth", .pyTorch), (".tar", .blocks), (".h5", .checkpoint), (".hdf5", .checkpoint),
    ]
    guard let format = formats.first(where: { name.hasSuffix($0.0) })?.1 else { return nil }
    self = format
  }
}
