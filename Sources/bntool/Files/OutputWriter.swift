import Checkpoints
import HDF5
import Interchange
import Messages
import Names
import Platform
import Tensors

/// Writes the outputs of models in formats that other programs read.
enum OutputWriter {
  /// Checks that the ending of a path determines the format.
  ///
  /// - Throws: `UsageError` if it does not.
  static func checkEnding(of path: String) throws(UsageError) {
    guard [".h5", ".hdf5", ".npy"].contains(where: path.hasSuffix) else {
      throw UsageError(
        description: "--output \(path): the name must end with .h5, .hdf5 or .npy; the ending chooses the format")
    }
  }

  /// Writes a single tensor as `.npy`, or any number of tensors as datasets of an HDF5 file.
  ///
  /// - Throws: `UsageError` for several tensors as `.npy`, or an error of the file.
  static func write(_ tensors: [(name: Name, tensor: Tensor)], to path: String) throws {
    if path.hasSuffix(".npy") {
      guard tensors.count == 1 else {
        throw UsageError(
          description:
            "--output \(path): a .npy file holds a single array, but the model has \(counted(tensors.count, "output")); "
            + "write an .h5 file")
      }
      try NumPyArray.write(tensors[0].tensor, to: path)
      return
    }
    try HDF5.File.write(tensors.map { (name: $0.name.text, tensor: $0.tensor) }, to: path)
  }
}
