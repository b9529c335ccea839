import HDF5
import Messages
import Names
import Platform
import Tensors

/// An array of examples in a file, with the examples along the first axis. It is a dataset of an HDF5 file (`test.h5:images`), an
/// `.npy` file, or a member of an `.npz` archive (`test.npz:images`). If the file has only one array, its name can be left out.
/// Opening an HDF5 or `.npy` file reads no elements. Opening a member of an archive expands the member.
public struct Examples: Sendable {
  /// The location, as the caller gave it.
  public let location: String
  /// The extents, with the number of examples first.
  public let shape: Shape
  private let source: Source

  private enum Source: Sendable {
    case hdf5(OpenFile, member: String)
    case numpy(NumPyArray)
  }

  private static let advice =
    "data are a dataset of an HDF5 file (FILE.h5:NAME), a NumPy file (FILE.npy) or a member of an archive (FILE.npz:NAME)"

  /// A file that all copies of the value share.
  private final class OpenFile: Sendable {
    let file: HDF5.File
    /// - Throws: The errors of the file, and `InterchangeError` with code `.malformed` that names the format of a file of another kind.
    init(data path: String) throws {
      do {
        file = try HDF5.File(opening: path)
      } catch let error as HDF5Error where error.code == .notHDF5 {
        let format = (try? RecognizedFile.format(of: path)) ?? nil
        throw InterchangeError(
          .malformed, "\(format.map { "is \($0.title)" } ?? error.explanation), but \(Examples.advice)", path: path)
      }
    }
  }

  /// Opens the array at a location.
  ///
  /// The location is split at the last colon that comes directly after the name of an existing file. So the names of files and members
  /// may contain colons. A URL is split at the first colon after the host; write `%3A` for a colon in the URL itself.
  ///
  /// - Throws: `InterchangeError` with code `.notFound`, `.notReadable`, `.noSuchMember` (also if a file has several arrays and
  ///   the location names no array), `.unsupported` if the elements are not numbers or the array is a single number,
  ///   `.malformed` or `.inputOutput`.
  public init(contentsOf location: String) throws(InterchangeError) {
    self.location = location
    let (path, member) = Examples.split(location)
    let name = RemotePath.name(of: path)
    if name.hasSuffix(".npy") {
      (source, shape) = Examples.source(try NumPyArray(opening: path))
      guard member == nil else {
        throw InterchangeError(.noSuchMember, "an .npy file holds one array without a name: \(path)", path: location)
      }
    } else if name.hasSuffix(".npz") {
      let archive = try NumPyArchive(opening: path)
      let array = try InterchangeError.about(path) {
        try Examples.name(member, among: archive.memberNames.map(\.text), in: path)
      }
      (source, shape) = Examples.source(try archive.array(named: Name(array)))
    } else {
      (source, shape) = try Examples.source(inHDF5: path, member)
    }
    guard shape.rank >= 1 else {
      throw InterchangeError(.unsupported, "is a single number; examples are along the first axis", path: location)
    }
  }

  private static func source(_ array: NumPyArray) -> (Source, Shape) { (.numpy(array), array.shape) }

  private static func source(inHDF5 path: String, _ member: String?) throws(InterchangeError) -> (Source, Shape) {
    try InterchangeError.about(path) {
      let open = try OpenFile(data: path)
      // A path in a file may begin with a slash.
      let relative = member.map { $0.hasPrefix("/") ? String($0.dropFirst()) : $0 }
      let name = try self.name(relative, among: datasetNames(in: open.file), in: path)
      do {
        let dataset = try open.file.openDataset(name)
        guard dataset.datatype.isNumeric else {
          throw InterchangeError(.unsupported, "the dataset \"\(name)\" does not hold numbers", path: path)
        }
        let unwritten = try dataset.unwrittenChunkCount
        guard unwritten == 0 else {
          throw InterchangeError(
            .malformed,
            "the dataset \"\(name)\" was not written completely: \(unwritten) of its chunks are missing and would be read as the fill value; write the file again",
            path: path)
        }
        let shape = try Shape(checking: dataset.dimensions)
        return (.hdf5(open, member: name), shape)
      } catch let error as HDF5Error where [.noSuchObject, .invalidName].contains(error.code) {
        let advice = try suggestion(for: name, among: datasetNames(in: open.file), noun: "dataset")
        throw InterchangeError(.noSuchMember, "there is no dataset \"\(name)\". \(advice)", path: path)
      }
    }
  }

  /// The number of examples.
  public var count: Int { shape[0] }

  /// Divides the examples into consecutive ranges of the given size. The last range may be shorter.
  ///
  /// - Precondition: The size is above 0.
  public func batches(of size: Int) -> some Sequence<Range<Int>> {
    precondition(size > 0, "a batch has at least one example")
    return stride(from: 0, to: count, by: size).lazy.map { [count] in $0..<$0 + Swift.min(size, count - $0) }
  }

