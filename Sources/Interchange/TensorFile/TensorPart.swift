import JSON
import Messages
import Platform
import Tensors

/// A part of a file of tensors that several processes write together.
///
/// The part is a `.safetensors` file with consecutive tensors, a digest of each of them, texts, and a digest of all texts.
/// `TensorPartUnion` unites the parts.
public struct TensorPart: Sendable {
  private static let key: Name = "swift_bricks.part"
  private static let tableKey: Name = "swift_bricks.part.table"
  private static let digestKey: Name = "swift_bricks.part.digest"

  /// The open file.
  public let file: TensorFile
  /// The number of the part, and the number of parts.
  public let shard: BatchPlan.Shard
  /// The number of tensors of all parts together.
  public let tensorCount: Int
  /// The texts that all parts of one job have in common.
  public let job: [Name: String]
  /// A text about the tensors of this part.
  public let table: String
  /// The names and digests of the tensors, in the order of the whole file.
  let digests: [(name: Name, digest: Digest)]

  /// The part in a file; nil if the file holds no part.
  ///
  /// - Throws: `InterchangeError` with code `.malformed` if the description of the part is damaged.
  public init?(_ file: TensorFile) throws(InterchangeError) {
    guard let text = file.metadata[Self.key] else { return nil }
    do {
      guard file.metadata[Self.digestKey] == "\(try Self.digest(of: file.metadata))" else {
        throw JSONError("the description of the part does not match its digest")
      }
      let json = try JSONValue(parsing: text)
      digests = try json.list("tensors") { tensor in
        guard let digest = Digest(hexadecimal: try tensor.text("digest")) else { throw JSONError("is not a digest") }
        return (try tensor.name("name"), digest)
      }
      guard let shard = try BatchPlan.Shard(json.integer("number"), of: json.integer("count")),
        Set(digests.map(\.name)) == Set(file.entries.map(\.name)), digests.count == file.entries.count
      else { throw JSONError("the tensors of the file are not the tensors of the part") }
      self.shard = shard
      tensorCount = try json.integer("tensor_count")
    } catch {
      throw InterchangeError(.malformed, "\(Self.key): \(error); write the part again", path: file.path)
    }
    self.file = file
    table = file.metadata[Self.tableKey] ?? ""
    job = file.metadata.filter { ![Self.key, Self.tableKey, Self.digestKey].contains($0.key) }
  }

  /// The digest of the texts of a part, except of the digest itself.
  private static func digest(of texts: [Name: String]) throws -> Digest {
    let described = texts.filter { $0.key != digestKey }
    return Digest(of: try JSONValue.object(described.mapValues { .text($0) }).jsonText())
  }

  /// The texts of a part with their digest.
  package static func digested(_ texts: [Name: String]) throws -> [Name: String] {
    try texts.merging([digestKey: "\(digest(of: texts))"]) { _, new in new }
  }

  /// Whether the elements of all tensors match their digests. Reads the whole file.
  public var isIntact: Bool {
    digests.allSatisfy { name, digest in (try? read(name, digest) { _ in }) != nil }
  }

  /// Reads a tensor's elements in blocks of whole elements, and compares them with their digest at the end.
  ///
  /// - Throws: `InterchangeError` with code `.malformed` if the part was damaged, or `.inputOutput`; the errors of the closure.
  fileprivate func read(_ name: Name, _ recorded: Digest, blocks: (UnsafeRawBufferPointer) throws -> Void) throws {
    var hasher = DigestHasher()
    try file.read(name) { block in
      hasher.update(block)
      try blocks(block)
    }
    let digest = hasher.digest
    guard digest == recorded else {
      throw InterchangeError(
        .malformed,
        "digest does not match its data (read \(digest.abbreviated), recorded \(recorded.abbreviated)): the part was damaged; "
          + "write it again", path: "\(file.path):\(name)")
    }
  }

  /// Writes a part, completely or not at all.
  ///
  /// - Parameters:
  ///   - tensors: The tensors of the part, in the order of the whole file.
  ///   - shard: The number of the part, and the number of parts.
  ///   - tensorCount: The number of tensors of all parts together.
  ///   - job: The texts that all parts have in common.
  ///   - table: A text about the tensors of this part.
  ///   - path: The file to write; an existing file is replaced.
  /// - Throws: `InterchangeError` with code `.unsuitable`, `.cannotCreate` or `.inputOutput`; the errors of reading the tensors.
  public static func write(
    _ tensors: [OutgoingTensor], _ shard: BatchPlan.Shard, of tensorCount: Int, job: [Name: String],
    table: String = "", to path: String
  ) throws {
    try TensorFile.checkWritable(tensors.map(\.entry), to: path, as: .safetensors)
    let unknown = Digest(of: "")
    func texts(_ digests: [Name: Digest]) throws -> [Name: String] {
      let tensors: [JSONValue] = tensors.map { tensor in
        ["digest": .text("\(digests[tensor.entry.name] ?? unknown)"), "name": .name(tensor.entry.name)]
      }
      let part: JSONValue = [
        "number": .integer(shard.number), "count": .integer(shard.count), "tensor_count": .integer(tensorCount),
        "tensors": .list(tensors),
      ]
      return try digested(job.merging([key: part.jsonText(), tableKey: table]) { _, new in new })
    }
    do {
      try AtomicFile.write(to: path) { temporary in
        try SafeTensorsWriter.write(tensors, metadata: texts([:]), to: temporary, digested: texts)
      }
    } catch let error as FileError {
      throw InterchangeError(error, path: path)
    }
  }
}

