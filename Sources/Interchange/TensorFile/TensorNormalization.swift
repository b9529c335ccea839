import JSON
import Names
import Tensors

/// A batch normalization in a file of named tensors, recognized by the names of PyTorch or Keras.
public struct TensorNormalization: Sendable {
  /// The common part of the tensors' names, such as `layer1.0.bn1`.
  public let name: Name
  /// The moving mean.
  public let mean: TensorFile.Entry
  /// The moving variance, without ε.
  public let variance: TensorFile.Entry
  /// The number of minibatches in the moving averages; nil if the file does not have it.
  public let batchCount: TensorFile.Entry?
  /// ε, if the file has it.
  public let epsilon: Double?
  /// The momentum of the moving averages, if the file has it. In Keras, it is the weight of the old value.
  public let momentum: Double?

  /// The number of features.
  public var featureCount: Int { mean.shape.elementCount }
}

extension TensorFile {
  /// For each naming scheme, the suffixes of the names of the moving mean, the moving variance, and the number of minibatches.
  private static let endings: [(mean: Name, variance: Name, count: Name?)] = [
    (".running_mean", ".running_var", ".num_batches_tracked"), ("/moving_mean:0", "/moving_variance:0", nil),
    ("/moving_mean", "/moving_variance", nil), (".moving_mean", ".moving_variance", nil),
  ]

  /// The batch normalizations whose statistics the file holds, in the order of their means.
  ///
  /// In `.weights.h5` files of Keras 3, normalizations are recognized only if they have a scale and a shift. Without one of them,
  /// the order of the variables is ambiguous without the model's configuration.
  ///
  /// - Complexity: O(tensors).
  public var normalizations: [TensorNormalization] {
    let settings = NormalizationSettings(of: self)
    return entries.compactMap { entry in
      for ending in Self.endings where entry.name.hasSuffix(ending.mean) {
        let base = entry.name.dropping(suffix: ending.mean)
        guard let variance = self.entry("\(base)\(ending.variance)"), variance.shape == entry.shape else { continue }
        return normalization(base, entry, variance, ending.count.flatMap { self.entry("\(base)\($0)") }, settings)
      }
      // Keras 3 numbers the variables: γ, β, mean, variance.
      if entry.name.hasSuffix("/vars/2"), entry.name.isOfBatchNormalization {
        let base = entry.name.dropping(suffix: "/vars/2")
        guard let variance = self.entry("\(base)/vars/3"), variance.shape == entry.shape else { return nil }
        return normalization(base, entry, variance, nil, settings)
      }
      return nil
    }
  }

  private func normalization(
    _ name: Name, _ mean: Entry, _ variance: Entry, _ count: Entry?, _ settings: NormalizationSettings
  ) -> TensorNormalization {
    let known = settings.values(of: name)
    return TensorNormalization(
      name: name, mean: mean, variance: variance, batchCount: count, epsilon: known?.epsilon, momentum: known?.momentum)
  }
}

/// The settings of batch normalizations in the configuration of a Keras model.
private struct NormalizationSettings {
  private var layers: [Name: (epsilon: Double?, momentum: Double?)] = [:]

  init(of file: TensorFile) {
    guard let text = file.metadata["model_config"], let json = try? JSONValue(parsing: text) else { return }
    collect(json)
  }

  /// The settings of the layer whose name is a part of a path.
  func values(of path: Name) -> (epsilon: Double?, momentum: Double?)? {
    path.split(at: "/").reversed().lazy.compactMap { layers[$0] }.first
  }

  private mutating func collect(_ json: JSONValue) {
    switch json {
    case .list(let elements): elements.forEach { collect($0) }
    case .object(let members):
      if members["class_name"] == .text("BatchNormalization"), case .object(let settings)? = members["config"],
        case .text(let name)? = settings["name"]
      {
        layers[Name(name)] = (try? settings["epsilon"]?.number(), try? settings["momentum"]?.number())
      }
      members.values.forEach { collect($0) }
    default: return
    }
  }
}

extension Name {
  /// The name without the given ending.
  fileprivate func dropping(suffix: Name) -> Name { Name(Substring(text.utf8.dropLast(suffix.utf8.count))) }

  /// Whether the layer of a variable of Keras 3 is a batch normalization, by the name of its group.
  fileprivate var isOfBatchNormalization: Bool {
    split(at: "/").dropLast(2).last?.hasPrefix("batch_normalization") ?? false
  }
}
