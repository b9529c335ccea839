import HDF5
import JSON
import Messages
import Platform

/// A file whose format is known from its content.
struct RecognizedFile {
  /// The format.
  let format: FileFormat
  /// The bytes.
  let region: ByteRegion
  private let archive: ZipArchive?

  /// The first bytes of a PyTorch file in the format before the ZIP archives: a pickle of a magic number.
  static let legacyPyTorchMagic: [UInt8] = [
    0x80, 0x02, 0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19,
  ]
  private static let prefixByteCount = 512

  /// The cause of an error about a file of an unknown format.
  private struct UnknownFormat: Error {}

  /// Recognizes the format of a file; nil if it is unknown.
  ///
  /// - Throws: The errors of opening the file.
  static func format(of path: String) throws(InterchangeError) -> FileFormat? {
    do {
      return try RecognizedFile(path).format
    } catch {
      guard error.cause is UnknownFormat else { throw error }
      return nil
    }
  }

  /// Recognizes a file.
  ///
  /// - Throws: `InterchangeError` with code `.unsupported` if the format is unknown; the errors of opening the file.
  init(_ path: String) throws(InterchangeError) {
    region = try ByteRegion(opening: path)
    let prefix = try region.bytes(at: 0, count: min(Self.prefixByteCount, region.byteCount))
    if prefix.starts(with: [0x50, 0x4B, 3, 4]) || prefix.starts(with: [0x50, 0x4B, 5, 6]) {
      let archive = try ZipArchive(region)
      self.archive = archive
      format = try Self.format(of: archive)
      return
    }
    archive = nil
    if prefix.starts(with: NumPyHeader.magic) {
      format = .numPyArray
    } else if try Self.isHDF5(path) {
      format = try HDF5Source.format(at: path)
    } else if TarHeader.isHeader(prefix) {
      format = try Self.format(of: TarArchive(region), path: path)
    } else if prefix.starts(with: Self.legacyPyTorchMagic) {
      format = .pyTorch
    } else if Self.isSafeTensors(prefix, byteCount: region.byteCount) {
      format = .safetensors
    } else if path.hasSuffix(".index.json") || path.hasSuffix(".weights.json") {
      format = try ShardIndex(region).format
    } else if prefix.first(where: { !$0.isJSONSpace }) == UInt8(ascii: "{"), let index = try? ShardIndex(region) {
      format = index.format
    } else if try ONNXRecognition.isModel(region) || !prefix.isEmpty && FileFormat(extensionOf: path) == .onnx {
      // ONNX has no magic number, so a damaged file may be recognized, too. Its reader then reports the damage.
      format = .onnx
    } else {
      throw Self.unknown(prefix, path: path)
    }
  }

  /// Returns the file as a ZIP archive, which is opened if necessary.
  ///
  /// - Throws: `InterchangeError` with code `.malformed` if it is not a ZIP archive.
  func zipArchive() throws(InterchangeError) -> ZipArchive {
    if let archive { return archive }
    return try ZipArchive(region)
  }

  private static func format(of archive: ZipArchive) throws(InterchangeError) -> FileFormat {
    if archive.member("model.weights.h5") != nil
      || archive.member("config.json") != nil && archive.member("metadata.json") != nil
    {
      return .kerasArchive
    }
    let names = archive.members.map(\.name)
    if names.contains(where: { $0 == "data.pkl" || $0.hasSuffix("/data.pkl") }) { return .pyTorch }
    if names.contains(where: { $0.hasSuffix(NumPyArchive.fileExtension) }) || names.isEmpty { return .numPyArchive }
    throw InterchangeError(
      .unsupported,
      "is a ZIP archive, but not an .npz, .keras or PyTorch .pt file: it holds \(listed(names.map(\.text), limit: 3))",
      path: archive.path)
  }

  private static func format(of archive: TarArchive, path: String) throws(InterchangeError) -> FileFormat {
    if archive.members.contains(where: { $0.name == BlocksFile.parametersMember }) { return .blocks }
    throw InterchangeError(
      .unsupported,
      "is a tar archive without \"\(BlocksFile.parametersMember)\", so it is not a checkpoint of Blocks; unpack it, and "
        + "give the files in it",
      path: path)
  }

