extension Tensor {
  /// Creates a tensor from the little-endian bytes of its elements in row-major order.
  ///
  /// float16 and bfloat16 become float32, and integers become int64. All of these conversions are exact.
  ///
  /// - Throws: `TensorError` with code `.shapeMismatch` if the shape needs more or fewer bytes, or `.notRepresentable` for an
  ///   unsigned integer beyond the range of int64.
  public init(littleEndianBytes bytes: some Collection<UInt8>, as type: ScalarType, shape: Shape) throws(TensorError) {
    let (expected, overflow) = shape.elementCount.multipliedReportingOverflow(by: type.byteCount)
    guard !overflow, bytes.count == expected else {
      throw TensorError(
        .shapeMismatch,
        "shape \(shape) of \(type.rawValue) needs \(overflow ? "at least 2⁶³" : "\(expected)") bytes, but \(bytes.count) are given"
      )
    }
    let storage = bytes.withContiguousStorageIfAvailable { Self.decoding(UnsafeRawBufferPointer($0), as: type) }
    switch storage ?? Array(bytes).withUnsafeBytes({ Self.decoding($0, as: type) }) {
    case .float32(let elements): try self.init(elements, shape: shape)
    case .float64(let elements): try self.init(elements, shape: shape)
    case .int64(let elements): try self.init(elements, shape: shape)
    case nil:
      throw TensorError(
        .notRepresentable, "an element of a uint64 tensor of shape \(shape) is beyond the range of int64")
    }
  }

  /// The elements as little-endian bytes of a type: an integer type for integers, otherwise a floating-point type.
  ///
  /// Floating-point numbers are rounded to nearest with ties to even: NaN stays NaN, and values that are too large become infinite.
  /// Integers must be in range.
  ///
  /// - Throws: `TensorError` with code `.typeMismatch` between integers and floating-point types, or `.notRepresentable` for an
  ///   integer outside the range of the type.
  public func littleEndianBytes(as type: ScalarType) throws(TensorError) -> [UInt8] {
    let bytes: [UInt8]? =
      switch (storage, type) {
      case (.float32(let elements), .float32): Self.encoding(elements) { $0.bitPattern }
      case (.float32(let elements), .float64): Self.encoding(elements) { Double($0).bitPattern }
      case (.float32(let elements), .float16): Self.encoding(elements) { HalfFloat(rounding: $0).bitPattern }
      case (.float32(let elements), .bfloat16): Self.encoding(elements) { BrainFloat(rounding: $0).bitPattern }
      case (.float64(let elements), .float32): Self.encoding(elements) { Float($0).bitPattern }
      case (.float64(let elements), .float64): Self.encoding(elements) { $0.bitPattern }
      case (.float64(let elements), .float16): Self.encoding(elements) { HalfFloat(rounding: $0).bitPattern }
      case (.float64(let elements), .bfloat16): Self.encoding(elements) { BrainFloat(rounding: $0).bitPattern }
      case (.int64(let elements), .int8): Self.encoding(elements, exactlyAs: Int8.self)
      case (.int64(let elements), .int16): Self.encoding(elements, exactlyAs: Int16.self)
      case (.int64(let elements), .int32): Self.encoding(elements, exactlyAs: Int32.self)
      case (.int64(let elements), .int64): Self.encoding(elements) { $0 }
      case (.int64(let elements), .uint8): Self.encoding(elements, exactlyAs: UInt8.self)
      case (.int64(let elements), .uint16): Self.encoding(elements, exactlyAs: UInt16.self)
      case (.int64(let elements), .uint32): Self.encoding(elements, exactlyAs: UInt32.self)
      case (.int64(let elements), .uint64): Self.encoding(elements, exactlyAs: UInt64.self)
      default:
        throw TensorError(
          .typeMismatch,
          "a \(self.type.rawValue) tensor of shape \(shape) cannot be written as \(type.rawValue): convert it first")
      }
    guard let bytes else {
      throw TensorError(
        .notRepresentable, "an element of an int64 tensor of shape \(shape) is outside the range of \(type.rawValue)")
    }
    return bytes
  }

  /// Calls `body` with the elements in memory, in this machine's byte order and without a copy.
  public func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
    switch storage {
    case .float32(let elements): try elements.withUnsafeBytes(body)
    case .float64(let elements): try elements.withUnsafeBytes(body)
    case .int64(let elements): try elements.withUnsafeBytes(body)
    }
  }
}

extension Tensor {
  private static func decoding(_ bytes: UnsafeRawBufferPointer, as type: ScalarType) -> Storage? {
    switch type {
    case .float16: .float32(decoding(bytes) { HalfFloat(bitPattern: $0).widened })
    case .bfloat16: .float32(decoding(bytes) { BrainFloat(bitPattern: $0).widened })
    case .float32: .float32(decoding(bytes) { Float(bitPattern: $0) })
    case .float64: .float64(decoding(bytes) { Double(bitPattern: $0) })
    case .int8: .int64(decoding(bytes) { (integer: Int8) in Int64(integer) })
    case .int16: .int64(decoding(bytes) { (integer: Int16) in Int64(integer) })
    case .int32: .int64(decoding(bytes) { (integer: Int32) in Int64(integer) })
    case .int64: .int64(decoding(bytes) { (integer: Int64) in integer })
    case .uint8: .int64(decoding(bytes) { (integer: UInt8) in Int64(integer) })
    case .uint16: .int64(decoding(bytes) { (integer: UInt16) in Int64(integer) })
    case .uint32: .int64(decoding(bytes) { (integer: UInt32) in Int64(integer) })
    case .uint64: decodingUnsigned(bytes)
    }
  }

  private static func decodingUnsigned(_ bytes: UnsafeRawBufferPointer) -> Storage? {
    let elements = decoding(bytes) { (integer: UInt64) in Int64(bitPattern: integer) }
    return elements.allSatisfy { $0 >= 0 } ? .int64(elements) : nil
  }

  @inline(__always)
  private static func decoding<Pattern: FixedWidthInteger, Element>(
    _ bytes: UnsafeRawBufferPointer, _ element: (Pattern) -> Element
  ) -> [Element] {
    let size = MemoryLayout<Pattern>.size
    let count = bytes.count / size
    return [Element](unsafeUninitializedCapacity: count) { result, initializedCount in
      for index in 0..<count {
        let pattern = Pattern(littleEndian: bytes.loadUnaligned(fromByteOffset: index * size, as: Pattern.self))
        result.initializeElement(at: index, to: element(pattern))
      }
      initializedCount = count
    }
  }

  @inline(__always)
  private static func encoding<Element, Pattern: FixedWidthInteger>(
    _ elements: [Element], _ pattern: (Element) -> Pattern
  ) -> [UInt8] {
    let size = MemoryLayout<Pattern>.size
    return [UInt8](unsafeUninitializedCapacity: elements.count * size) { result, initializedCount in
      let target = UnsafeMutableRawBufferPointer(result)
      for index in elements.indices {
        target.storeBytes(of: pattern(elements[index]).littleEndian, toByteOffset: index * size, as: Pattern.self)
      }
      initializedCount = elements.count * size
    }
  }

  private static func encoding<Pattern: FixedWidthInteger>(
    _ elements: [Int64], exactlyAs: Pattern.Type
  ) -> [UInt8]? {
    guard elements.allSatisfy({ Pattern(exactly: $0) != nil }) else { return nil }
    return encoding(elements) { Pattern(truncatingIfNeeded: $0) }
  }
}
