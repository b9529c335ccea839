import JSON
import Names

/// The statement that is signed: an in-toto statement with the predicate of OpenSSF Model Signing v1.0.
///
/// The file is the resource "." of the statement, as if the reference implementation had signed a single file. The member
/// `swift_bricks` of the predicate is an addition of this project. Other verifiers ignore it.
struct Statement {
  private static let type = "https://in-toto.io/Statement/v1"
  private static let predicateType = "https://model_signing/signature/v1.0"

  /// The SHA-256 digests of files, by their paths in the signed folder; if a single file was signed, "." is the only path.
  let resources: [Name: [UInt8]]
  /// The SHA-256 digests of documents and tensors, by path.
  let objects: [Name: [UInt8]]

  /// The statement about the given content, as JSON.
  static func json(of content: SignedContent) -> JSONValue {
    func resource(_ name: Name, _ digest: [UInt8]) -> JSONValue {
      ["name": .name(name), "algorithm": .text("sha256"), "digest": .text(Encodings.hexadecimal(digest))]
    }
    var predicate: [Name: JSONValue] = [
      "serialization": [
        "method": .text("files"), "hash_type": .text("sha256"), "allow_symlinks": .boolean(false),
        "ignore_paths": .list([]),
      ],
      "resources": .list([resource(".", content.fileDigest)]),
    ]
    if !content.objects.isEmpty {
      predicate["swift_bricks"] = [
        "objects": .list(content.objects.sorted { $0.key < $1.key }.map(resource))
      ]
    }
    let root = Encodings.hexadecimal(SHA256.digest(of: content.fileDigest))
    let subject: JSONValue = ["name": .text(content.name), "digest": ["sha256": .text(root)]]
    return [
      "_type": .text(type), "predicateType": .text(predicateType), "predicate": .object(predicate),
      "subject": .list([subject]),
    ]
  }

  /// Reads a statement, and checks that its parts do not contradict each other.
  init(json: JSONValue) throws {
    func expect(_ key: Name, _ value: String, in json: JSONValue) throws {
      let found = try json.text(key)
      guard found == value else { throw JSONError("\(key) is \"\(found)\"; only \"\(value)\" is supported") }
    }
    func resources(_ list: JSONValue) throws -> [(name: Name, digest: [UInt8])] {
      try list.list { resource in
        try expect("algorithm", "sha256", in: resource)
        guard let digest = Encodings.bytes(hexadecimal: try resource.text("digest")), digest.count == 32 else {
          throw JSONError("a digest is not a SHA-256 digest (64 hexadecimal digits)")
        }
        return (try resource.name("name"), digest)
      }
    }
    try expect("_type", Statement.type, in: json)
    try expect("predicateType", Statement.predicateType, in: json)
    let subjects = try json.list("subject") { try $0.member("digest") { try $0.text("sha256") } }
    let (files, objects) = try json.member("predicate") { predicate in
      try predicate.member("serialization") { try expect("method", "files", in: $0) }
      let objects = try predicate.optionalMember("swift_bricks") { try $0.member("objects", resources) }
      return (try predicate.member("resources", resources), objects ?? [])
    }
    let root = Encodings.hexadecimal(SHA256.digest(of: files.flatMap(\.digest)))
    guard subjects == [root] else {
      throw JSONError("the digest of the subject differs from the digest of its resources")
    }
    self.resources = try Statement.unique(files)
    self.objects = try Statement.unique(objects)
  }

  private static func unique(_ resources: [(name: Name, digest: [UInt8])]) throws -> [Name: [UInt8]] {
    try Dictionary(resources.map { ($0.name, $0.digest) }) { _, _ in throw JSONError("a name occurs twice") }
  }
}
