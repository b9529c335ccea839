import Platform
import Tensors

extension NumPyArray {
  /// Writes a tensor as an `.npy` file, with exactly the bytes that NumPy writes.
  ///
  /// The file appears completely or not at all; see `AtomicFile`.
  ///
  /// - Parameters:
  ///   - tensor: The tensor.
  ///   - path: The file to write. An existing file is replaced.
  ///   - type: The type in the file, by default the tensor's own; see `Tensor.littleEndianBytes(as:)` for the rounding.
  /// - Throws: `InterchangeError` with code `.unsupported` for bfloat16, which NumPy does not have, more than 64 axes, or
  ///   elements that the type cannot hold; `.cannotCreate` and `.inputOutput` from the file system.
  public static func write(_ tensor: Tensor, to path: String, as type: ScalarType? = nil) throws(InterchangeError) {
    let type = type ?? tensor.type
    guard let header = NumPyHeader(type: type, shape: tensor.shape).bytes else {
      throw InterchangeError(
        .unsupported,
        "NumPy has no \(type.rawValue) array of shape \(tensor.shape): write it as float32 with at most 64 axes",
        path: path)
    }
    let elements: [UInt8]
    do {
      elements = try tensor.littleEndianBytes(as: type)
    } catch {
      throw InterchangeError(.unsupported, "\(error)", path: path, cause: error)
    }
    do {
      try AtomicFile.write(to: path) { try WritableFile.write([header, elements], to: $0) }
    } catch let error as FileError {
      throw InterchangeError(error, path: path)
    } catch {
      throw InterchangeError(.inputOutput, "\(error)", path: path, cause: error)
    }
  }
}
