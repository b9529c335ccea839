import HDF5
import Testing

@Suite("Numbers that h5py wrote")
struct FixtureNumberTests {
  @Test(
    "floating-point numbers of either byte order convert to Float",
    arguments: [2, 4, 8], [Datatype.ByteOrder.littleEndian, .bigEndian])
  func floats(byteCount: Int, byteOrder: Datatype.ByteOrder) throws {
    let file = try File(opening: fixture("numbers"))
    let dataset = try file.openDataset("float\(byteCount * 8)_\(byteOrder == .bigEndian ? "big" : "little")")
    #expect(dataset.datatype == .float(byteCount: byteCount, byteOrder: byteOrder, isIEEE: true))
    #expect(dataset.dimensions == [2, 3])
    #expect(try dataset.read(as: Float.self) == [1.5, -2.25, 0, 65504, 0x1p-14, -.infinity])
    #expect(try dataset.read(as: Float16.self) == [1.5, -2.25, 0, 65504, 0x1p-14, -.infinity])
  }

  @Test(
    "integers of every size and byte order read exactly",
    arguments: [1, 2, 4, 8], [Datatype.ByteOrder.littleEndian, .bigEndian])
  func integers(byteCount: Int, byteOrder: Datatype.ByteOrder) throws {
    let file = try File(opening: fixture("numbers"))
    let order = byteOrder == .bigEndian ? "big" : "little"
    let signed = try file.openDataset("i\(byteCount)_\(order)")
    let largest = Int64.max >> (64 - byteCount * 8)
    #expect(try signed.read(as: Int64.self) == [-largest - 1, largest, 7])
    let unsigned = try file.openDataset("u\(byteCount)_\(order)")
    #expect(try unsigned.read(as: UInt64.self) == [0, UInt64.max >> (64 - byteCount * 8), 7])
    if byteCount > 1 {
      #expect(signed.datatype == .integer(byteCount: byteCount, isSigned: true, byteOrder: byteOrder))
      #expect(unsigned.datatype == .integer(byteCount: byteCount, isSigned: false, byteOrder: byteOrder))
    }
  }

  @Test("bytes are given as stored, in the file's byte order")
  func bytes() throws {
    let file = try File(opening: fixture("numbers"))
    #expect(try file.openDataset("float32_big").readBytes().prefix(4) == [0x3F, 0xC0, 0, 0])
    #expect(try file.openDataset("float32_little").readBytes().prefix(4) == [0, 0, 0xC0, 0x3F])
    #expect(try file.openDataset("boolean").readBytes() == [1, 0])
    #expect(try file.openDataset("compound").readBytes().count == 12)
  }

  @Test("integers that do not fit, and fractions, are errors and are not rounded")
  func misfits() throws {
    let file = try File(opening: fixture("numbers"))
    expectFailure(.typeMismatch) { _ = try file.openDataset("i2_little").read(as: Int8.self) }
    expectFailure(.typeMismatch) { _ = try file.openDataset("i2_big").read(as: UInt16.self) }
    expectFailure(.typeMismatch) { _ = try file.openDataset("u8_big").read(as: Int.self) }
    expectFailure(.typeMismatch) { _ = try file.openDataset("float64_little").read(as: Int.self) }
    #expect(try file.openDataset("i1_little").read(as: Float.self) == [-128, 127, 7])
  }

  @Test("bfloat16 is recognised, as an opaque type and as a float of unusual fields")
  func bfloat16() throws {
    let file = try File(opening: fixture("numbers"))
    let opaque = try file.openDataset("bfloat16_opaque")
    #expect(opaque.datatype == .opaque(byteCount: 2, tag: "bfloat16"))
    #expect(try opaque.readBytes() == [0xC0, 0x3F, 0x10, 0xC0, 0x80, 0x71])
    expectFailure(.typeMismatch) { _ = try opaque.read(as: Float.self) }
    let float = try file.openDataset("bfloat16_float")
    #expect(float.datatype == .brainFloat(byteOrder: .littleEndian))
    #expect(try float.readBytes() == [0xC0, 0x3F, 0x10, 0xC0, 0x80, 0x71])
    #expect(try float.read(as: Float.self) == [1.5, -2.25, 0x1p100])
  }

  @Test("scalars, empty datasets and axes of extent 0 have the expected elements")
  func extents() throws {
    let file = try File(opening: fixture("numbers"))
    let scalar = try file.openDataset("scalar")
    #expect(scalar.dimensions == [])
    #expect(try scalar.readScalar(as: Double.self) == 3.25)
    let empty = try file.openDataset("empty")
    #expect(empty.dimensions == [0])
    #expect(try empty.read(as: Float.self) == [])
    let rows = try file.openDataset("zero_rows")
    #expect(rows.dimensions == [0, 3])
    #expect(try rows.read(as: Float.self) == [])
    #expect(try rows.readBytes() == [])
  }

  @Test("enumerations and compounds are described, and their values refused")
  func others() throws {
    let file = try File(opening: fixture("numbers"))
    #expect(try file.openDataset("boolean").datatype == .boolean(byteCount: 1, byteOrder: .littleEndian))
    #expect(try file.openDataset("compound").datatype == .other(byteCount: 12, description: "compound"))
    #expect(try file.openDataset("boolean").read(as: Int.self) == [1, 0])
    expectFailure(.typeMismatch) { _ = try file.openDataset("scalar").readString() }
  }
}
