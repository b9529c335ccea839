import Messages
import Names
import Platform
import Tensors

/// A tensor to write: its entry, and a function that gives its elements.
public struct OutgoingTensor {
  /// A function that passes on the elements piece by piece.
  public typealias Content = (_ write: (UnsafeRawBufferPointer) throws -> Void) throws -> Void

  /// The name, the extents and the type in the file.
  public let entry: TensorFile.Entry
  /// Passes on the elements from front to back: little-endian, in row-major order, with the entry's number of bytes in total.
  public let content: Content

  /// Creates a tensor from its entry and a closure that provides its content.
  public init(_ entry: TensorFile.Entry, content: @escaping Content) {
    (self.entry, self.content) = (entry, content)
  }

  /// Creates an outgoing tensor from a tensor in memory.
  public init(_ name: Name, _ tensor: Tensor) {
    self.init(TensorFile.Entry(name: name, shape: tensor.shape, type: tensor.type)) { write in
      try tensor.littleEndianBytes(as: tensor.type).withUnsafeBytes(write)
    }
  }

  /// Creates an outgoing tensor that is copied from another file.
  public init(_ entry: TensorFile.Entry, of file: TensorFile) {
    self.init(entry) { write in try file.read(entry.name, blocks: write) }
  }
}

extension TensorFile {
  /// The formats in which tensors can be written.
  public static let writableFormats: [FileFormat] = [.safetensors, .numPyArchive, .numPyArray]

  /// Writes tensors to a new file, which appears completely or not at all.
  ///
  /// - Parameters:
  ///   - tensors: The tensors. Each name occurs once.
  ///   - metadata: Texts beside the tensors, which an `.npy` file cannot hold.
  ///   - path: The file to write; an existing file is replaced.
  ///   - format: The format of the file, one of `writableFormats`.
  /// - Throws: `InterchangeError` with code `.unsuitable` if the format cannot hold the tensors or the texts (the message names the
  ///   content that would be lost, and a format that holds everything), `.cannotCreate` or `.inputOutput`; the errors of reading
  ///   the tensors.
  public static func write(
    _ tensors: [OutgoingTensor], metadata: [Name: String] = [:], to path: String, as format: FileFormat
  ) throws {
    try checkWritable(tensors.map(\.entry), metadata: metadata, to: path, as: format)
    do {
      try AtomicFile.write(to: path) { temporary in
        switch format {
        case .safetensors: try SafeTensorsWriter.write(tensors, metadata: metadata, to: temporary)
        case .numPyArchive: try NumPyArchive.write(tensors, metadata: metadata, to: temporary)
        default: if let tensor = tensors.first { try NumPyArray.write(tensor, to: temporary) }
        }
      }
    } catch let error as FileError {
      throw InterchangeError(error, path: path)
    }
  }

  /// Checks that a format holds tensors and texts without loss.
  ///
  /// - Throws: `InterchangeError` with code `.unsuitable`. The message names the content that would be lost, and a format that
  ///   holds everything.
  public static func checkWritable(
    _ entries: [Entry], metadata: [Name: String] = [:], to path: String, as format: FileFormat
  ) throws(InterchangeError) {
    func unsuitable(_ message: String) -> InterchangeError { InterchangeError(.unsuitable, message, path: path) }
    guard writableFormats.contains(format) else {
      throw unsuitable(
        "tensors are not written as \(format.title); name the output NAME.safetensors, NAME.npz or NAME.npy")
    }
    var names: Set<Name> = []
    for entry in entries where !names.insert(entry.name).inserted {
      throw unsuitable("two tensors have the name \"\(entry.name)\"; rename one of them")
    }
    if names.contains(SafeTensorsHeader.metadataKey) {
      throw unsuitable(
        "no tensor can have the name \"\(SafeTensorsHeader.metadataKey)\", under which these files hold texts; rename the tensor"
      )
    }
    guard format != .safetensors else { return }
    if format == .numPyArray, entries.count != 1 {
      throw unsuitable(
        "an .npy file holds one array without a name, not \(counted(entries.count, "tensor")); write NAME.npz")
    }
    for entry in entries {
      if entry.type == .bfloat16 {
        throw unsuitable(
          "the type bfloat16 of \"\(entry.name)\" would be lost, because NumPy does not have it; write NAME.safetensors"
        )
      }
      guard entry.shape.rank <= NumPyHeader.largestRank else {
        throw unsuitable(
          "\"\(entry.name)\" has \(entry.shape.rank) axes, more than NumPy's arrays; write NAME.safetensors")
      }
      guard (try? MemberName.checked(Array(entry.name.utf8), path: path)) != nil else {
        throw unsuitable(
          "an .npz archive cannot hold the name of \"\(entry.name)\"; rename the tensor, or write NAME.safetensors")
      }
    }
    guard format == .numPyArray else { return }
    // All files of PyTorch's and Hugging Face's tools have a text that names the framework. Losing this text is not an error.
    let lost = metadata.keys.filter { $0 != "format" }.sorted()
    guard lost.isEmpty else {
      throw unsuitable(
        "\(counted(lost.count, "text")) of the metadata would be lost (\(listed(lost.map(\.text), limit: 4))); write NAME.safetensors"
      )
    }
  }
}
