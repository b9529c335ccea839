import Limits
import Tensors

/// The header of an `.npy` file, versions 1 to 3: the magic bytes, the version, the length, and a Python dictionary as text.
///
/// NumPy's `numpy.lib.format` describes the format.
struct NumPyHeader: Hashable {
  /// The type, the byte order and the order of the elements in the file.
  struct Elements: Hashable {
    var type: ScalarType
    var isBigEndian = false
    var isBoolean = false
  }

  var elements: Elements
  var isFortranOrder: Bool
  var shape: Shape

  /// The first bytes of every `.npy` file.
  static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)
  /// The number of first bytes that contain the size of the header.
  static let prefixByteCount = 12
  /// The limit on the size of a header. NumPy's own headers are much smaller, and a larger header could be an attack.
  private static let largestTextByteCount = 1 << 20
  /// The largest number of axes of an array in NumPy 2.
  static let largestRank = 64

  /// Finds the range of the header's text from the file's first bytes.
  ///
  /// - Throws: `InterchangeError` with code `.malformed` or `.unsupported`.
  static func textRange(ofFileBeginning bytes: [UInt8], path: String) throws(InterchangeError) -> Range<Int> {
    guard bytes.starts(with: magic) else {
      if bytes.starts(with: Array("PK".utf8)) {
        throw InterchangeError(
          .unsupported, "this is an .npz archive, not a single array: open it as an archive and name a member",
          path: path)
      }
      throw InterchangeError(.malformed, "this is not an .npy file: it does not begin with \\x93NUMPY", path: path)
    }
    guard bytes.count >= prefixByteCount else {
      throw InterchangeError(.malformed, "the header is cut off", path: path)
    }
    let start: Int
    let count: Int
    switch bytes[6] {
    case 1: (start, count) = (10, Int(bytes[8]) | Int(bytes[9]) << 8)
    case 2, 3: (start, count) = (12, (8..<12).reversed().reduce(0) { $0 << 8 | Int(bytes[$1]) })
    default:
      throw InterchangeError(
        .unsupported, "version \(bytes[6]).\(bytes[7]) of the .npy format is unknown: only 1, 2 and 3 are read",
        path: path)
    }
    guard count <= largestTextByteCount else {
      throw InterchangeError(.malformed, "the header has \(count) bytes, which is too many", path: path)
    }
    return start..<(start + count)
  }

  /// Parses the text of a header.
  ///
  /// - Throws: `InterchangeError` with code `.malformed`, or `.unsupported` for types that tensors do not have.
  init(parsing text: [UInt8], path: String) throws(InterchangeError) {
    var parser = PythonLiteralParser(text, path: path)
    var elements: Elements?
    var isFortranOrder: Bool?
    var shape: Shape?
    try parser.expect("{")
    while try !parser.skip("}") {
      let key = try parser.string()
      try parser.expect(":")
      switch key {
      case "descr" where elements == nil:
        guard try !parser.skip("[") else {
          throw InterchangeError(
            .unsupported,
            "the array has a structured type: save each field as a separate array, for example in an .npz archive",
            path: path)
        }
        elements = try Self.elements(describedBy: parser.string(), path: path)
      case "fortran_order" where isFortranOrder == nil: isFortranOrder = try parser.boolean()
      case "shape" where shape == nil:
        let extents = try parser.tuple()
        if let problem = ReadingLimits.current.problem([(name: "", extents: extents, elementByteCount: 1)]) {
          throw InterchangeError(.malformed, "the array \(problem.message)", path: path)
        }
        do {
          shape = try Shape(checking: extents)
        } catch {
          throw InterchangeError(.malformed, "the header has an impossible shape: \(error)", path: path, cause: error)
        }
      default: throw InterchangeError(.malformed, "the header has the unknown key '\(key)'", path: path)
      }
      guard try parser.skip(",") else {
        try parser.expect("}")
        break
      }
    }
    try parser.expectEnd()
    guard let elements, let isFortranOrder, let shape else {
      throw InterchangeError(.malformed, "the header does not have all of descr, fortran_order and shape", path: path)
    }
    self.elements = elements
    self.isFortranOrder = isFortranOrder
    self.shape = shape
  }

  /// Checks that the data have the size that the shape and the type need.
  ///
  /// - Throws: `InterchangeError` with code `.malformed`.
  func check(dataByteCount found: Int, path: String) throws(InterchangeError) {
    let (expected, overflow) = shape.elementCount.multipliedReportingOverflow(by: elements.type.byteCount)
    guard !overflow, expected == found else {
      throw InterchangeError(
        .malformed,
        "the header is followed by \(found) bytes of data, but shape \(shape) of \(elements.type.rawValue) needs "
          + "\(overflow ? "at least 2⁶³" : "\(expected)") bytes: the file was cut off, or something was appended",
        path: path)
    }
  }

  /// Creates a header for an array in row-major order and little-endian bytes.
  init(type: ScalarType, shape: Shape) {
    elements = Elements(type: type)
    isFortranOrder = false
    self.shape = shape
  }

  /// The bytes of the header in a file of version 1, exactly as NumPy writes them; nil for bfloat16 and for too many axes, because
  /// NumPy does not support these.
  var bytes: [UInt8]? {
    guard let name = elements.isBoolean ? "b1" : Self.names[elements.type], shape.rank <= Self.largestRank else {
      return nil
    }
    let extents = shape.dimensions.map(String.init)
    let tuple = extents.count == 1 ? "(\(extents[0]),)" : "(\(extents.joined(separator: ", ")))"
    var text =
      "{'descr': '\(elements.type.byteCount == 1 ? "|" : "<")\(name)', 'fortran_order': False, 'shape': \(tuple), }"
    // NumPy leaves room for a first extent of up to 21 digits. The header ends at a multiple of 64 bytes.
    if let first = extents.first { text += String(repeating: " ", count: 21 - first.utf8.count) }
    let unpadded = 10 + text.utf8.count + 1
    text += String(repeating: " ", count: (64 - unpadded % 64) % 64) + "\n"
    let count = text.utf8.count
    return Self.magic + [1, 0, UInt8(count & 0xFF), UInt8(count >> 8)] + Array(text.utf8)
  }
}

