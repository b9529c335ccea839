import ComputationGraphs
import Names

extension TensorPath {
  /// Converts the name of a tensor in any file to a path that selectors can match; nil if the name has no parts. The modules of
  /// PyTorch and the groups of HDF5 count as bricks, and the last part names the tensor.
  init?(tensorName name: Name) {
    let parts = name.text.split { $0 == "." || $0 == "/" }
    guard let last = parts.last else { return nil }
    let brick = parts.count == 1 ? "/tensors" : "/\(parts.dropLast().joined(separator: "/"))"
    guard let path = try? TensorPath(.parameters, brick: Name(brick), name: Name(last)) else { return nil }
    self = path
  }
}
