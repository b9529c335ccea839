import HDF5
import Limits
import Names
import Tensors

/// The numeric datasets of an HDF5 file as named tensors.
struct HDF5Source: TensorSource {
  private let open: OpenFile
  private let places: [Place]

  /// An open file that all copies of a source share.
  private final class OpenFile: Sendable {
    let file: HDF5.File
    init(_ file: consuming HDF5.File) { self.file = file }
  }

  /// The path of a dataset, and the size and byte order of its elements.
  private struct Place {
    var path: String
    var size: Int
    var isBigEndian: Bool
  }

  /// The largest depth of nested groups. A group that contains itself would exceed this depth.
  private static let deepestLevel = 64
  /// The largest number of visits of groups. Several links can lead to the same group, so a small file can have any number of paths.
  private static let largestGroupCount = 1 << 15
  /// The largest number of bytes of all paths together. Long names of groups are part of the paths of all objects in them.
  private static let largestNameByteCount = 1 << 26

  /// Recognizes the format of an HDF5 file: a checkpoint of this project, a Keras file, or any other HDF5 file.
  ///
  /// - Throws: The errors of opening the file.
  static func format(at path: String) throws(InterchangeError) -> FileFormat {
    try InterchangeError.about(path) {
      let file = try HDF5.File(opening: path)
      if try file.hasAttribute("format"), (try? file.text(inAttribute: "format")) == "swift-bricks checkpoint" {
        return .checkpoint
      }
      if try file.exists("contents"), try file.exists("parameters") || file.exists("updates") { return .checkpoint }
      if try file.hasAttribute("model_config") || file.exists("model_weights") { return .kerasModel }
      if try file.hasAttribute("layer_names") || file.hasAttribute("layer_names0") { return .kerasWeights }
      for name in ["layers", "_layer_checkpoint_dependencies"] {
        if try file.exists(name), try file.objectKind(name) == .group { return .kerasWeights }
      }
      return .hdf5
    }
  }

  /// Reads the content of a file: the list of its tensors, but no elements.
  ///
  /// - Throws: `InterchangeError` with code `.malformed` or `.inputOutput`.
  static func content(at path: String, format: FileFormat) throws(InterchangeError) -> TensorContent {
    try InterchangeError.about(path) { try content(of: HDF5.File(opening: path), format: format) }
  }

  /// Reads the content of a Keras weights file, or of all shards of an index.
  ///
  /// - Throws: `InterchangeError` with code `.malformed` or `.inputOutput`.
  static func content(ofKerasWeights file: RecognizedFile) throws(InterchangeError) -> TensorContent {
    guard try file.region.bytes(at: 0, count: 1) == [UInt8(ascii: "{")] else {
      return try content(at: file.region.path, format: .kerasWeights)
    }
    return try ShardIndex(file.region).content { (path) throws(InterchangeError) in
      try content(at: path, format: .kerasWeights)
    }
  }

  /// Reads the content of the weights in a `.keras` archive.
  ///
  /// - Throws: `InterchangeError` with code `.malformed` or `.inputOutput`.
  static func content(ofKerasArchive archive: ZipArchive) throws(InterchangeError) -> TensorContent {
    guard let member = archive.member("model.weights.h5") else {
      throw InterchangeError(
        .malformed, "the archive has no member \"model.weights.h5\"; save the model again", path: archive.path)
    }
    return try InterchangeError.about(archive.path) {
      try content(of: archive.openHDF5(member), format: .kerasArchive)
    }
  }

  private static func content(of file: consuming HDF5.File, format: FileFormat) throws -> TensorContent {
    var metadata: [Name: String] = [:]
    for name in try file.attributeNames() {
      guard let shape = try? file.attributeShape(name), shape.datatype.isText, shape.dimensions.isEmpty else {
        continue
      }
      metadata[Name(name)] = try file.text(inAttribute: name)
    }
    let open = OpenFile(file)
    var walk = Walk(file: open.file.filePath)
    try walk.visit(open.file, path: "", level: 1)
    return TensorContent(
      format: format, entries: walk.entries, skipped: walk.skipped, metadata: metadata,
      source: HDF5Source(open: open, places: walk.places))
  }

