import Checkpoints
import Names
import Platform
import Remote

/// The content that a signature covers: the bytes of a file, and the documents and tensors of a checkpoint.
public struct SignedContent: Hashable, Sendable {
  /// The name of the file, without folders.
  public let name: String
  /// The SHA-256 digest of the whole file.
  public let fileDigest: [UInt8]
  /// The SHA-256 digest of each document's text and each tensor's elements, by path; empty for a file that is not a checkpoint.
  public internal(set) var objects: [Name: [UInt8]]

  init(name: String, fileDigest: [UInt8], objects: [Name: [UInt8]]) {
    self.name = name
    self.fileDigest = fileDigest
    self.objects = objects
  }

  /// Reads a whole file. If the file is a checkpoint, every document and every tensor is also read, and its digest is checked.
  ///
  /// - Parameter acceptingDamage: If true, damaged tensors are left out, and all objects are left out if the checkpoint cannot
  ///   be opened. If false, damage is an error.
  /// - Throws: `FileError`, `CheckpointError`.
  public init(of path: String, acceptingDamage: Bool = false) throws {
    let file = try ReadableFile(at: path)
    var digest = SHA256()
    var position = 0
    while position < file.byteCount {
      let block = try file.read(at: position, count: min(1 << 20, file.byteCount - position))
      digest.update(block)
      position += block.count
    }
    self.init(
      name: path.split(separator: "/").last.map(String.init) ?? path, fileDigest: digest.finish(),
      objects: acceptingDamage
        ? (try? SignedContent.objects(of: path, acceptingDamage: true)) ?? [:]
        : try SignedContent.objects(of: path, acceptingDamage: false))
  }

  private static func objects(of path: String, acceptingDamage: Bool) throws -> [Name: [UInt8]] {
    let checkpoint: Checkpoint
    do {
      checkpoint = try Checkpoint(opening: path)
    } catch {
      guard error.code == .notACheckpoint else { throw error }
      return [:]
    }
    try checkpoint.checkTable()
    var objects: [Name: [UInt8]] = [:]
    for (path, text) in try checkpoint.texts() { objects[path] = SHA256.digest(of: Array(text.utf8)) }
    for entry in checkpoint.contents.tensors {
      var digest = SHA256()
      do {
        try checkpoint.copyElements(of: entry) { digest.update($0) }
      } catch {
        guard acceptingDamage else { throw error }
        continue
      }
      objects[entry.path] = digest.finish()
    }
    return objects
  }

  /// The paths of the objects that differ between two contents, or that only one of the contents has.
  public func differences(from other: SignedContent) -> [Name] {
    Set(objects.keys).union(other.objects.keys).filter { objects[$0] != other.objects[$0] }.sorted()
  }
}
