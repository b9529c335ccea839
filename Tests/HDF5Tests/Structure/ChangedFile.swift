import Foundation
import HDF5
import Testing

/// A copy of a file whose bytes a test changes.
struct ChangedFile {
  var bytes: [UInt8]
  private let directory: TemporaryDirectory

  /// Copies the file at a path.
  init(_ path: String) throws {
    bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
    directory = try TemporaryDirectory()
  }

  /// The offsets of the blocks that begin with a signature of four letters.
  func offsets(of signature: String) -> [Int] {
    bytes.indices.dropLast(3).filter { bytes[$0..<$0 + 4].elementsEqual(signature.utf8) }
  }

  /// The offset of the first block with a signature.
  func offset(of signature: String) throws -> Int { try #require(offsets(of: signature).first) }

  /// The little-endian number at an offset.
  func number(at offset: Int, byteCount: Int = 8) -> Int {
    bytes[offset..<offset + byteCount].reversed().reduce(0) { $0 << 8 | Int($1) }
  }

  /// Writes a little-endian number at an offset.
  mutating func write(_ number: UInt64, at offset: Int, byteCount: Int = 8) {
    for index in 0..<byteCount { bytes[offset + index] = UInt8(truncatingIfNeeded: number >> UInt64(8 * index)) }
  }

  /// Writes the file.
  func path() throws -> String { try directory.file("changed.h5", bytes) }

  /// Writes the right checksums of metadata into the file. Otherwise, most changes would stop at a checksum.
  mutating func repairChecksums() throws {
    for repair in try File.wrongChecksums(inFile: path()) {
      write(UInt64(repair.checksum), at: repair.offset, byteCount: 4)
    }
  }

  /// Writes the file, and reads everything in it.
  func readEverything() throws {
    let file = try File(opening: path())
    for object in try file.descendants() where object.kind == .dataset {
      let dataset = try file.openDataset(object.path)
      for name in try dataset.attributeNames() { _ = try dataset.attributeShape(name) }
      if dataset.datatype.isText { _ = try dataset.readStrings() }
      if dataset.datatype.isNumeric { _ = try dataset.read(as: Double.self) }
      _ = try? dataset.readBytes()
    }
  }
}