  /// Reads the given examples, and converts them to float32, float64 or int64. Floating-point numbers are rounded to nearest.
  ///
  /// - Throws: `InterchangeError` with code `.outOfRange` for examples that the array does not have, `.unsupported` if integers
  ///   are requested and a number is not an integer or is too large, `.malformed` or `.inputOutput` if reading fails.
  public func rows(_ range: Range<Int>, as type: ScalarType) throws(InterchangeError) -> Tensor {
    guard range.lowerBound >= 0, range.upperBound <= count else {
      throw InterchangeError(
        .outOfRange, "examples \(range.lowerBound)..<\(range.upperBound) are not within shape \(shape)", path: location)
    }
    return try InterchangeError.about(location) {
      switch source {
      case .numpy(let array): return try array.readRows(range).converted(to: type)
      case .hdf5(let open, let member):
        let dataset = try open.file.openDataset(member)
        let selection = Hyperslab(
          start: [range.lowerBound] + [Int](repeating: 0, count: shape.rank - 1),
          count: [range.count] + shape.dimensions.dropFirst())
        if case .integer = dataset.datatype { return try dataset.readTensor(as: type, from: selection) }
        // A conversion to integers must not change fractions silently.
        return try dataset.readTensor(as: type == .int64 ? .float64 : type, from: selection).converted(to: type)
      }
    }
  }

  /// Reads the given examples in their given order, and converts them like the other `rows(_:as:)`. Examples that follow each other in
  /// the file are read together.
  ///
  /// - Throws: The errors of `rows(_:as:)`.
  public func rows(_ examples: [Int], as type: ScalarType) throws(InterchangeError) -> Tensor {
    let sorted = examples.sorted()
    guard !sorted.isEmpty else { return try rows(0..<0, as: type) }
    var runs: [Range<Int>] = []
    for example in sorted {
      if let last = runs.last, example <= last.upperBound {
        runs[runs.count - 1] = last.lowerBound..<max(last.upperBound, example + 1)
      } else {
        runs.append(example..<example + 1)
      }
    }
    var places: [Int: Int64] = [:]
    for example in runs.joined() { places[example] = Int64(places.count) }
    let parts = try runs.map { (run) throws(InterchangeError) in try rows(run, as: type) }
    guard parts.count > 1 || examples != Array(runs[0]) else { return parts[0] }
    return try InterchangeError.about(location) {
      let together = try parts.count == 1 ? parts[0] : Tensor.concatenating(parts, axis: 0)
      return try together.gatheringRows(
        Tensor(examples.compactMap { places[$0] }, shape: Shape(checking: [examples.count])))
    }
  }

  /// The file of a location, without the member that the location may name.
  public static func file(of location: String) -> String { split(location).path }

  /// Splits `file:member`. If the name of an existing file contains the colon, the colon belongs to the name.
  private static func split(_ location: String) -> (path: String, member: String?) {
    if RemotePath.isRemote(location) {
      let (url, member) = RemotePath.split(location)
      return (url, member)
    }
    guard !ReadableFile.exists(location) else { return (location, nil) }
    let colons = location.indices.filter { location[$0] == ":" }
    guard let colon = colons.last(where: { ReadableFile.exists(String(location[..<$0])) }) ?? colons.last else {
      return (location, nil)
    }
    return (String(location[..<colon]), String(location[location.index(after: colon)...]))
  }

  /// The given name, or the name of the only array of the file.
  ///
  /// - Throws: `InterchangeError` with code `.noSuchMember` for an empty name, or if a file without one array needs a name.
  private static func name(
    _ member: String?, among names: @autoclosure () throws -> [String], in path: String
  ) throws -> String {
    if let member, !member.isEmpty { return member }
    let names = try names()
    guard names.count == 1, member == nil else {
      if member != nil, !names.isEmpty {
        let arrays = "\(counted(names.count, "array")) (\(listed(names, limit: 12)))"
        throw InterchangeError(
          .noSuchMember, "the name after the colon is missing. The file holds \(arrays); name one: \(path):\(names[0])",
          path: path)
      }
      guard let first = names.first else { throw InterchangeError(.noSuchMember, "holds no arrays", path: path) }
      throw InterchangeError(
        .noSuchMember, "holds \(names.count) arrays (\(listed(names, limit: 12))); name one: \(path):\(first)",
        path: path)
    }
    return names[0]
  }

  /// The paths of all datasets of a file.
  private static func datasetNames(in file: borrowing HDF5.File) throws -> [String] {
    try file.descendants().filter { $0.kind == .dataset }.map(\.path)
  }
}