  private static func isHDF5(_ path: String) throws(InterchangeError) -> Bool {
    try InterchangeError.about(path) { try HDF5.File.isHDF5(path) }
  }

  private static func isSafeTensors(_ prefix: [UInt8], byteCount: Int) -> Bool {
    guard prefix.count >= 9, prefix[8] == UInt8(ascii: "{") else { return false }
    let headerByteCount = prefix.prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    return headerByteCount <= UInt64(SafeTensorsHeader.largestByteCount)
  }

  /// The beginnings of files that are often given by mistake, with the messages about such files.
  private static let foreignFiles: [(offset: Int, bytes: [UInt8], message: String)] = [
    (0, [0x1F, 0x8B], "is compressed with gzip; expand it first, for example with gunzip"),
    (0, [0x28, 0xB5, 0x2F, 0xFD], "is compressed with Zstandard; expand it first, for example with unzstd"),
    (
      0, Array("GGUF".utf8),
      "is a GGUF file, whose quantized tensors are not read; give the .safetensors file of the model"
    ),
    (4, Array("TFL3".utf8), "is a TensorFlow Lite model, which is not read; give the .keras file of the model"),
  ]

  private static func unknown(_ prefix: [UInt8], path: String) -> InterchangeError {
    if prefix.isEmpty {
      return InterchangeError(.malformed, "is empty; write it again", path: path, cause: UnknownFormat())
    }
    if prefix.starts(with: [0x80]), prefix.count > 1, (2...5).contains(prefix[1]) {
      return InterchangeError(
        .unsupported,
        "is a Python pickle, which could run code and is not read; save the tensors with torch.save, numpy.savez or safetensors",
        path: path, cause: UnknownFormat())
    }
    let foreign = foreignFiles.first { prefix.dropFirst($0.offset).starts(with: $0.bytes) }
    return InterchangeError(
      .unsupported,
      foreign?.message
        ?? "has an unknown format; the known formats are checkpoints and files of HDF5, Keras, ONNX, PyTorch, safetensors, NumPy and "
        + "Blocks",
      path: path, cause: UnknownFormat())
  }
}

extension UInt8 {
  /// Whether the byte is white space in JSON.
  fileprivate var isJSONSpace: Bool { self == 0x20 || self == 0x09 || self == 0x0A || self == 0x0D }
}

/// Recognizes ONNX models by the fields of the outermost protobuf message, because they have no magic number.
enum ONNXRecognition {
  /// The fields of a model and their wire types: 0 for a number, 2 for bytes.
  private static let wireTypes: [Int: Int] = [
    1: 0, 2: 2, 3: 2, 4: 2, 5: 0, 6: 2, 7: 2, 8: 2, 14: 2, 20: 2, 25: 2, 26: 2,
  ]
  private static let graphField = 7

  /// Whether all outermost fields are fields of a model, and one of them is a graph.
  static func isModel(_ region: ByteRegion) throws(InterchangeError) -> Bool {
    var position = 0
    var hasGraph = false
    for _ in 0..<100_000 {
      guard position < region.byteCount else { return hasGraph }
      let bytes = try region.bytes(at: position, count: min(22, region.byteCount - position))
      guard let (tag, tagCount) = varint(bytes[...]), let field = Int(exactly: tag >> 3),
        wireTypes[field] == Int(tag & 7),
        let (value, valueCount) = varint(bytes.dropFirst(tagCount))
      else { return false }
      position += tagCount + valueCount
      if tag & 7 == 2 {
        guard let count = Int(exactly: value), count <= region.byteCount - position else { return false }
        position += count
      }
      if field == graphField { hasGraph = true }
    }
    return false
  }

  private static func varint(_ bytes: ArraySlice<UInt8>) -> (value: UInt64, byteCount: Int)? {
    var value: UInt64 = 0
    for (index, byte) in bytes.prefix(10).enumerated() {
      guard index < 9 || byte <= 1 else { return nil }
      value |= UInt64(byte & 0x7F) << (7 * index)
      if byte & 0x80 == 0 { return (value, index + 1) }
    }
    return nil
  }
}
