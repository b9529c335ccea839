import ComputationGraphs
import HDF5
import Interchange
import Names
import Tensors

/// An HDF5 file of Keras weights, in one of Keras's two layouts.
///
/// It is a class, because a list of shards cannot hold `HDF5.File`, which is not copyable.
final class KerasWeightFile {
  /// The layout of a file: the names of its variables.
  enum Layout: Hashable {
    /// Keras 3, with names such as `/layers/dense/vars/0`.
    case groups
    /// A group for each layer, with the names of its weights in an attribute. All groups are in the group `root`. An empty name
    /// means the root of the file.
    case legacy(root: String)
  }

  let file: HDF5.File
  /// The path for messages.
  let path: String

  init(_ file: consuming HDF5.File, path: String) {
    self.file = file
    self.path = path
  }

  /// The layout; nil if the file has no weights of Keras.
  func layout() throws -> Layout? {
    if try file.exists("model_weights") { return .legacy(root: "model_weights") }
    if try ["layer_names", "layer_names0"].contains(where: { try file.hasAttribute($0) }) { return .legacy(root: "") }
    let groups = ["layers", "_layer_checkpoint_dependencies", "vars"]
    return try groups.contains(where: { try file.exists($0) }) ? .groups : nil
  }

  /// The description of the model in a full legacy file; nil if the file has only weights.
  func document() throws -> KerasDocument? {
    guard try file.hasAttribute("model_config") else { return nil }
    let text = try file.text(inAttribute: "model_config")
    func optional(_ name: String) throws -> String? {
      guard try file.hasAttribute(name) else { return nil }
      return try file.text(inAttribute: name)
    }
    return KerasDocument(
      configuration: try .init(parsing: text), version: try optional("keras_version"),
      backend: try optional("backend"))
  }

  /// Reads a dataset as a tensor. Floating-point numbers of two bytes become float32, and their type in the file is returned, too.
  func tensor(_ path: String) throws -> (tensor: Tensor, storedType: ScalarType?) {
    let dataset = try file.openDataset(path)
    switch dataset.datatype {
    case .float(2, _, isIEEE: true): return (try dataset.readTensor(), .float16)
    case .brainFloat: return (try dataset.readTensor(), .bfloat16)
    case .opaque(2, _) where try dataset.hasAttribute("dtype") && dataset.text(inAttribute: "dtype") == "bfloat16":
      let shape = try Shape(checking: dataset.dimensions)
      return (try Tensor(littleEndianBytes: dataset.readBytes(), as: .bfloat16, shape: shape), .bfloat16)
    default: return (try dataset.readTensor(), nil)
    }
  }

  /// The texts of an attribute that Keras may have divided into `name0`, `name1`, ….
  private func texts(_ name: String, in group: String) throws -> [String]? {
    func read(_ holder: borrowing some AttributeHolder & ~Copyable) throws -> [String]? {
      if try holder.hasAttribute(name) { return try Self.texts(name, of: holder) }
      guard try holder.hasAttribute("\(name)0") else { return nil }
      var texts: [String] = []
      var number = 0
      while try holder.hasAttribute("\(name)\(number)") {
        texts += try Self.texts("\(name)\(number)", of: holder)
        number += 1
      }
      return texts
    }
    return try group.isEmpty ? read(file) : read(file.openGroup(group))
  }

  private static func texts(_ name: String, of holder: borrowing some AttributeHolder & ~Copyable) throws -> [String] {
    // Keras writes an empty list of texts as an empty list of numbers.
    let shape = try holder.attributeShape(name)
    if shape.dimensions == [0] { return [] }
    return try holder.texts(inAttribute: name)
  }

  /// The layers of a legacy file that have weights, in the model's order, with the paths of their datasets.
  func legacyLayers(below root: String) throws -> [(name: Name, paths: [(name: Name, dataset: String)])] {
    guard let names = try texts("layer_names", in: root) else {
      throw KerasProblem(.malformed, "the file has no attribute \"layer_names\" that lists its layers")
    }
    let prefix = root.isEmpty ? "" : "\(root)/"
    var layers: [(name: Name, paths: [(name: Name, dataset: String)])] = []
    for name in names {
      let group = "\(prefix)\(name)"
      guard let weights = try texts("weight_names", in: group) else {
        throw KerasProblem(.malformed, "the group of the layer has no attribute \"weight_names\"", at: Name(name))
      }
      guard !weights.isEmpty else { continue }
      layers.append((Name(name), weights.map { (Name($0), "\(group)/\($0)") }))
    }
    return layers
  }
}
