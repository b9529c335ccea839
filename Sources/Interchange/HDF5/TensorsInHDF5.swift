import HDF5
import Platform
import Tensors

extension Dataset {
  /// Reads all or the selected elements as a tensor.
  ///
  /// - Parameters:
  ///   - type: The type float32, float64 or int64; nil for the type that fits the stored elements: float32 for floating-point
  ///     numbers of up to 4 bytes, float64 for larger ones, int64 for integers and booleans.
  ///   - selection: The elements to read; nil for all.
  /// - Throws: `InterchangeError` with code `.unsupported` if the elements are not numbers, or a number does not fit int64, `.malformed`
  ///   or `.inputOutput`.
  public func readTensor(as type: ScalarType? = nil, from selection: Hyperslab? = nil) throws(InterchangeError)
    -> Tensor
  {
    try InterchangeError.about(filePath) {
      let shape = try Shape(checking: selection?.count ?? dimensions)
      switch type ?? tensorType {
      case .float32: return try Tensor(elements(as: Float.self, selection), shape: shape)
      case .int64: return try Tensor(elements(as: Int64.self, selection), shape: shape)
      case let type: return try Tensor(elements(as: Double.self, selection), shape: shape).converted(to: type)
      }
    }
  }

  /// The type of tensor that fits the stored elements.
  private var tensorType: ScalarType {
    switch datatype {
    case .float(let byteCount, _, _): byteCount <= 4 ? .float32 : .float64
    case .brainFloat: .float32
    case .integer, .boolean: .int64
    default: .float64
    }
  }

  private func elements<Number: HDF5Number>(as type: Number.Type, _ selection: Hyperslab?) throws -> [Number] {
    if let selection { return try read(as: Number.self, from: selection) }
    return try read(as: Number.self)
  }
}

extension ObjectContainer where Self: ~Copyable {
  /// Creates a dataset of a tensor's type and shape, and writes the tensor.
  ///
  /// - Throws: The errors of `createDataset(_:datatype:dimensions:options:)`.
  public func writeTensor(_ path: String, _ tensor: Tensor, options: DatasetOptions = DatasetOptions()) throws {
    let dimensions = tensor.shape.dimensions
    switch tensor.storage {
    case .float32(let elements): try writeDataset(path, elements, dimensions: dimensions, options: options).close()
    case .float64(let elements): try writeDataset(path, elements, dimensions: dimensions, options: options).close()
    case .int64(let elements): try writeDataset(path, elements, dimensions: dimensions, options: options).close()
    }
  }
}

extension File {
  /// Writes tensors as the datasets of a new HDF5 file. The file appears completely or not at all.
  ///
  /// The file is read back and compared before it gets its name. So if a write was lost without an error, the old file stays
  /// unchanged.
  ///
  /// - Parameters:
  ///   - tensors: The tensors, each with the path of its dataset.
  ///   - path: The file to write. An existing file is replaced.
  /// - Throws: `InterchangeError` with code `.unsupported` for a path that no dataset can have, `.cannotCreate` or `.inputOutput`.
  public static func write(_ tensors: [(name: String, tensor: Tensor)], to path: String) throws(InterchangeError) {
    do {
      try AtomicFile.write(to: path) { temporary in
        let file = try File(creating: temporary, options: CreationOptions(replacesExisting: true))
        for (name, tensor) in tensors { try file.writeTensor(name, tensor) }
        try file.close()
        try File.compare(temporary, with: tensors, as: path)
      }
    } catch let error as FileError {
      throw InterchangeError(error, path: path)
    } catch let error as InterchangeError {
      throw error
    } catch let error as HDF5Error {
      let code: InterchangeError.Code =
        switch error.code {
        case .invalidName, .typeMismatch, .shapeMismatch: .unsupported
        case .notFound, .permissionDenied, .cannotCreate, .alreadyExists: .cannotCreate
        default: .inputOutput
        }
      throw InterchangeError(code, error.explanation, path: path, cause: error)
    } catch {
      throw InterchangeError(.inputOutput, "\(error)", path: path, cause: error)
    }
  }

  /// Compares the datasets of a file with the written tensors, block by block.
  private static func compare(
    _ temporary: String, with tensors: [(name: String, tensor: Tensor)], as path: String
  ) throws {
    let file = try File(opening: temporary)
    for (name, tensor) in tensors {
      var reader = try SequentialReader(file.openDataset(name))
      try tensor.withUnsafeBytes { written in
        var isEqual = reader.byteCount == written.count
        try withUnsafeTemporaryAllocation(byteCount: min(1 << 18, max(1, written.count)), alignment: 64) { block in
          while isEqual, reader.position < written.count {
            let rest = UnsafeRawBufferPointer(rebasing: written[reader.position...].prefix(block.count))
            let read = UnsafeMutableRawBufferPointer(rebasing: block[..<rest.count])
            try reader.read(into: read)
            isEqual = memcmp(read.baseAddress!, rest.baseAddress!, rest.count) == 0
          }
        }
        guard isEqual else {
          throw InterchangeError(
            .inputOutput,
            "the dataset \"\(name)\" does not read back as it was written, and the new file was removed; check the disk, "
              + "and try again", path: path)
        }
      }
    }
  }
}
