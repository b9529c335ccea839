/// The type of the elements of a dataset or an attribute, as stored.
public enum Datatype: Hashable, Sendable {
  /// The order of the bytes of a number.
  public enum ByteOrder: Hashable, Sendable {
    /// Least significant byte first.
    case littleEndian
    /// Most significant byte first.
    case bigEndian

    /// The order in this machine's memory.
    public static var host: ByteOrder { 1.littleEndian == 1 ? .littleEndian : .bigEndian }
  }

  /// The padding of fixed-length text up to its length.
  public enum StringPadding: Hashable, Sendable {
    /// A NUL ends the text. The bytes after it have no meaning.
    case nullTerminated
    /// NULs follow the text. A text that fills its length has no NUL.
    case nullPadded
    /// Spaces follow the text.
    case spacePadded
  }

  /// The declared encoding of text. This module reads both as UTF-8, because ASCII is a part of UTF-8.
  public enum CharacterSet: Hashable, Sendable {
    /// Declared as ASCII.
    case ascii
    /// Declared as UTF-8.
    case utf8
  }

  /// An integer in two's complement that uses all its bits.
  case integer(byteCount: Int, isSigned: Bool, byteOrder: ByteOrder)
  /// A boolean as h5py writes it: an enumeration of FALSE = 0 and TRUE = 1 over integers of this size.
  case boolean(byteCount: Int, byteOrder: ByteOrder)
  /// A floating-point number. `isIEEE` is true if its fields agree with IEEE 754 for this size (2, 4 or 8 bytes).
  case float(byteCount: Int, byteOrder: ByteOrder, isIEEE: Bool)
  /// A floating-point number of the format bfloat16: the upper half of a float32, with 8 bits of exponent and 7 of mantissa.
  case brainFloat(byteOrder: ByteOrder)
  /// Text in a fixed number of bytes.
  case fixedString(byteCount: Int, padding: StringPadding, characterSet: CharacterSet)
  /// Text of any length.
  case variableString(characterSet: CharacterSet)
  /// Bytes that have no meaning for the library, with a tag that may describe them.
  case opaque(byteCount: Int, tag: String)
  /// Any other type, such as a compound or an enumeration. This module can read the bytes of such elements, but not their values.
  case other(byteCount: Int, description: String)

  /// The type of UTF-8 text of a fixed length. Attributes that this module writes have this type.
  public static func text(byteCount: Int) -> Datatype {
    .fixedString(byteCount: byteCount, padding: .nullPadded, characterSet: .utf8)
  }

  /// The size of one element as the library stores it. A text of variable length has the size of its reference (16 bytes).
  public var byteCount: Int {
    switch self {
    case .integer(let count, _, _), .boolean(let count, _), .float(let count, _, _), .fixedString(let count, _, _),
      .opaque(let count, _),
      .other(let count, _):
      count
    case .brainFloat: 2
    case .variableString: 16
    }
  }

  /// Whether elements are integers, floating-point numbers or booleans (0 and 1), which convert to every Swift number.
  public var isNumeric: Bool {
    switch self {
    case .integer, .boolean, .float, .brainFloat: true
    default: false
    }
  }

  /// Whether elements are booleans, which are read as 0 and 1.
  public var isBoolean: Bool { if case .boolean = self { true } else { false } }

  /// Whether elements are text.
  public var isText: Bool {
    switch self {
    case .fixedString, .variableString: true
    default: false
    }
  }
}

extension Datatype: CustomStringConvertible {
  /// A short description of the type.
  public var description: String {
    switch self {
    case .integer(let count, let isSigned, let order):
      "\(isSigned ? "" : "u")int\(8 * count)\(order == .littleEndian ? "" : " big-endian")"
    case .boolean: "boolean"
    case .float(let count, let order, let isIEEE):
      "float\(8 * count)\(order == .littleEndian ? "" : " big-endian")\(isIEEE ? "" : " (not IEEE)")"
    case .brainFloat(let order): "bfloat16\(order == .littleEndian ? "" : " big-endian")"
    case .fixedString, .variableString: "text"
    case .opaque: "opaque bytes"
    case .other(_, let description): description
    }
  }
}

/// A Swift type of numbers. Elements of datasets and attributes can be converted from and to it.
public protocol HDF5Number: BitwiseCopyable, Sendable {
  /// The little-endian type in which values are stored.
  static var storedDatatype: Datatype { get }
  /// Whether the value is 0 or 1, like a boolean.
  var isZeroOrOne: Bool { get }
}

extension HDF5Number where Self: ExpressibleByIntegerLiteral & Equatable {
  /// Whether the value is 0 or 1, like a boolean.
  public var isZeroOrOne: Bool { self == 0 || self == 1 }
}

extension HDF5Number {
  /// The type of values in this machine's memory.
  static var memoryDatatype: Datatype {
    switch storedDatatype {
    case .integer(let count, let isSigned, _): .integer(byteCount: count, isSigned: isSigned, byteOrder: .host)
    case .float(let count, _, let isIEEE): .float(byteCount: count, byteOrder: .host, isIEEE: isIEEE)
    default: storedDatatype
    }
  }
}

extension HDF5Number where Self: FixedWidthInteger {
  /// An integer type of this size.
  public static var storedDatatype: Datatype {
    .integer(byteCount: bitWidth / 8, isSigned: isSigned, byteOrder: .littleEndian)
  }
}

extension HDF5Number where Self: BinaryFloatingPoint {
  /// The IEEE 754 type of this size.
  public static var storedDatatype: Datatype {
    .float(byteCount: MemoryLayout<Self>.size, byteOrder: .littleEndian, isIEEE: true)
  }
}

extension Int8: HDF5Number {}
extension Int16: HDF5Number {}
extension Int32: HDF5Number {}
extension Int64: HDF5Number {}
extension Int: HDF5Number {}
extension UInt8: HDF5Number {}
extension UInt16: HDF5Number {}
extension UInt32: HDF5Number {}
extension UInt64: HDF5Number {}
extension UInt: HDF5Number {}
extension Float: HDF5Number {}
extension Double: HDF5Number {}
#if !(os(macOS) && arch(x86_64))
  extension Float16: HDF5Number {}
#endif
