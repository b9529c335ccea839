import Tensors

extension Model {
  /// The digest of all parameters (schemas/CONTAINER.md). It identifies the parameters that a statistic was estimated with.
  ///
  /// - Complexity: O(elements of all parameters).
  public var parametersDigest: Digest {
    Model.parametersDigest(
      graph.savedTensors.filter { $0.path.collection == .parameters }.compactMap { path, _ in
        guard let tensor = tensors[path] else { return nil }
        let type = storedType(of: path) ?? tensor.type
        return (path.datasetPath, type, tensor.shape.dimensions, (try? tensor.digest(as: type)) ?? tensor.digest)
      })
  }

  /// The type in which a tensor is saved: float16 or bfloat16 if its description says so, otherwise the type of its values. It is
  /// nil if the model has no such tensor.
  public func storedType(of path: TensorPath) -> ScalarType? {
    tensors[path].map { descriptions[path]?.storedType ?? $0.type }
  }

  /// Computes the digest of all parameters from their paths in files, types, extents and digests, in canonical order.
  public static func parametersDigest(
    _ parameters: some Sequence<(path: Name, type: ScalarType, extents: [Int], digest: Digest)>
  ) -> Digest {
    var text = ""
    for (path, type, extents, digest) in parameters {
      text += path.text
      text += "\t"
      text += type.rawValue
      text += "\t"
      var isFirst = true
      for extent in extents {
        if !isFirst { text += "," }
        isFirst = false
        text += String(extent)
      }
      text += "\t"
      text += digest.description
      text += "\n"
    }
    return Digest(of: text)
  }
}
