extension DatatypeStructure {
  /// The number or text that a type describes; nil for all types that checkpoints do not use. The library examines those.
  ///
  /// - Parameters:
  ///   - kind: The class of the type.
  ///   - flags: The bits of the class.
  ///   - properties: The fields that follow the size.
  static func plain(_ kind: Int, _ flags: Int, byteCount: Int, _ properties: Fields) -> Datatype? {
    switch kind {
    case 0 where byteCount == 8 && flags == 0x08: Places(properties)?.isWhole(64) ?? false ? Int64.storedDatatype : nil
    case 1: plainFloat(flags, byteCount: byteCount, properties)
    case 3: plainText(flags, byteCount: byteCount)
    default: nil
    }
  }

  /// The offset and the number of the bits of an element that hold its value.
  private struct Places {
    let offset, bitCount: Int

    init?(_ properties: Fields) {
      var fields = properties
      guard let offset = try? fields.number(2), let bitCount = try? fields.number(2) else { return nil }
      (self.offset, self.bitCount) = (offset, bitCount)
    }

    func isWhole(_ count: Int) -> Bool { offset == 0 && bitCount == count }
  }

  private static func plainFloat(_ flags: Int, byteCount: Int, _ properties: Fields) -> Datatype? {
    // Little-endian, with an implied first bit of the mantissa, and with the sign in the last bit.
    guard flags == 0x20 | (8 * byteCount - 1) << 8, Places(properties)?.isWhole(8 * byteCount) ?? false else {
      return nil
    }
    var fields = properties
    guard (try? fields.skip(4)) != nil, let form = try? fields.unsigned(4), let bias = try? fields.unsigned(4) else {
      return nil
    }
    // The bytes of a form: place and size of the exponent, place and size of the mantissa.
    return switch (byteCount, form, bias) {
    case (4, 0x17_00_08_17, 127), (8, 0x34_00_0B_34, 1023), (2, 0x0A_00_05_0A, 15):
      .float(byteCount: byteCount, byteOrder: .littleEndian, isIEEE: true)
    case (2, 0x07_00_08_07, 127): .brainFloat(byteOrder: .littleEndian)
    default: nil
    }
  }

  private static func plainText(_ flags: Int, byteCount: Int) -> Datatype? {
    let paddings: [Datatype.StringPadding] = [.nullTerminated, .nullPadded, .spacePadded]
    guard flags & 15 < paddings.count, flags >> 4 <= 1 else { return nil }
    return .fixedString(
      byteCount: byteCount, padding: paddings[flags & 15], characterSet: flags >> 4 == 1 ? .utf8 : .ascii)
  }
}
