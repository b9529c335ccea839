@_exported import Limits
import Messages
@_exported import Names
import Platform
import Tensors

/// A file of named tensors, open for reading. Its format is recognized from its content; see `FileFormat`.
///
/// ```swift
/// let file = try TensorFile(opening: "resnet18.pt")
/// for entry in file.entries { print(entry.name, entry.shape, entry.type) }
/// let weight = try file.tensor("fc.weight")
/// ```
///
/// Opening reads headers and names, but no elements. Elements are read in blocks, so memory does not grow with the file.
public struct TensorFile: Sendable {
  /// A tensor of the file.
  public struct Entry: Hashable, Sendable {
    /// The name. In an HDF5 file it is the path without the first slash.
    public let name: Name
    /// The extents.
    public let shape: Shape
    /// The type of the elements in the file. It is `uint8` for booleans.
    public let type: ScalarType
    /// Whether the elements are booleans, which are 0 and 1.
    public let isBoolean: Bool

    /// Creates an entry with its name, shape and type.
    public init(name: Name, shape: Shape, type: ScalarType, isBoolean: Bool = false) {
      (self.name, self.shape, self.type, self.isBoolean) = (name, shape, type, isBoolean)
    }

    /// The number of bytes of all elements.
    public var byteCount: Int { shape.elementCount * type.byteCount }

    /// - Throws: `InterchangeError` with code `.unsuitable` if this machine does not have the memory for elements of the given size.
    func checkFitsMemory(elementByteCount: Int) throws(InterchangeError) {
      let (byteCount, overflow) = shape.elementCount.multipliedReportingOverflow(by: elementByteCount)
      guard !overflow, Memory.canProvide(byteCount: byteCount) else {
        throw InterchangeError(
          .unsuitable,
          "this machine does not have the memory for \(counted(shape.elementCount, "element")); use a machine "
            + "with more memory", path: name.text)
      }
    }

    /// The name of the type for people. It is `bool` for booleans.
    public var typeName: String { isBoolean ? "bool" : type.rawValue }
  }

  /// Something in the file that is not a tensor of numbers, and the reason.
  public struct Skipped: Hashable, Sendable, Encodable {
    /// The name in the file.
    public let name: Name
    /// The reason, such as "complex64 elements are not read".
    public let reason: String

    /// Records the name of an object that was skipped, and the reason.
    public init(name: Name, reason: String) { (self.name, self.reason) = (name, reason) }
  }

  /// The path of the file.
  public let path: String
  /// The format.
  public let format: FileFormat
  /// The tensors in the order of the file. No name occurs twice.
  public let entries: [Entry]
  /// The objects of the file that cannot be read as tensors.
  public let skipped: [Skipped]
  /// Texts that the file contains besides its tensors.
  public let metadata: [Name: String]
  /// Sentences, without a final period, about the choice of tensors from the file.
  public let notes: [String]

  private let source: any TensorSource
  private let indices: [Name: Int]

  /// Opens a file and reads its list of tensors, but no elements.
  ///
  /// - Throws: `InterchangeError` with code `.notFound`, `.notReadable`, `.malformed`, `.unsupported` or `.inputOutput`.
  public init(opening path: String) throws(InterchangeError) {
    try self.init(opening: path, set: nil)
  }

  /// Opens a file and reads its list of tensors, but no elements.
  ///
  /// - Parameter set: The set of tensors to take from a PyTorch file that contains several, such as `model_ema`. The default is the
  ///   set that is used for evaluation.
  /// - Throws: The errors of `init(opening:)`, and `InterchangeError` with code `.noSuchMember` if there is no such set.
  public init(opening path: String, set: Name?) throws(InterchangeError) {
    let recognized = try RecognizedFile(path)
    guard set == nil || recognized.format == .pyTorch else {
      throw InterchangeError(
        .unsuitable, "is \(recognized.format.title), which holds one set of tensors; leave out the set", path: path)
    }
    let content: TensorContent
    switch recognized.format {
    case .safetensors: content = try SafeTensorsSource.content(of: recognized.region)
    case .numPyArray: content = try NumPySource.content(ofArray: recognized.region)
    case .numPyArchive: content = try NumPySource.content(of: recognized.zipArchive(), format: .numPyArchive)
    case .blocks: content = try BlocksFile.content(of: recognized.region)
    case .pyTorch: content = try PyTorchFile.content(of: recognized, set: set)
    case .kerasArchive: content = try HDF5Source.content(ofKerasArchive: recognized.zipArchive())
    case .hdf5, .kerasModel, .checkpoint: content = try HDF5Source.content(at: path, format: recognized.format)
    case .kerasWeights: content = try HDF5Source.content(ofKerasWeights: recognized)
    case .onnx:
      throw InterchangeError(
        .unsupported,
        "is an ONNX model, whose tensors are read together with its graph; use: bntool convert \(path) model.h5",
        path: path)
    }
    try self.init(path: path, content)
  }

