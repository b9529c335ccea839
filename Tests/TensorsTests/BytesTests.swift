import Tensors
import Testing

@Suite("Bytes")
struct BytesTests {
  struct RoundingCase: Decodable {
    let operand: FixtureArray
    let float16: [UInt16]
    let bfloat16: [UInt16]
  }

  @Test("half precision is rounded once to the nearest number, as in NumPy and in exact arithmetic")
  func rounding() throws {
    for fixture in try fixtures("rounding", of: RoundingCase.self) {
      let tensor = try fixture.operand.tensor()
      for (type, expected) in [(ScalarType.float16, fixture.float16), (.bfloat16, fixture.bfloat16)] {
        let bytes = try tensor.littleEndianBytes(as: type)
        let infinity: UInt16 = type == .float16 ? 0x7C00 : 0x7F80
        for (index, pattern) in expected.enumerated() {
          let written = UInt16(bytes[2 * index]) | UInt16(bytes[2 * index + 1]) << 8
          let isNaN = written & 0x7FFF > infinity
          #expect(
            tensor.doubles[index].isNaN ? isNaN : written == pattern,
            "\(fixture.operand.values[index]) of \(tensor.type) as \(type)")
        }
      }
    }
  }

  @Test(
    "every half-precision pattern survives a conversion to single precision and back",
    arguments: [ScalarType.float16, .bfloat16])
  func everyPattern(type: ScalarType) throws {
    let infinity: UInt16 = type == .float16 ? 0x7C00 : 0x7F80
    let patterns = (UInt16.min...UInt16.max).filter { $0 & 0x7FFF <= infinity }
    let bytes = patterns.flatMap { [UInt8(truncatingIfNeeded: $0), UInt8(truncatingIfNeeded: $0 >> 8)] }
    let tensor = try Tensor(littleEndianBytes: bytes, as: type, shape: Shape([patterns.count]))
    #expect(tensor.type == .float32)
    #expect(try tensor.littleEndianBytes(as: type) == bytes)
    #expect(try tensor.converted(to: .float64).littleEndianBytes(as: type) == bytes)
  }

  @Test(
    "every pattern, also of NaN, is exact in its type and keeps its bits",
    arguments: [ScalarType.float16, .bfloat16])
  func everyBit(type: ScalarType) throws {
    let patterns = Array(UInt16.min...UInt16.max)
    let bytes = patterns.flatMap { [UInt8(truncatingIfNeeded: $0), UInt8(truncatingIfNeeded: $0 >> 8)] }
    let tensor = try Tensor(littleEndianBytes: bytes, as: type, shape: Shape([patterns.count]))
    #expect(tensor.isExact(as: type) && tensor.isExact(as: .float32))
    #expect(!tensor.isExact(as: type == .float16 ? .bfloat16 : .float16) && !tensor.isExact(as: .float64))
    #expect(try tensor.littleEndianBytes(as: type) == bytes)
    #expect(try tensor.digest(as: type) == bytes.withUnsafeBytes { Digest(of: $0) })
    guard type == .float16, case .float32(let elements) = tensor.storage else { return }
    // The expected value is Swift's own conversion, which the processor computes.
    for (pattern, element) in zip(patterns, elements) where !element.isNaN {
      #expect(element.bitPattern == Float(Float16(bitPattern: pattern)).bitPattern)
    }
  }

  @Test("a number that a narrower type cannot hold is not exact") func notExact() throws {
    for (value, type) in [
      (1 + 0x1p-11, ScalarType.float16), (65520, .float16), (0x1p-25, .float16), (1 + 0x1p-8, .bfloat16),
    ] {
      #expect(try !Tensor([Float(value)], shape: []).isExact(as: type))
    }
    #expect(try Tensor([1 + 0x1p-10] as [Float], shape: []).isExact(as: .float16))
    #expect(try !Tensor([1] as [Double], shape: []).isExact(as: .float16))
  }

  @Test("a NaN stays NaN if its payload is cut")
  func notANumber() throws {
    let bytes = try Tensor([Float(bitPattern: 0x7F80_0001)], shape: []).littleEndianBytes(as: .bfloat16)
    #expect(bytes[1] == 0x7F && bytes[0] & 0x7F != 0)
  }

  @Test(
    "integers widen with their sign",
    arguments: [
      (ScalarType.int8, [0xFF] as [UInt8], -1 as Int64), (.uint8, [0xFF], 255), (.int16, [0xFE, 0xFF], -2),
      (.uint16, [0x34, 0x12], 0x1234), (.int32, [0, 0, 0, 0x80], -0x8000_0000),
      (.uint32, [0, 0, 0, 0x80], 0x8000_0000),
      (.int64, [1, 0, 0, 0, 0, 0, 0, 0x80], .min + 1),
      (.uint64, [0xFF, 0, 0, 0, 0, 0, 0, 0x7F], 0x7F00_0000_0000_00FF),
    ])
  func integers(type: ScalarType, bytes: [UInt8], value: Int64) throws {
    let tensor = try Tensor(littleEndianBytes: bytes, as: type, shape: [])
    #expect(try tensor == Tensor([value], shape: []))
    #expect(try tensor.littleEndianBytes(as: type) == bytes)
  }

  @Test("integers out of range are refused")
  func outOfRange() throws {
    expectError(.notRepresentable, mentioning: "uint64") {
      try Tensor(littleEndianBytes: [0, 0, 0, 0, 0, 0, 0, 0x80], as: .uint64, shape: [])
    }
    let outside: [(ScalarType, Int64)] = [
      (.int8, 128), (.int8, -129), (.uint8, -1), (.uint8, 256), (.int16, 1 << 15), (.uint16, -1), (.int32, 1 << 31),
      (.uint32, 1 << 32), (.uint64, -1),
    ]
    for (type, value) in outside {
      let tensor = try Tensor([value], shape: [])
      let error = #expect(throws: TensorError.self) { try tensor.littleEndianBytes(as: type) }
      #expect(error?.code == .notRepresentable)
    }
  }

  @Test("integers and floating-point numbers are not written as each other")
  func families() throws {
    let integer = try Tensor([1] as [Int64], shape: [])
    #expect(throws: TensorError.self) { try integer.littleEndianBytes(as: .float32) }
    let single = try Tensor([1] as [Float], shape: [])
    #expect(throws: TensorError.self) { try single.littleEndianBytes(as: .int8) }
  }

  @Test("bytes must fill the shape and may come from any collection")
  func collections() throws {
    let bytes: [UInt8] = [9, 0, 0, 0x80, 0x3F, 0, 0, 0, 0xC0]
    let expected = try Tensor([1, -2] as [Float], shape: [2])
    #expect(try Tensor(littleEndianBytes: bytes[1...], as: .float32, shape: [2]) == expected)
    let lazy = bytes.dropFirst().lazy.map { $0 }
    #expect(try Tensor(littleEndianBytes: lazy, as: .float32, shape: [2]) == expected)
    let unaligned = try bytes.withUnsafeBytes {
      try Tensor(littleEndianBytes: UnsafeRawBufferPointer(rebasing: $0[1...]), as: .float32, shape: [2])
    }
    #expect(unaligned == expected)
    expectError(.shapeMismatch, mentioning: "bytes, but 9 are given") {
      try Tensor(littleEndianBytes: bytes, as: .float32, shape: [2])
    }
    expectError(.shapeMismatch, mentioning: "bytes, but") {
      try Tensor(littleEndianBytes: bytes, as: .float32, shape: Shape([1 << 62]))
    }
    #expect(expected.withUnsafeBytes { Array($0) } == Array(bytes[1...]))
  }
}
