import HDF5
import Testing

@Suite("Numbers in datasets")
struct NumberTests {
  private func roundTrip<T: HDF5Number & Equatable>(_ values: [T], sourceLocation: SourceLocation = #_sourceLocation)
    throws
  {
    try withTemporaryFile { path in
      let file = try File(creating: path)
      try file.writeDataset("a/b/values", values, dimensions: [1, values.count])
      try file.close()

      let again = try File(opening: path)
      let dataset = try again.openDataset("a/b/values")
      #expect(dataset.dimensions == [1, values.count], sourceLocation: sourceLocation)
      #expect(dataset.datatype == T.storedDatatype, sourceLocation: sourceLocation)
      #expect(try dataset.read(as: T.self) == values, sourceLocation: sourceLocation)
      #expect(try dataset.readBytes() == values.withUnsafeBytes { Array($0) }, sourceLocation: sourceLocation)
    }
  }

  @Test("every integer type reads back the written numbers, also extremes")
  func integers() throws {
    func check<T: HDF5Number & FixedWidthInteger>(_ type: T.Type) throws { try roundTrip([T.min, T.max, 0, 1, 42]) }
    try check(Int8.self)
    try check(Int16.self)
    try check(Int32.self)
    try check(Int64.self)
    try check(Int.self)
    try check(UInt8.self)
    try check(UInt16.self)
    try check(UInt32.self)
    try check(UInt64.self)
    try check(UInt.self)
  }

  @Test("bfloat16 converts from and to other floating-point types")
  func brainFloat() throws {
    try withTemporaryFile { path in
      let file = try File(creating: path)
      for order in [Datatype.ByteOrder.littleEndian, .bigEndian] {
        let dataset = try file.createDataset("\(order)", datatype: .brainFloat(byteOrder: order), dimensions: [3])
        try dataset.write([1.5, -2.25, 0x1p100] as [Float])
        try dataset.close()
      }
      try file.close()
      let again = try File(opening: path)
      for (order, bytes) in [
        (Datatype.ByteOrder.littleEndian, [0xC0, 0x3F, 0x10, 0xC0, 0x80, 0x71]),
        (.bigEndian, [0x3F, 0xC0, 0xC0, 0x10, 0x71, 0x80]),
      ] as [(Datatype.ByteOrder, [UInt8])] {
        let dataset = try again.openDataset("\(order)")
        #expect(dataset.datatype == .brainFloat(byteOrder: order))
        #expect(try dataset.readBytes() == bytes)
        #expect(try dataset.read(as: Double.self) == [1.5, -2.25, 0x1p100])
      }
    }
  }

  @Test("every floating-point type reads back the written numbers, also extremes")
  func floats() throws {
    func check<T: HDF5Number & BinaryFloatingPoint>(_ type: T.Type) throws {
      try roundTrip([0, -0.0, 1.5, .infinity, -.infinity, .leastNonzeroMagnitude, .greatestFiniteMagnitude, .pi])
    }
    try check(Float16.self)
    try check(Float.self)
    try check(Double.self)
  }

  @Test("text and numbers in attributes and datasets read back")
  func textAndAttributes() throws {
    try withTemporaryFile { path in
      let file = try File(creating: path)
      try file.setAttribute("title", to: "größer")
      try file.setAttribute("names", to: ["a", "bcd", ""])
      try file.setAttribute("count", to: 7)
      try file.setAttribute("weights", to: [0.5, 0.25] as [Float])
      let fixed = try file.createDataset("fixed", datatype: .text(byteCount: 5))
      try fixed.writeString("abc")
      let variable = try file.createDataset("variable", datatype: .variableString(characterSet: .utf8), dimensions: [2])
      try variable.writeStrings(["", "longer text"])
      try file.close()

      let again = try File(opening: path)
      #expect(try again.attributeNames() == ["count", "names", "title", "weights"])
      #expect(try again.text(inAttribute: "title") == "größer")
      #expect(try again.texts(inAttribute: "names") == ["a", "bcd", ""])
      #expect(try again.number(inAttribute: "count") == 7)
      #expect(try again.numbers(inAttribute: "weights", as: Double.self) == [0.5, 0.25])
      #expect(try again.openDataset("fixed").readString() == "abc")
      #expect(try again.openDataset("variable").readStrings() == ["", "longer text"])
      #expect(try again.links().map(\.name) == ["fixed", "variable"])
    }
  }
}