  /// Creates a file from the content that the reader of its format found.
  ///
  /// - Throws: `InterchangeError` with code `.malformed` for content beyond the limits, or with a name twice.
  package init(path: String, _ content: TensorContent) throws(InterchangeError) {
    self.path = path
    format = content.format
    entries = content.entries
    skipped = content.skipped
    metadata = content.metadata
    notes = content.notes
    source = content.source
    if let problem = ReadingLimits.current.problem(
      content.entries.map {
        (name: $0.name.text, extents: $0.shape.dimensions, elementByteCount: $0.type.byteCount)
      })
    {
      throw InterchangeError(.malformed, problem.message, path: problem.name.map { "\(path):\($0)" } ?? path)
    }
    var indices: [Name: Int] = [:]
    for (index, entry) in content.entries.enumerated() {
      guard !entry.shape.elementCount.multipliedReportingOverflow(by: entry.type.byteCount).overflow else {
        throw InterchangeError(
          .malformed, "shape \(entry.shape) has more bytes than this machine can address", path: "\(path):\(entry.name)"
        )
      }
      guard indices.updateValue(index, forKey: entry.name) == nil else {
        throw InterchangeError(.malformed, "the file has two tensors with the name \"\(entry.name)\"", path: path)
      }
    }
    self.indices = indices
  }

  /// Recognizes the format of a file from its content.
  ///
  /// - Returns: The format; nil if the content has no known format.
  /// - Throws: `InterchangeError` with code `.notFound`, `.notReadable` or `.inputOutput`; `.malformed` or `.unsupported` for an
  ///   archive or an HDF5 file that is damaged, or holds something else.
  public static func format(of path: String) throws(InterchangeError) -> FileFormat? {
    try RecognizedFile.format(of: path)
  }

  /// Recognizes the format of a file from its content.
  ///
  /// - Throws: The errors of `format(of:)`, and `InterchangeError` with code `.unsupported`, or `.malformed` for an empty file, if the
  ///   content has no known format. The message says which formats are known.
  package static func knownFormat(of path: String) throws(InterchangeError) -> FileFormat {
    try RecognizedFile(path).format
  }

  /// The entry of a tensor; nil if the file has no tensor with this name.
  public func entry(_ name: Name) -> Entry? { indices[name].map { entries[$0] } }

  /// Reads a whole tensor. float16 and bfloat16 become float32, and integers and booleans become int64.
  ///
  /// - Throws: `InterchangeError` with code `.noSuchMember`, `.malformed`, `.unsupported` for a uint64 beyond int64, or `.inputOutput`.
  public func tensor(_ name: Name) throws(InterchangeError) -> Tensor {
    let (index, entry) = try find(name)
    return try InterchangeError.about("\(path):\(name)") {
      var bytes: [UInt8] = []
      try read(index) { block in
        // Only at the first block has the source compared the shape with the stored bytes.
        if bytes.isEmpty {
          try entry.checkFitsMemory(elementByteCount: entry.type.byteCount)
          bytes.reserveCapacity(entry.byteCount)
        }
        bytes += block
      }
      return try Tensor(littleEndianBytes: bytes, as: entry.type, shape: entry.shape)
    }
  }

  /// Reads a tensor's elements in blocks of whole elements: little-endian, in row-major order, in the type of the entry.
  ///
  /// - Throws: `InterchangeError` with code `.noSuchMember`, `.malformed` or `.inputOutput`; the errors of the closure.
  public func read(_ name: Name, blocks: (UnsafeRawBufferPointer) throws -> Void) throws {
    try read(find(name).index, blocks: blocks)
  }

  private func read(_ index: Int, blocks: (UnsafeRawBufferPointer) throws -> Void) throws {
    let entry = entries[index]
    guard entry.isBoolean else { return try source.read(index, blocks) }
    try source.read(index) { block in
      guard block.allSatisfy({ $0 <= 1 }) else {
        throw InterchangeError(
          .malformed, "a boolean is neither 0 nor 1: the file is damaged", path: "\(path):\(entry.name)")
      }
      try blocks(block)
    }
  }

  private func find(_ name: Name) throws(InterchangeError) -> (index: Int, entry: Entry) {
    guard let index = indices[name] else {
      if let reason = skipped.first(where: { $0.name == name })?.reason {
        throw InterchangeError(.unsupported, reason, path: "\(path):\(name)")
      }
      let advice = suggestion(for: name.text, among: entries.map(\.name.text), noun: "tensor")
      throw InterchangeError(.noSuchMember, "there is no tensor \"\(name)\". \(advice)", path: path)
    }
    return (index, entries[index])
  }
}