  func read(_ index: Int, _ body: (UnsafeRawBufferPointer) throws -> Void) throws {
    let place = places[index]
    let dataset = try open.file.openDataset(place.path)
    let unwritten = try dataset.unwrittenChunkCount
    guard unwritten == 0 else {
      throw InterchangeError(
        .malformed, "was not written completely: \(unwritten) of its chunks are missing; write the file again",
        path: "\(dataset.filePath):\(place.path)")
    }
    var reader = try SequentialReader(dataset)
    let largest = ByteRegion.blockByteCount / place.size * place.size
    try withUnsafeTemporaryAllocation(byteCount: max(1, min(largest, reader.byteCount)), alignment: 64) { buffer in
      while reader.position < reader.byteCount {
        let block = UnsafeMutableRawBufferPointer(rebasing: buffer[..<min(largest, reader.byteCount - reader.position)])
        try reader.read(into: block)
        if place.isBigEndian { block.reverseElements(of: place.size) }
        try body(UnsafeRawBufferPointer(block))
      }
    }
  }

  /// Visits all datasets below a group. Each group's links are visited in the order of the links' names.
  private struct Walk {
    var entries: [TensorFile.Entry] = []
    var skipped: [TensorFile.Skipped] = []
    var places: [Place] = []
    private let file: String
    private var groupCount = 0
    private var nameByteCount = 0
    private let limits = ReadingLimits.current

    init(file: String) { self.file = file }

    mutating func visit<Container: ObjectContainer & ~Copyable>(
      _ container: borrowing Container, path: String, level: Int
    ) throws {
      guard level <= deepestLevel else {
        throw InterchangeError(
          .malformed, "groups are nested more than \(deepestLevel) levels deep, or contain themselves",
          path: "\(file):\(path)")
      }
      groupCount += 1
      guard groupCount <= largestGroupCount else {
        throw InterchangeError(
          .malformed, "the paths of the file lead to more than \(largestGroupCount) groups; link each group only once",
          path: file)
      }
      for link in try container.links() {
        let name = path.isEmpty ? link.name : "\(path)/\(link.name)"
        guard entries.count + skipped.count < limits.tensorCount else {
          throw InterchangeError(
            .malformed,
            "the file has more than \(limits.tensorCount) objects; a program can raise ReadingLimits.tensorCount for it",
            path: file)
        }
        nameByteCount += name.utf8.count
        guard nameByteCount <= largestNameByteCount else {
          throw InterchangeError(
            .malformed, "the paths of the file have more than \(largestNameByteCount) bytes together", path: file)
        }
        guard link.kind == .hard else {
          skipped.append(
            TensorFile.Skipped(name: Name(name), reason: "links of the kind \(link.kind.rawValue) are not followed"))
          continue
        }
        switch try container.objectKind(link.name) {
        case .group: try visit(container.openGroup(link.name), path: name, level: level + 1)
        case .dataset: try add(name, link.name, in: container)
        default: skipped.append(TensorFile.Skipped(name: Name(name), reason: "is neither a group nor a dataset"))
        }
      }
    }

    private mutating func add<Container: ObjectContainer & ~Copyable>(
      _ path: String, _ name: String, in container: borrowing Container
    ) throws {
      do {
        let dataset = try container.openDataset(name)
        let isBrainFloat = try dataset.hasAttribute("dtype") && (try? dataset.text(inAttribute: "dtype")) == "bfloat16"
        guard let (type, isBigEndian) = HDF5Source.type(of: dataset.datatype, isBrainFloat: isBrainFloat) else {
          skipped.append(
            TensorFile.Skipped(name: Name(path), reason: "elements of type \(dataset.datatype) are not read"))
          return
        }
        let shape = try Shape(checking: dataset.dimensions)
        entries.append(
          TensorFile.Entry(name: Name(path), shape: shape, type: type, isBoolean: dataset.datatype.isBoolean))
        places.append(Place(path: path, size: type.byteCount, isBigEndian: isBigEndian))
      } catch let error as HDF5Error where error.code == .refused {
        skipped.append(TensorFile.Skipped(name: Name(path), reason: error.explanation))
      }
    }
  }

  private static func type(of datatype: Datatype, isBrainFloat: Bool) -> (ScalarType, isBigEndian: Bool)? {
    switch datatype {
    case .integer(let count, let isSigned, let order):
      let types: [Int: ScalarType] =
        isSigned
        ? [1: .int8, 2: .int16, 4: .int32, 8: .int64] : [1: .uint8, 2: .uint16, 4: .uint32, 8: .uint64]
      return types[count].map { ($0, order == .bigEndian && count > 1) }
    case .boolean(1, _): return (.uint8, false)
    case .float(let count, let order, true):
      return [2: ScalarType.float16, 4: .float32, 8: .float64][count].map { ($0, order == .bigEndian) }
    case .brainFloat(let order): return (.bfloat16, order == .bigEndian)
    case .opaque(2, _) where isBrainFloat: return (.bfloat16, false)
    default: return nil
    }
  }
}
