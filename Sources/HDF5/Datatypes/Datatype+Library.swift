import CHDF5

extension Datatype {
  /// The library's description of this type, which never changes. Call it under the lock.
  ///
  /// - Throws: `.typeMismatch` for types that this module does not write.
  func makeHandle(for location: Location) throws -> Handle {
    try SharedTypes.handle(of: self, for: location) { try makeNewHandle(for: location) }
  }

  private func makeNewHandle(for location: Location) throws -> Handle {
    switch self {
    case .integer(let byteCount, let isSigned, let byteOrder):
      let predefined = chdf5_type_integer(CInt(byteCount), isSigned ? 1 : 0, byteOrder == .bigEndian ? 1 : 0)
      return try Self.copy(predefined, self, location)
    case .float(2, let byteOrder, true):
      return try Self.makeSixteenBits(byteOrder, exponentBits: 5, location)
    case .brainFloat(let byteOrder):
      return try Self.makeSixteenBits(byteOrder, exponentBits: 8, location)
    case .float(let byteCount, let byteOrder, true):
      return try Self.copy(chdf5_type_float(CInt(byteCount), byteOrder == .bigEndian ? 1 : 0), self, location)
    case .fixedString(let byteCount, let padding, let characterSet):
      guard byteCount > 0 else { throw location.error(.typeMismatch, "text must have room for one byte at least") }
      let type = try Self.copy(chdf5_type_c_string(), self, location)
      try location.check(H5Tset_size(type.identifier, byteCount), "could not set the length of a text type")
      try location.check(
        H5Tset_strpad(type.identifier, padding.libraryValue), "could not set the padding of a text type")
      try location.check(H5Tset_cset(type.identifier, characterSet.libraryValue), "could not set a character set")
      return type
    case .variableString(let characterSet):
      let type = try Self.copy(chdf5_type_c_string(), self, location)
      try location.check(H5Tset_size(type.identifier, chdf5_variable_length()), "could not make a text type")
      try location.check(H5Tset_cset(type.identifier, characterSet.libraryValue), "could not set a character set")
      return type
    case .opaque(let byteCount, let tag):
      guard byteCount > 0 else { throw location.error(.typeMismatch, "an opaque type must have one byte at least") }
      let type = try Handle(
        H5Tcreate(H5T_OPAQUE, byteCount), orThrow: location.failure(.libraryFailure, "could not make an opaque type"))
      try location.check(H5Tset_tag(type.identifier, tag), "could not tag an opaque type")
      return type
    case .boolean, .float, .other:
      throw location.error(.typeMismatch, "values of type \(self) cannot be written")
    }
  }

  private static func copy(_ predefined: hid_t, _ type: Datatype, _ location: Location) throws -> Handle {
    guard predefined >= 0 else { throw location.error(.typeMismatch, "there is no type \(type)") }
    return try Handle(H5Tcopy(predefined), orThrow: location.failure(.libraryFailure, "could not make a type"))
  }

  /// A 16-bit number: the sign, the exponent, and the mantissa. IEEE 754 binary16 has 5 bits of exponent, bfloat16 has 8. Older
  /// libraries do not define these types.
  private static func makeSixteenBits(
    _ byteOrder: ByteOrder, exponentBits: Int, _ location: Location
  ) throws -> Handle {
    let message = "could not make a 16-bit floating-point type"
    let mantissaBits = 15 - exponentBits
    let type = try copy(
      chdf5_type_float(4, byteOrder == .bigEndian ? 1 : 0), .float(byteCount: 4, byteOrder: byteOrder, isIEEE: true),
      location)
    // The fields must become smaller before the type becomes smaller.
    try location.check(
      H5Tset_fields(type.identifier, 15, mantissaBits, exponentBits, 0, mantissaBits), message)
    try location.check(H5Tset_size(type.identifier, 2), message)
    try location.check(H5Tset_ebias(type.identifier, (1 << (exponentBits - 1)) - 1), message)
    return type
  }

