import Tensors

extension Model {
  /// The digest of all parameters (schemas/CONTAINER.md). It identifies the parameters that a statistic was estimated with.
  ///
  /// - Complexity: O(elements of all parameters).
  public var parametersDigest: Digest {
    Model.parametersDigest(
      graph.savedTensors.filter { $0.path.collection == .parameters }.compactMap { path, _ in
        tensors[path].map { (path, $0.type, $0.shape, $0.digest) }
      })
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
