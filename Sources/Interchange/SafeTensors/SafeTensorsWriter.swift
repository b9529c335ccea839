import JSON
import Names
import Platform
import Tensors

/// Writes safetensors files with exactly the bytes that the format's own library writes. The texts are in the order of their keys.
enum SafeTensorsWriter {
  /// The names of types in ascending order of alignment. The format's own library writes tensors in the opposite order, so that all
  /// of them are aligned.
  private static let typeOrder = [
    "BOOL", "U8", "I8", "I16", "U16", "F16", "BF16", "I32", "U32", "F32", "F64", "I64", "U64",
  ]

  private static let names: [ScalarType: String] = [
    .float16: "F16", .bfloat16: "BF16", .float32: "F32", .float64: "F64", .int8: "I8", .int16: "I16", .int32: "I32",
    .int64: "I64", .uint8: "U8", .uint16: "U16", .uint32: "U32", .uint64: "U64",
  ]

  /// Writes a file that does not exist yet.
  ///
  /// - Parameters:
  ///   - metadata: The texts beside the tensors.
  ///   - digested: Makes the final texts from the digests of the tensors, which are known after the last tensor. They have as many
  ///     bytes as `metadata`.
  /// - Throws: `InterchangeError` with code `.unsuitable` if the header is too large, `FileError`, and the errors of reading a tensor.
  static func write(
    _ tensors: [OutgoingTensor], metadata: [Name: String], to path: String,
    digested: (([Name: Digest]) throws -> [Name: String])? = nil
  ) throws {
    let ordered = tensors.map { (tensor: $0, dtype: dtype(of: $0.entry)) }.sorted { first, second in
      let ranks = (typeOrder.firstIndex(of: first.dtype) ?? 0, typeOrder.firstIndex(of: second.dtype) ?? 0)
      return ranks.0 == ranks.1 ? first.tensor.entry.name < second.tensor.entry.name : ranks.0 > ranks.1
    }
    let header = try header(ordered.map { ($0.tensor.entry, $0.dtype) }, metadata, path)
    let file = try WritableFile(creating: path)
    try file.append((0..<8).map { UInt8(truncatingIfNeeded: header.count >> (8 * $0)) } + header)
    var digests: [Name: Digest] = [:]
    for (tensor, _) in ordered {
      var count = 0
      var hasher = DigestHasher()
      try tensor.content { block in
        count += block.count
        if digested != nil { hasher.update(block) }
        try file.append(block)
      }
      precondition(count == tensor.entry.byteCount, "the tensor does not have the number of bytes of its entry")
      digests[tensor.entry.name] = hasher.digest
    }
    if let digested {
      let final = try self.header(ordered.map { ($0.tensor.entry, $0.dtype) }, digested(digests), path)
      precondition(final.count == header.count, "the final texts do not have the number of bytes of the first texts")
      try file.replace(at: 8, with: final)
    }
    try file.close()
  }

  /// The header with its padding.
  private static func header(
    _ ordered: [(entry: TensorFile.Entry, dtype: String)], _ metadata: [Name: String], _ path: String
  ) throws -> [UInt8] {
    var members: [String] = []
    if !metadata.isEmpty {
      let texts = JSONValue.object(metadata.mapValues { .text($0) })
      members.append("\"\(SafeTensorsHeader.metadataKey)\":\(try texts.jsonText())")
    }
    var end = 0
    for (entry, dtype) in ordered {
      let start = end
      let (sum, overflow) = end.addingReportingOverflow(entry.byteCount)
      guard !overflow else {
        throw InterchangeError(
          .unsuitable, "the tensors together have 2⁶³ bytes or more, too many for a file", path: path)
      }
      end = sum
      let shape = entry.shape.dimensions.map(String.init).joined(separator: ",")
      let name = try JSONValue.name(entry.name).jsonText()
      members.append("\(name):{\"dtype\":\"\(dtype)\",\"shape\":[\(shape)],\"data_offsets\":[\(start),\(end)]}")
    }
    var header = Array("{\(members.joined(separator: ","))}".utf8)
    header += Array(repeating: 0x20, count: (8 - header.count % 8) % 8)
    guard header.count <= SafeTensorsHeader.largestByteCount else {
      throw InterchangeError(
        .unsuitable,
        "the header would have \(header.count) bytes; the format allows at most \(SafeTensorsHeader.largestByteCount)",
        path: path)
    }
    return header
  }

  private static func dtype(of entry: TensorFile.Entry) -> String {
    entry.isBoolean ? "BOOL" : names[entry.type] ?? ""
  }
}
