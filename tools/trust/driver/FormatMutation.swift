import Interchange
import JSON

/// Changes and repairs that know the structure of a format.
enum FormatMutation {
  /// Changes the header of a safetensors file, and corrects the header's stated size.
  static func safetensors(_ input: inout [UInt8], _ generator: inout Generator) {
    guard input.count > 8, !generator.once(in: 4) else { return Mutation.bytes(&input, &generator) }
    changeHeader(of: &input) { TextMutation.json(&$0, &generator) }
  }

  /// Writes the right digest of the texts of a part.
  static func repairPart(_ input: inout [UInt8]) {
    guard input.count > 8 else { return }
    changeHeader(of: &input) { header in
      guard var members = try? JSONValue(parsing: String(decoding: header, as: UTF8.self)).members(),
        let texts = try? members["__metadata__"]?.members().mapValues({ try $0.text() }),
        let digested = try? TensorPart.digested(texts)
      else { return }
      members["__metadata__"] = .object(digested.mapValues { .text($0) })
      if let text = try? JSONValue.object(members).jsonText() { header = Array(text.utf8) }
    }
  }

  /// Changes the header of a safetensors file of more than 8 bytes, and writes the header's size before it.
  private static func changeHeader(of input: inout [UInt8], _ change: (inout [UInt8]) -> Void) {
    let count = min(Int(littleEndian(input, 0, 4)), input.count - 8)
    var header = Array(input[8..<8 + count])
    change(&header)
    let size = (0..<8).map { UInt8(truncatingIfNeeded: UInt64(header.count) >> UInt64(8 * $0)) }
    input = size + header + input[(8 + count)...]
  }

  /// Changes a pickle or text inside of an archive, and elsewhere any bytes.
  static func archive(_ input: inout [UInt8], _ generator: inout Generator) { Mutation.bytes(&input, &generator) }

  /// Writes the right CRC-32 and sizes of all stored members of a ZIP archive.
  static func repairZip(_ input: inout [UInt8]) {
    var position = 0
    var checksums: [Int: UInt32] = [:]
    while position + 30 <= input.count {
      guard input[position] == 0x50, input[position + 1] == 0x4B, input[position + 2] == 3, input[position + 3] == 4
      else {
        position += 1
        continue
      }
      let start =
        position + 30 + Int(littleEndian(input, position + 26, 2)) + Int(littleEndian(input, position + 28, 2))
      let count = Int(littleEndian(input, position + 18, 4))
      if littleEndian(input, position + 8, 2) == 0, start + count <= input.count {
        let checksum = CRC32.checksum(input[start..<start + count])
        checksums[position] = checksum
        write(UInt64(checksum), 4, at: position + 14, &input)
        position = start + count
      } else {
        position += 4
      }
    }
    position = 0
    while position + 46 <= input.count {
      if input[position] == 0x50, input[position + 1] == 0x4B, input[position + 2] == 1, input[position + 3] == 2,
        let checksum = checksums[Int(littleEndian(input, position + 42, 4))]
      {
        write(UInt64(checksum), 4, at: position + 16, &input)
      }
      position += 1
    }
  }

  /// Writes the right checksums of the headers of a tar archive.
  static func repairTar(_ input: inout [UInt8]) {
    for block in stride(from: 0, to: input.count - 511, by: 512) where input[block + 257] == UInt8(ascii: "u") {
      let sum = (0..<512).reduce(0) { $0 + ((148..<156).contains($1) ? 32 : Int(input[block + $1])) }
      let digits = String(sum, radix: 8)
      let text = String(repeating: "0", count: max(0, 6 - digits.count)) + digits
      input.replaceSubrange(block + 148..<block + 156, with: Array(text.utf8.suffix(6)) + [0, 0x20])
    }
  }

  static func littleEndian(_ bytes: [UInt8], _ place: Int, _ size: Int) -> UInt64 {
    bytes[place..<place + size].reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }

  static func write(_ value: UInt64, _ size: Int, at place: Int, _ bytes: inout [UInt8]) {
    for index in 0..<size { bytes[place + index] = UInt8(truncatingIfNeeded: value >> UInt64(8 * index)) }
  }
}

/// The checksum of ZIP archives.
enum CRC32 {
  private static let table: [UInt32] = (0..<256).map { index in
    (0..<8).reduce(UInt32(index)) { value, _ in value & 1 == 1 ? 0xEDB8_8320 ^ (value >> 1) : value >> 1 }
  }

