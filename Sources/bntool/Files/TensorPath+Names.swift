import ComputationGraphs
import Names

extension TensorPath {
  /// The name of a tensor in any file as a path for selectors; nil for a name that has no parts. The modules of PyTorch and the
  /// groups of HDF5 count as bricks, and the last part names the tensor.
  init?(tensorName name: Name) {
    let parts = name.text.split { $0 == "." || $0 == "/" }
    guard let last = parts.last else { return nil }
    let brick = parts.count == 1 ? "/tensors" : "/\(parts.dropLast().joined(separator: "/"))"
    guard let path = try? TensorPath(.parameters, brick: Name(brick), name: Name(last)) else { return nil }
    self = path
  }
}
