import Checkpoints
import HDF5

/// An array of examples in a file, the first axis counting them: a dataset of an HDF5 file (`test.h5:images`), an `.npy` file, or a
/// member of an `.npz` archive (`test.npz:images`). Opening reads no elements.
public struct DataSet: ~Copyable, Sendable {
  /// The place as the caller named it.
  public let location: String
  /// The extents, the number of examples first.
  public let shape: Shape
  private let source: Source

  private enum Source: ~Copyable, Sendable {
    case hdf5(HDF5.File, member: String)
    case numpy(NumPyArray)
  }

  /// Opens the array at a place.
  ///
  /// - Throws: `InterchangeError` with code `.notFound`, `.noSuchMember` (also where a file holds several arrays and none is
  ///   named), `.unsupported` where the elements are no numbers, or `.malformed`.
  public init(contentsOf location: String) throws(InterchangeError) {
    let (path, member) = DataSet.split(location)
    if path.hasSuffix(".npy") {
      try self.init(NumPyArray(opening: path), at: location)
    } else if path.hasSuffix(".npz") {
      let archive = try NumPyArchive(opening: path)
      let name = try member ?? DataSet.only(archive.memberNames, in: path)
      try self.init(archive.array(named: name), at: location)
    } else {
      do {
        let file = try HDF5.File(opening: path)
        let name = try member ?? DataSet.only(DataSet.datasetNames(in: file), in: path)
        let dataset = try file.openDataset(name)
        guard dataset.datatype.isNumeric else {
          throw InterchangeError(.unsupported, "the dataset \"\(name)\" does not hold numbers", path: path)
        }
        shape = try Shape(checking: dataset.dimensions)
        source = .hdf5(file, member: name)
        self.location = location
      } catch let error as InterchangeError {
        throw error
      } catch let error as HDF5Error {
        throw InterchangeError(error)
      } catch {
        throw InterchangeError(.malformed, "\(error)", path: path)
      }
      try checkRank()
    }
  }

  private init(_ array: NumPyArray, at location: String) throws(InterchangeError) {
    shape = array.shape
    source = .numpy(array)
    self.location = location
    try checkRank()
  }

  private func checkRank() throws(InterchangeError) {
    guard shape.rank >= 1 else {
      throw InterchangeError(.unsupported, "is a single number; examples lie along the first axis", path: location)
    }
  }

  /// The number of examples.
  public var count: Int { shape[0] }

  /// Some examples, converted to a type.
  ///
  /// - Precondition: the range is within `0..<count`.
  /// - Throws: `InterchangeError` where reading fails, or a number is no integer where integers are wanted.
  public func rows(_ range: Range<Int>, as type: ScalarType) throws(InterchangeError) -> Tensor {
    do {
      switch source {
      case .numpy(let array): return try array.readRows(range).converted(to: type)
      case .hdf5(let file, let member):
        let dataset = try file.openDataset(member)
        let selection = Hyperslab(
          start: [range.lowerBound] + [Int](repeating: 0, count: shape.rank - 1),
          count: [range.count] + shape.dimensions.dropFirst())
        let shape = try Shape(checking: selection.count)
        // Integers beyond the range of a float, and fractions, must not be cut silently on the way to an integer.
        if case .integer = dataset.datatype, type == .int64 {
          return try Tensor(dataset.read(as: Int64.self, from: selection), shape: shape)
        }
        if type == .float32 { return try Tensor(dataset.read(as: Float.self, from: selection), shape: shape) }
        return try Tensor(dataset.read(as: Double.self, from: selection), shape: shape).converted(to: type)
      }
    } catch let error as InterchangeError {
      throw error
    } catch let error as HDF5Error {
      throw InterchangeError(error)
    } catch {
      throw InterchangeError(.malformed, "\(error)", path: location)
    }
  }

  /// The file and the member of `file:member`. A colon inside an existing file's name belongs to the name.
  private static func split(_ location: String) -> (path: String, member: String?) {
    guard let colon = location.lastIndex(of: ":"), !ReadableFile.exists(location) else { return (location, nil) }
    return (String(location[..<colon]), String(location[location.index(after: colon)...]))
  }

  private static func only(_ names: [String], in path: String) throws(InterchangeError) -> String {
    guard names.count == 1 else {
      let list = names.isEmpty ? "none" : names.joined(separator: ", ")
      throw InterchangeError(
        .noSuchMember, "holds \(names.count) arrays (\(list)); name one: \(path):\(names.first ?? "NAME")", path: path)
    }
    return names[0]
  }

  private static func datasetNames(in file: borrowing HDF5.File) throws -> [String] {
    var names: [String] = []
    for link in try file.links() where link.kind == .hard {
      if try file.objectKind(link.name) == .dataset { names.append(link.name) }
    }
    return names
  }
}

extension InterchangeError {
  /// The same failure as the HDF5 module reports it.
  init(_ error: HDF5Error) {
    let code: Code =
      switch error.code {
      case .notFound: .notFound
      case .permissionDenied: .notReadable
      case .noSuchObject, .invalidName: .noSuchMember
      case .typeMismatch, .refused: .unsupported
      case .cannotCreate, .alreadyExists: .cannotCreate
      case .inputOutput: .inputOutput
      case .notHDF5, .truncated, .shapeMismatch, .corrupt, .libraryFailure: .malformed
      }
    self.init(code, error.message, path: error.objectPath.map { "\(error.file):\($0)" } ?? error.file)
  }
}
