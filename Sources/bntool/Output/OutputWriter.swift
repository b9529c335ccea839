import Bricks
import Checkpoints
import HDF5
import Interchange

/// Writes tensors for others to read.
enum OutputWriter {
  /// Writes one tensor as `.npy`, or any number as datasets of an HDF5 file.
  ///
  /// - Throws: `UsageError` for another ending, or several tensors as `.npy`.
  static func write(_ tensors: [(name: String, tensor: Tensor)], to path: String) throws {
    if path.hasSuffix(".npy") {
      guard tensors.count == 1 else {
        throw UsageError(description: "\(path): the model has \(tensors.count) outputs; write them as .h5")
      }
      try NumPyArray.write(tensors[0].tensor, to: path)
      return
    }
    guard path.hasSuffix(".h5") || path.hasSuffix(".hdf5") else {
      throw UsageError(description: "\(path): outputs are written as .h5, .hdf5 or .npy")
    }
    try AtomicFile.write(to: path) { temporary in
      let file = try HDF5.File(creating: temporary)
      for (name, tensor) in tensors {
        switch tensor.storage {
        case .float32(let elements): try file.writeDataset(name, elements, dimensions: tensor.shape.dimensions)
        case .float64(let elements): try file.writeDataset(name, elements, dimensions: tensor.shape.dimensions)
        case .int64(let elements): try file.writeDataset(name, elements, dimensions: tensor.shape.dimensions)
        }
      }
      try file.close()
    }
  }
}