extension NumPyHeader {
  private static let names: [ScalarType: String] = [
    .float16: "f2", .float32: "f4", .float64: "f8", .int8: "i1", .int16: "i2", .int32: "i4", .int64: "i8",
    .uint8: "u1", .uint16: "u2", .uint32: "u4", .uint64: "u8",
  ]

  private static func elements(describedBy description: String, path: String) throws(InterchangeError) -> Elements {
    let order = description.first
    let name = String(description.dropFirst())
    guard let order, "<>|".contains(order), let kind = name.first,
      name.allSatisfy({ $0.isLetter || $0.isNumber || "[]".contains($0) })
    else {
      throw InterchangeError(.malformed, "'\(description)' does not describe an element type", path: path)
    }
    if name == "b1" { return Elements(type: .uint8, isBoolean: true) }
    if let type = names.first(where: { $0.value == name })?.key {
      guard order != "|" || type.byteCount == 1 else {
        throw InterchangeError(.malformed, "the element type '\(description)' lacks a byte order", path: path)
      }
      return Elements(type: type, isBigEndian: order == ">" && type.byteCount > 1)
    }
    let remedy =
      switch kind {
      case "O": "the array holds pickled Python objects, which could run code: save it with a numeric dtype"
      case "c": "the array is complex: save its real and imaginary parts as two arrays"
      case "U", "S", "a": "the array holds text: save numbers, such as indices into a list of labels"
      case "M", "m": "the array holds dates or durations: save them as int64"
      case "V": "the array holds raw bytes (NumPy saves bfloat16 like this): save it as float32"
      default: "save the array as float32, float64 or an integer type"
      }
    throw InterchangeError(.unsupported, "the element type '\(description)' is not read; \(remedy)", path: path)
  }
}