  /// The Swift description of a type of the library. Call it under the lock.
  init(_ type: hid_t) {
    let byteCount = H5Tget_size(type)
    let byteOrder: ByteOrder = H5Tget_order(type) == H5T_ORDER_BE ? .bigEndian : .littleEndian
    switch H5Tget_class(type) {
    case H5T_INTEGER:
      guard H5Tget_precision(type) == byteCount * 8, [1, 2, 4, 8].contains(byteCount) else {
        self = .other(byteCount: byteCount, description: "integer of \(H5Tget_precision(type)) bits")
        return
      }
      self = .integer(byteCount: byteCount, isSigned: H5Tget_sign(type) == H5T_SGN_2, byteOrder: byteOrder)
    case H5T_FLOAT:
      if byteCount == 2, Self.hasFields(type, byteCount, exponentBits: 8) {
        self = .brainFloat(byteOrder: byteOrder)
      } else {
        self = .float(byteCount: byteCount, byteOrder: byteOrder, isIEEE: Self.isIEEE(type, byteCount))
      }
    case H5T_STRING:
      let characterSet: CharacterSet = H5Tget_cset(type) == H5T_CSET_UTF8 ? .utf8 : .ascii
      if H5Tis_variable_str(type) > 0 {
        self = .variableString(characterSet: characterSet)
      } else {
        let padding: StringPadding =
          switch H5Tget_strpad(type) {
          case H5T_STR_NULLTERM: .nullTerminated
          case H5T_STR_SPACEPAD: .spacePadded
          default: .nullPadded
          }
        self = .fixedString(byteCount: byteCount, padding: padding, characterSet: characterSet)
      }
    case H5T_OPAQUE:
      let tag = H5Tget_tag(type)
      defer { _ = H5free_memory(tag) }
      self = .opaque(byteCount: byteCount, tag: tag.map { String(cString: $0) } ?? "")
    case H5T_ENUM where Self.isBoolean(type, byteCount):
      self = .boolean(byteCount: byteCount, byteOrder: byteOrder)
    case let other:
      self = .other(byteCount: byteCount, description: Self.name(of: other))
    }
  }

  /// Whether an enumeration has exactly the members FALSE = 0 and TRUE = 1. h5py stores NumPy's booleans in this form.
  private static func isBoolean(_ type: hid_t, _ byteCount: Int) -> Bool {
    guard H5Tget_nmembers(type) == 2, [1, 2, 4, 8].contains(byteCount) else { return false }
    let isBigEndian = H5Tget_order(type) == H5T_ORDER_BE
    return [(name: "FALSE", number: UInt8(0)), (name: "TRUE", number: UInt8(1))].allSatisfy { member in
      let index = H5Tget_member_index(type, member.name)
      guard index >= 0 else { return false }
      var value = [UInt8](repeating: 0xFF, count: byteCount)
      guard H5Tget_member_value(type, UInt32(index), &value) >= 0 else { return false }
      return (isBigEndian ? value.reversed() : value) == [member.number] + [UInt8](repeating: 0, count: byteCount - 1)
    }
  }

  private static func name(of typeClass: H5T_class_t) -> String {
    switch typeClass {
    case H5T_TIME: "time"
    case H5T_BITFIELD: "bit field"
    case H5T_COMPOUND: "compound"
    case H5T_REFERENCE: "reference"
    case H5T_ENUM: "enumeration"
    case H5T_VLEN: "variable-length sequence"
    case H5T_ARRAY: "array"
    default: "unknown"
    }
  }

  /// Whether sign, exponent, mantissa and bias agree with IEEE 754 for the size.
  private static func isIEEE(_ type: hid_t, _ byteCount: Int) -> Bool {
    switch byteCount {
    case 2: hasFields(type, byteCount, exponentBits: 5)
    case 4: hasFields(type, byteCount, exponentBits: 8)
    case 8: hasFields(type, byteCount, exponentBits: 11)
    default: false
    }
  }

  /// Whether a number consists of the sign, an exponent of these bits with its usual bias, and a mantissa with a hidden first bit.
  private static func hasFields(_ type: hid_t, _ byteCount: Int, exponentBits: Int) -> Bool {
    var (sign, exponent, exponentSize, mantissa, mantissaSize) = (0, 0, 0, 0, 0)
    guard H5Tget_fields(type, &sign, &exponent, &exponentSize, &mantissa, &mantissaSize) >= 0 else { return false }
    let bits = byteCount * 8
    return sign == bits - 1 && exponentSize == exponentBits && exponent == bits - 1 - exponentBits && mantissa == 0
      && mantissaSize == bits - 1 - exponentBits && H5Tget_ebias(type) == (1 << (exponentBits - 1)) - 1
      && H5Tget_norm(type) == H5T_NORM_IMPLIED && H5Tget_precision(type) == bits
  }
}

extension Datatype.StringPadding {
  fileprivate var libraryValue: H5T_str_t {
    switch self {
    case .nullTerminated: H5T_STR_NULLTERM
    case .nullPadded: H5T_STR_NULLPAD
    case .spacePadded: H5T_STR_SPACEPAD
    }
  }
}

extension Datatype.CharacterSet {
  fileprivate var libraryValue: H5T_cset_t { self == .utf8 ? H5T_CSET_UTF8 : H5T_CSET_ASCII }
}