/// All parts of a file of tensors.
public struct TensorPartUnion: Sendable {
  /// The texts that all parts have in common.
  public let job: [Name: String]
  /// The text about the tensors of each part.
  public let tables: [String]
  /// The tensors, in the order of the whole file.
  public let entries: [TensorFile.Entry]
  private let places: [Name: (part: TensorPart, digest: Digest)]

  /// Unites parts, in any order.
  ///
  /// - Throws: `InterchangeError` with code `.unsuitable` that names the file, if parts belong to different jobs, or a part is
  ///   missing or given twice.
  public init(_ parts: [TensorPart]) throws(InterchangeError) {
    precondition(!parts.isEmpty, "there is no part")
    let first = parts[0]
    func unsuitable(_ message: String, _ part: TensorPart) -> InterchangeError {
      InterchangeError(.unsuitable, message, path: part.file.path)
    }
    var known: [Int: TensorPart] = [:]
    for part in parts {
      guard part.shard.count == first.shard.count else {
        throw unsuitable(
          "is part \(part.shard.number) of \(part.shard.count), but \(first.file.path) is one of "
            + "\(counted(first.shard.count, "part")); merge the parts of one run", part)
      }
      guard part.job == first.job, part.tensorCount == first.tensorCount else {
        throw unsuitable(
          "is a part of another result than \(first.file.path): their inputs or options differ; merge the parts of one run",
          part)
      }
      if let other = known.updateValue(part, forKey: part.shard.number) {
        throw unsuitable(
          "is part \(part.shard.number) of \(part.shard.count), and so is \(other.file.path); name each part once", part
        )
      }
    }
    let ordered = known.values.sorted { $0.shard.number < $1.shard.number }
    let missingCount = first.shard.count - ordered.count
    guard missingCount == 0 else {
      throw unsuitable(
        "is one of \(counted(first.shard.count, "part")), but \(counted(missingCount, "part")) "
          + "\(missingCount == 1 ? "is" : "are") missing: \(listedRanges(Self.gaps(ordered), limit: 20)); write the missing parts, "
          + "or name their files", first)
    }
    var entries: [TensorFile.Entry] = []
    var places: [Name: (part: TensorPart, digest: Digest)] = [:]
    for part in ordered {
      for (name, digest) in part.digests {
        guard let entry = part.file.entry(name), places.updateValue((part, digest), forKey: name) == nil else {
          throw unsuitable("has the tensor \(name), which another part has, too; write all parts again", part)
        }
        entries.append(entry)
      }
    }
    guard entries.count == first.tensorCount else {
      throw unsuitable(
        "belongs to parts with \(entries.count) of \(counted(first.tensorCount, "tensor")): different versions of bntool wrote "
          + "them; write all parts again", first)
    }
    self.entries = entries
    self.places = places
    job = first.job
    tables = ordered.map(\.table)
  }

  /// The numbers of the missing parts. A damaged file can name any number of parts, so the numbers are not listed one by one.
  ///
  /// - Parameter parts: At least one part, in ascending order.
  private static func gaps(_ parts: [TensorPart]) -> [ClosedRange<Int>] {
    var gaps: [ClosedRange<Int>] = []
    var last = 0
    for number in parts.map(\.shard.number) {
      if number - 1 > last { gaps.append(last + 1...number - 1) }
      last = number
    }
    if last < parts[0].shard.count { gaps.append(last + 1...parts[0].shard.count) }
    return gaps
  }

  /// Reads a tensor's elements in blocks of whole elements, and compares them with their digest at the end.
  ///
  /// - Throws: `InterchangeError` with code `.malformed` if the part was damaged, or `.inputOutput`; the errors of the closure.
  public func read(_ name: Name, blocks: (UnsafeRawBufferPointer) throws -> Void) throws {
    guard let (part, digest) = places[name] else {
      throw InterchangeError(.noSuchMember, "no part has the tensor \(name)", path: entries.first?.name.text ?? "")
    }
    try part.read(name, digest, blocks: blocks)
  }
}
