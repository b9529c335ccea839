import HDF5
import Tensors

/// The root attributes, which determine whether a file can be read.
struct Header {
  let version: String
  let kind: CheckpointKind
  let producer: String?
  let contentDigest: Digest
  /// The extensions that a reader must know.
  let extensions: Set<String>

  init(reading file: borrowing HDF5.File, name: String) throws {
    func text(_ attribute: String) throws -> String {
      guard try file.hasAttribute(attribute) else {
        throw CheckpointError(.malformed, "is incomplete: it has no attribute \"\(attribute)\"", file: name)
      }
      let text = try file.text(inAttribute: attribute)
      guard try file.attributeShape(attribute).dimensions.isEmpty else {
        throw CheckpointError(.malformed, "has an array as attribute \"\(attribute)\", not one string", file: name)
      }
      return text
    }
    guard try file.hasAttribute("format") else {
      throw CheckpointError(
        .notACheckpoint, "is HDF5, but not a checkpoint: it has no attribute \"format\"", file: name)
    }
    let format = try text("format")
    guard format == Format.name else {
      throw CheckpointError(.notACheckpoint, "is HDF5 of the format \"\(format)\", not a checkpoint", file: name)
    }
    version = try text("format_version")
    let numbers = version.split(separator: ".", omittingEmptySubsequences: false)
    guard numbers.count == 2, numbers.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy { (48...57).contains($0) } })
    else {
      throw CheckpointError(.malformed, "the format version \"\(version)\" is not MAJOR.MINOR", file: name)
    }
    guard numbers[0] == String(Format.majorVersion) else {
      throw CheckpointError(
        .unsupported,
        "has format version \(version); this version reads \(Format.majorVersion).x only: read it with the program that wrote it",
        file: name)
    }
    var extensions: Set<String> = []
    if try file.hasAttribute("must_understand") {
      let names = try file.texts(inAttribute: "must_understand")
      extensions = Set(names)
      let unknown = names.filter { !Format.knownExtensions.contains($0) }
      guard unknown.isEmpty else {
        throw CheckpointError(
          .unsupported, "needs extensions that this version does not know: \(unknown.joined(separator: ", "))",
          file: name)
      }
    }
    self.extensions = extensions
    let kindName = try text("kind")
    guard let kind = CheckpointKind(rawValue: kindName) else {
      throw CheckpointError(.unsupported, "is of the unknown kind \"\(kindName)\"", file: name)
    }
    self.kind = kind
    producer = try file.hasAttribute("producer") ? file.text(inAttribute: "producer") : nil
    guard let digest = Digest(hexadecimal: try text("content_digest")) else {
      throw CheckpointError(.malformed, "the attribute content_digest is not a digest", file: name)
    }
    contentDigest = digest
  }
}
