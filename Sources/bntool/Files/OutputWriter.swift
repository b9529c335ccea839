import Bricks
import Checkpoints
import HDF5
import Interchange

/// Writes tensors for others to read.
enum OutputWriter {
  /// Checks that the ending of a path says how to write.
  ///
  /// - Throws: `UsageError` if it does not.
  static func checkEnding(of path: String) throws(UsageError) {
    guard [".h5", ".hdf5", ".npy"].contains(where: path.hasSuffix) else {
      throw UsageError(
        description: "--output \(path): outputs are written as .h5, .hdf5 or .npy; give it one of these endings")
    }
  }

  /// Writes one tensor as `.npy`, or any number as datasets of an HDF5 file.
  ///
  /// - Throws: `UsageError` for several tensors as `.npy`, or whatever writing throws.
  static func write(_ tensors: [(name: Name, tensor: Tensor)], to path: String) throws {
    if path.hasSuffix(".npy") {
      guard tensors.count == 1 else {
        throw UsageError(description: "--output \(path): the model has \(tensors.count) outputs; write them as .h5")
      }
      try NumPyArray.write(tensors[0].tensor, to: path)
      return
    }
    try HDF5.File.write(tensors.map { (name: $0.name.text, tensor: $0.tensor) }, to: path)
  }
}
