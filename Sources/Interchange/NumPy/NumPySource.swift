import JSON
import Limits
import Names
import Platform
import Tensors

/// The arrays of an `.npy` file or an `.npz` archive as named tensors.
struct NumPySource: TensorSource {
  private let places: [Place]

  private enum Place: Sendable {
    case region(ByteRegion)
    case member(ZipArchive, ZipMember)
  }

  /// The name of the tensor of an `.npy` file. The file itself does not name its array.
  static let arrayName: Name = "array"

  /// Reads the content of an `.npy` file: one tensor. Elements are not read.
  ///
  /// - Throws: `InterchangeError` with code `.malformed`, `.unsupported` or `.inputOutput`.
  static func content(ofArray region: ByteRegion) throws(InterchangeError) -> TensorContent {
    let array = try NumPyArray(region, path: region.path)
    return TensorContent(
      format: .numPyArray, entries: [array.entry(named: arrayName)], source: NumPySource(places: [.region(region)]))
  }

  /// Reads the content of an `.npz` archive. Only the headers of its members are read.
  ///
  /// - Throws: `InterchangeError` with code `.malformed` or `.inputOutput`.
  static func content(
    of archive: ZipArchive, format: FileFormat, name: (Name) -> Name = { $0 }
  ) throws(InterchangeError) -> TensorContent {
    var entries: [TensorFile.Entry] = []
    var skipped: [TensorFile.Skipped] = []
    var places: [Place] = []
    var metadata: [Name: String] = [:]
    for member in archive.members {
      guard member.name.hasSuffix(NumPyArchive.fileExtension) else {
        skipped.append(TensorFile.Skipped(name: member.name, reason: "the member is not an array in the .npy format"))
        continue
      }
      let key = name(Name(Substring(member.name.text.utf8.dropLast(NumPyArchive.fileExtension.utf8.count))))
      do throws(InterchangeError) {
        let (header, dataOffset) = try NumPyHeader.read(from: member, of: archive)
        try header.check(dataByteCount: member.byteCount - dataOffset, path: archive.memberPath(member))
        if key == SafeTensorsHeader.metadataKey,
          let texts = Self.metadata(header, member, in: archive, dataOffset: dataOffset)
        {
          metadata = texts
          continue
        }
        entries.append(header.entry(named: key))
        places.append(.member(archive, member))
      } catch  where error.code == .unsupported {
        skipped.append(TensorFile.Skipped(name: key, reason: error.message))
      }
    }
    return TensorContent(
      format: format, entries: entries, skipped: skipped, metadata: metadata, source: NumPySource(places: places))
  }

  /// Reads the texts from an archive's array `__metadata__`, which holds the bytes of a JSON object; nil if it has other content.
  private static func metadata(
    _ header: NumPyHeader, _ member: ZipMember, in archive: ZipArchive, dataOffset: Int
  ) -> [Name: String]? {
    guard header.elements.type == .uint8, header.shape.rank == 1,
      let bytes = try? archive.bytes(of: member, limit: ReadingLimits.current.textByteCount),
      let text = String(validating: bytes.dropFirst(dataOffset), as: UTF8.self),
      let members = try? JSONValue(parsing: text).members()
    else { return nil }
    return try? members.mapValues { try $0.text() }
  }

  func read(_ index: Int, _ body: (UnsafeRawBufferPointer) throws -> Void) throws {
    switch places[index] {
    case .region(let region): try NumPyArray(region, path: region.path).forEachBlock(body)
    case .member(let archive, let member):
      let path = archive.memberPath(member)
      let (header, dataOffset) = try NumPyHeader.read(from: member, of: archive)
      guard !header.isFortranOrder, !header.elements.isBigEndian else {
        return try NumPyArray(archive.content(of: member), path: path).forEachBlock(body)
      }
      var blocks = WholeElements(size: header.elements.type.byteCount)
      var headerRest = dataOffset
      try archive.read(member) { block in
        let skipped = min(headerRest, block.count)
        headerRest -= skipped
        try blocks.pass(UnsafeRawBufferPointer(rebasing: block[skipped...]), to: body)
      }
    }
  }
}

/// Regroups bytes that come piece by piece into blocks of whole elements.
struct WholeElements {
  private let size: Int
  private var rest: [UInt8] = []

  init(size: Int) { self.size = size }

  /// Passes on the whole elements, and keeps the remaining bytes for the next call.
  mutating func pass(_ bytes: UnsafeRawBufferPointer, to body: (UnsafeRawBufferPointer) throws -> Void) throws {
    var bytes = bytes
    if !rest.isEmpty {
      let missing = min(size - rest.count, bytes.count)
      rest += bytes.prefix(missing)
      bytes = UnsafeRawBufferPointer(rebasing: bytes.dropFirst(missing))
      guard rest.count == size else { return }
      try rest.withUnsafeBytes(body)
      rest = []
    }
    let whole = bytes.count / size * size
    if whole > 0 { try body(UnsafeRawBufferPointer(rebasing: bytes[..<whole])) }
    rest = Array(bytes[whole...])
  }
}

extension NumPyHeader {
  /// The number of bytes to read first. Nearly every header is smaller.
  private static let usualByteCount = 1024

  /// Reads the header of a member of an archive. Also returns the offset of the data.
  static func read(from member: ZipMember, of archive: ZipArchive) throws(InterchangeError) -> (
    NumPyHeader, dataOffset: Int
  ) {
    let path = archive.memberPath(member)
    var bytes = try archive.beginning(of: member, count: usualByteCount)
    let text = try textRange(ofFileBeginning: Array(bytes.prefix(prefixByteCount)), path: path)
    if text.upperBound > bytes.count { bytes = try archive.beginning(of: member, count: text.upperBound) }
    guard text.upperBound <= bytes.count else {
      throw InterchangeError(.malformed, "the header is cut off", path: path)
    }
    return (try NumPyHeader(parsing: Array(bytes[text]), path: path), text.upperBound)
  }

  /// Converts the header to an entry of a tensor file.
  func entry(named name: Name) -> TensorFile.Entry {
    TensorFile.Entry(name: name, shape: shape, type: elements.type, isBoolean: elements.isBoolean)
  }
}

extension NumPyArray {
  fileprivate func entry(named name: Name) -> TensorFile.Entry { header.entry(named: name) }

  /// Calls a closure with the elements in row-major order, little-endian, in blocks.
  fileprivate func forEachBlock(_ body: (UnsafeRawBufferPointer) throws -> Void) throws {
    let data = try content.part(at: dataOffset, count: content.byteCount - dataOffset)
    let strides =
      header.isFortranOrder ? Array(Shape(shape.dimensions.reversed()).strides.reversed()) : shape.strides
    try StridedView(
      data, offset: 0, elementByteCount: type.byteCount, isBigEndian: header.elements.isBigEndian, shape: shape,
      strides: strides
    ).forEachBlock(body)
  }
}
