import JSON
import Tensors

/// The header of a safetensors file: the names, types, shapes and positions of the tensors, checked by all rules of the
/// format.
struct SafeTensorsHeader {
  /// The header's entry for one tensor.
  struct Item {
    var name: Name
    var dtype: String
    var shape: Shape
    /// The byte range of the elements, counted from the end of the header.
    var range: Range<Int>
  }

  /// The tensors in the order of their elements in the file.
  let items: [Item]
  /// The texts that the file contains besides the tensors.
  let metadata: [Name: String]
  /// The offset of the first element.
  let dataOffset: Int

  /// The size of the largest header that the format allows.
  static let largestByteCount = 100_000_000
  /// The member that holds texts instead of a tensor. Archives of arrays use the same name.
  static let metadataKey: Name = "__metadata__"

  /// The number of bits of an element, and the type that it is read as, by the name of the type in the header.
  static let types: [String: (bitCount: Int, type: ScalarType?)] = [
    "BOOL": (8, .uint8), "U8": (8, .uint8), "I8": (8, .int8), "I16": (16, .int16), "U16": (16, .uint16),
    "F16": (16, .float16), "BF16": (16, .bfloat16), "I32": (32, .int32), "U32": (32, .uint32), "F32": (32, .float32),
    "I64": (64, .int64), "U64": (64, .uint64), "F64": (64, .float64), "C64": (64, nil), "F8_E5M2": (8, nil),
    "F8_E4M3": (8, nil), "F8_E8M0": (8, nil), "F8_E4M3FNUZ": (8, nil), "F8_E5M2FNUZ": (8, nil), "F6_E2M3": (6, nil),
    "F6_E3M2": (6, nil), "F4": (4, nil),
  ]

  /// Reads the header of a file.
  ///
  /// - Throws: `InterchangeError` with code `.malformed` and a message about the rule and the tensor, or `.inputOutput`.
  init(_ region: ByteRegion) throws(InterchangeError) {
    func malformed(_ message: String) -> InterchangeError { InterchangeError(.malformed, message, path: region.path) }
    guard region.byteCount >= 8 else {
      throw malformed("has \(region.byteCount) bytes, too few for a safetensors file")
    }
    let stated = try region.bytes(at: 0, count: 8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard stated <= UInt64(Self.largestByteCount) else {
      throw malformed("the header claims \(stated) bytes; the format allows at most \(Self.largestByteCount)")
    }
    let count = Int(stated)
    guard count <= region.byteCount - 8 else {
      throw malformed("the header of \(count) bytes goes beyond the end of the file, which was cut off")
    }
    let bytes = try region.bytes(at: 8, count: count)
    guard bytes.first == UInt8(ascii: "{") else { throw malformed("the header does not begin with \"{\"") }
    guard let text = String(validating: bytes, as: UTF8.self) else { throw malformed("the header is not UTF-8 text") }
    let members: [Name: JSONValue] = try InterchangeError.about(region.path) {
      do {
        return try JSONValue(parsing: text).members()
      } catch {
        throw malformed("the header: \(error)")
      }
    }
    dataOffset = 8 + count
    var items: [Item] = []
    var metadata: [Name: String] = [:]
    for (name, json) in members {
      do {
        if name == Self.metadataKey {
          metadata = try json.members().mapValues { try $0.text() }
        } else {
          items.append(try Self.item(name, json))
        }
      } catch {
        throw malformed("the header's entry \"\(name)\": \(error)")
      }
    }
    items.sort {
      ($0.range.lowerBound, $0.range.upperBound, $0.name) < ($1.range.lowerBound, $1.range.upperBound, $1.name)
    }
    var end = 0
    for item in items {
      guard item.range.lowerBound == end else {
        let problem = item.range.lowerBound < end ? "overlaps the tensor before it" : "leaves a hole before it"
        throw malformed(
          "the tensor \"\(item.name)\" \(problem): it begins at byte \(item.range.lowerBound), but the tensors before it end at byte \(end)"
        )
      }
      end = item.range.upperBound
    }
    guard end == region.byteCount - dataOffset else {
      throw malformed(
        "the tensors have \(end) bytes of data, but the file has \(region.byteCount - dataOffset) bytes after its header"
      )
    }
    self.items = items
    self.metadata = metadata
  }

  private static func item(_ name: Name, _ json: JSONValue) throws -> Item {
    let dtype = try json.text("dtype")
    guard let bitCount = types[dtype]?.bitCount else { throw JSONError("the type \"\(dtype)\" is unknown") }
    let shape = try Shape(checking: json.integers("shape"))
    let offsets = try json.integers("data_offsets")
    guard offsets.count == 2, offsets[0] >= 0, offsets[0] <= offsets[1] else {
      throw JSONError("data_offsets must be the offset of the first byte and the offset after the last byte")
    }
    let (bits, overflow) = shape.elementCount.multipliedReportingOverflow(by: bitCount)
    guard !overflow, bits.isMultiple(of: 8), bits / 8 == offsets[1] - offsets[0] else {
      throw JSONError(
        "shape \(shape) of \(dtype) does not need exactly the \(offsets[1] - offsets[0]) bytes between its data_offsets"
      )
    }
    return Item(name: name, dtype: dtype, shape: shape, range: offsets[0]..<offsets[1])
  }
}

/// The tensors of one safetensors file.
struct SafeTensorsSource: TensorSource {
  let region: ByteRegion
  let places: [(offset: Int, byteCount: Int, unit: Int)]

  /// Reads the content of a file, or of all files of an index: the list of tensors, but no elements.
  ///
  /// - Throws: `InterchangeError` with code `.malformed` or `.inputOutput`.
  static func content(of region: ByteRegion) throws(InterchangeError) -> TensorContent {
    let first = try region.bytes(at: 0, count: min(16, region.byteCount))
    guard first.count > 8, first[8] == UInt8(ascii: "{") else {
      return try ShardIndex(region).content { (path) throws(InterchangeError) in
        try content(ofShard: ByteRegion(opening: path))
      }
    }
    return try content(ofShard: region)
  }

  private static func content(ofShard region: ByteRegion) throws(InterchangeError) -> TensorContent {
    let header = try SafeTensorsHeader(region)
    var entries: [TensorFile.Entry] = []
    var skipped: [TensorFile.Skipped] = []
    var places: [(Int, Int, Int)] = []
    for item in header.items {
      guard let type = SafeTensorsHeader.types[item.dtype]?.type else {
        skipped.append(TensorFile.Skipped(name: item.name, reason: "elements of type \(item.dtype) are not read"))
        continue
      }
      entries.append(TensorFile.Entry(name: item.name, shape: item.shape, type: type, isBoolean: item.dtype == "BOOL"))
      places.append((header.dataOffset + item.range.lowerBound, item.range.count, type.byteCount))
    }
    return TensorContent(
      format: .safetensors, entries: entries, skipped: skipped, metadata: header.metadata,
      source: SafeTensorsSource(region: region, places: places))
  }

  func read(_ index: Int, _ body: (UnsafeRawBufferPointer) throws -> Void) throws {
    let place = places[index]
    try region.forEachBlock(at: place.offset, count: place.byteCount, unit: place.unit) {
      try body(UnsafeRawBufferPointer($0))
    }
  }
}