  static func checksum(_ bytes: ArraySlice<UInt8>) -> UInt32 {
    ~bytes.reduce(~0) { table[Int(UInt8(truncatingIfNeeded: $0) ^ $1)] ^ ($0 >> 8) }
  }
}

/// A message of protobuf as a tree of fields, so that a change keeps the sizes of all messages around it right.
enum ProtobufMutation {
  private enum Content {
    case number(UInt64)
    case fixed([UInt8])
    case bytes([UInt8])
    case message([Field])
  }

  private struct Field {
    var tag: UInt64
    var content: Content
  }

  static func mutate(_ input: inout [UInt8], _ generator: inout Generator) {
    guard !generator.once(in: 4), var fields = parse(input[...], depth: 0) else {
      return Mutation.bytes(&input, &generator)
    }
    for _ in 0...generator.below(3) { change(&fields, &generator) }
    input = encode(fields)
  }

  private static func change(_ fields: inout [Field], _ generator: inout Generator) {
    guard !fields.isEmpty else { return fields.append(Field(tag: 8, content: .number(1))) }
    let index = generator.below(fields.count)
    if case .message(var inner) = fields[index].content, !generator.once(in: 8) {
      change(&inner, &generator)
      fields[index].content = .message(inner)
      return
    }
    switch generator.below(6) {
    case 0: fields.remove(at: index)
    case 1: fields.insert(fields[index], at: generator.below(fields.count + 1))
    case 2: fields.swapAt(index, generator.below(fields.count))
    case 3: fields[index].tag = UInt64(generator.below(32)) << 3 | fields[index].tag & 7
    default:
      switch fields[index].content {
      case .number:
        fields[index].content = .number(UInt64(bitPattern: Mutation.numbers[generator.below(Mutation.numbers.count)]))
      case .fixed(var bytes):
        let count = bytes.count
        Mutation.bytes(&bytes, &generator)
        fields[index].content = .fixed(Array((bytes + [UInt8](repeating: 0, count: count)).prefix(count)))
      case .bytes(var bytes):
        Mutation.bytes(&bytes, &generator)
        fields[index].content = .bytes(bytes)
      case .message(let inner):
        var bytes = encode(inner)
        Mutation.bytes(&bytes, &generator)
        fields[index].content = .bytes(bytes)
      }
    }
  }

  private static func parse(_ bytes: ArraySlice<UInt8>, depth: Int) -> [Field]? {
    var rest = bytes
    var fields: [Field] = []
    while !rest.isEmpty {
      guard let tag = varint(&rest), tag >> 3 > 0, tag >> 3 < 1 << 20 else { return nil }
      switch tag & 7 {
      case 0:
        guard let value = varint(&rest) else { return nil }
        fields.append(Field(tag: tag, content: .number(value)))
      case 1, 5:
        let count = tag & 7 == 1 ? 8 : 4
        guard rest.count >= count else { return nil }
        fields.append(Field(tag: tag, content: .fixed(Array(rest.prefix(count)))))
        rest = rest.dropFirst(count)
      case 2:
        guard let count = varint(&rest), count <= UInt64(rest.count) else { return nil }
        let inner = rest.prefix(Int(count))
        rest = rest.dropFirst(Int(count))
        if depth < 8, !inner.isEmpty, let message = parse(inner, depth: depth + 1) {
          fields.append(Field(tag: tag, content: .message(message)))
        } else {
          fields.append(Field(tag: tag, content: .bytes(Array(inner))))
        }
      default: return nil
      }
    }
    return fields
  }

  private static func varint(_ rest: inout ArraySlice<UInt8>) -> UInt64? {
    var value: UInt64 = 0
    for shift in stride(from: UInt64(0), to: 64, by: 7) {
      guard let byte = rest.popFirst() else { return nil }
      value |= UInt64(byte & 0x7F) << shift
      if byte & 0x80 == 0 { return value }
    }
    return nil
  }

  private static func encode(_ fields: [Field]) -> [UInt8] {
    var bytes: [UInt8] = []
    func append(varint value: UInt64) {
      var rest = value
      while rest >= 0x80 {
        bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
        rest >>= 7
      }
      bytes.append(UInt8(rest))
    }
    for field in fields {
      append(varint: field.tag)
      switch field.content {
      case .number(let value): append(varint: value)
      case .fixed(let content): bytes += content
      case .bytes(let content):
        append(varint: UInt64(content.count))
        bytes += content
      case .message(let inner):
        let content = encode(inner)
        append(varint: UInt64(content.count))
        bytes += content
      }
    }
    return bytes
  }
}
