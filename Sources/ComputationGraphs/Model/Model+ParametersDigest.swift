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
        return (path, type, tensor.shape, (try? tensor.digest(as: type)) ?? tensor.digest)
      })
  }

  /// The type in which a tensor is saved: float16 or bfloat16 if its description says so, otherwise the type of its values. It is
  /// nil if the model has no such tensor.
  public func storedType(of path: TensorPath) -> ScalarType? {
    tensors[path].map { descriptions[path]?.storedType ?? $0.type }
  }

  /// The digest of parameters with known paths, types, shapes and digests, in canonical order.
  public static func parametersDigest(
    _ parameters: [(path: TensorPath, type: ScalarType, shape: Shape, digest: Digest)]
  ) -> Digest {
    Digest(
      of: parameters.map { path, type, shape, digest in
        let extents = shape.dimensions.map(String.init).joined(separator: ",")
        return "\(path.datasetPath)\t\(type.rawValue)\t\(extents)\t\(digest)\n"
      }.joined())
  }
}
