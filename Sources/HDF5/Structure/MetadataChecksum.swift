/// The checksum of HDF5's metadata: Bob Jenkins' lookup3 (`hashlittle`, in the public domain) with the initial value 0.
enum MetadataChecksum {
  static func checksum(_ bytes: ArraySlice<UInt8>) -> UInt32 {
    bytes.withUnsafeBufferPointer { checksum($0) }
  }

  private static func checksum(_ bytes: UnsafeBufferPointer<UInt8>) -> UInt32 {
    var a = 0xDEAD_BEEF &+ UInt32(truncatingIfNeeded: bytes.count)
    var (b, c) = (a, a)
    var position = 0
    let whole = UnsafeRawBufferPointer(bytes)
    func word(_ offset: Int) -> UInt32 {
      if position + offset + 4 <= whole.count {
        return UInt32(littleEndian: whole.loadUnaligned(fromByteOffset: position + offset, as: UInt32.self))
      }
      var value: UInt32 = 0
      for index in (0..<4).reversed() where position + offset + index < bytes.count {
        value = value << 8 | UInt32(bytes[position + offset + index])
      }
      return value
    }
    while bytes.count - position > 12 {
      a &+= word(0)
      b &+= word(4)
      c &+= word(8)
      mix(&a, &b, &c)
      position += 12
    }
    guard position < bytes.count else { return c }
    a &+= word(0)
    b &+= word(4)
    c &+= word(8)
    return final(a, b, c)
  }

  private static func rotated(_ value: UInt32, _ count: UInt32) -> UInt32 { value << count | value >> (32 - count) }

  private static func mix(_ a: inout UInt32, _ b: inout UInt32, _ c: inout UInt32) {
    a = (a &- c) ^ rotated(c, 4)
    c = c &+ b
    b = (b &- a) ^ rotated(a, 6)
    a = a &+ c
    c = (c &- b) ^ rotated(b, 8)
    b = b &+ a
    a = (a &- c) ^ rotated(c, 16)
    c = c &+ b
    b = (b &- a) ^ rotated(a, 19)
    a = a &+ c
    c = (c &- b) ^ rotated(b, 4)
    b = b &+ a
  }

  private static func final(_ first: UInt32, _ second: UInt32, _ third: UInt32) -> UInt32 {
    var (a, b, c) = (first, second, third)
    c = (c ^ b) &- rotated(b, 14)
    a = (a ^ c) &- rotated(c, 11)
    b = (b ^ a) &- rotated(a, 25)
    c = (c ^ b) &- rotated(b, 16)
    a = (a ^ c) &- rotated(c, 4)
    b = (b ^ a) &- rotated(a, 14)
    c = (c ^ b) &- rotated(b, 24)
    return c
  }
}
