/// A 16-bit floating-point number in a file. Tensors hold such numbers as float32.
package protocol SixteenBitFloat: BitwiseCopyable, Sendable {
  /// The bits of the number.
  var bitPattern: UInt16 { get }
  /// The number with the given bits.
  init(bitPattern: UInt16)
  /// The nearest number, ties to even. NaN stays NaN, and numbers beyond the range become infinite.
  init(rounding value: Float)
  /// The nearest number, ties to even, rounded only once.
  init(rounding value: Double)
  /// The same number in single precision. NaN keeps its bits.
  var widened: Float { get }
}

/// A number of the format float16: IEEE 754 binary16.
package struct HalfFloat: SixteenBitFloat {
  package let bitPattern: UInt16

  package init(bitPattern: UInt16) { self.bitPattern = bitPattern }

  package init(rounding value: Float) {
    let bits = value.bitPattern
    let sign = UInt16(truncatingIfNeeded: bits >> 16) & 0x8000
    let exponent = bits >> 23 & 0xFF
    if value.isNaN {
      // A NaN gets the quiet bit, so that it stays NaN if bits are cut off.
      let isExact = bits & 0x1FFF == 0
      bitPattern = sign | 0x7C00 | UInt16(truncatingIfNeeded: bits >> 13) & 0x3FF | (isExact ? 0 : 0x0200)
    } else if bits & 0x1FFF == 0, (113...142).contains(exponent) {
      // Usually, the number came from a file of this type and needs no rounding.
      bitPattern = sign | UInt16(truncatingIfNeeded: ((bits & 0x7FFF_FFFF) >> 13) - (112 << 10))
    } else {
      bitPattern = Float16(value).bitPattern
    }
  }

  package init(rounding value: Double) {
    self = value.isNaN ? HalfFloat(rounding: Float(value)) : HalfFloat(bitPattern: Float16(value).bitPattern)
  }

  package var widened: Float {
    let sign = UInt32(bitPattern & 0x8000) << 16
    let magnitude = UInt32(bitPattern & 0x7FFF)
    if magnitude >= 0x7C00 { return Float(bitPattern: sign | 0x7F80_0000 | magnitude << 13) }
    // The exponent of the shifted bits is too small by 112. The product corrects it exactly, also for subnormal numbers.
    return Float(bitPattern: sign | (Float(bitPattern: magnitude << 13) * 0x1p112).bitPattern)
  }
}

/// A number of the format bfloat16, which is the upper half of a single-precision number.
package struct BrainFloat: SixteenBitFloat {
  package let bitPattern: UInt16

  package init(bitPattern: UInt16) { self.bitPattern = bitPattern }

  package init(rounding value: Float) {
    let bits = value.bitPattern
    if value.isNaN {
      // Rounding a NaN up could turn it into infinity. A NaN gets the quiet bit instead, so that it stays NaN if the payload is
      // cut.
      bitPattern = UInt16(truncatingIfNeeded: bits >> 16) | (bits & 0xFFFF == 0 ? 0 : 0x0040)
    } else {
      bitPattern = UInt16(truncatingIfNeeded: (bits + 0x7FFF + (bits >> 16) & 1) >> 16)
    }
  }

  /// Rounding first to single precision must not create a new tie. So the first step rounds to odd: towards zero, and the last bit
  /// is set if the result is inexact.
  package init(rounding value: Double) {
    let nearest = Float(value)
    guard !value.isNaN, Double(nearest) != value else {
      self.init(rounding: nearest)
      return
    }
    let towardsZero = Double(nearest.magnitude) > value.magnitude ? nearest.bitPattern - 1 : nearest.bitPattern
    self.init(rounding: Float(bitPattern: towardsZero | 1))
  }

  package var widened: Float { Float(bitPattern: UInt32(bitPattern) << 16) }
}

extension Tensor {
  /// Whether every element can be stored in a type so that reading it back gives the same bits.
  ///
  /// A tensor can be stored in its own type. A float32 tensor can be stored as float16 or bfloat16 if no element has to be rounded.
  ///
  /// - Complexity: O(elements).
  public func isExact(as type: ScalarType) -> Bool {
    func isExact<Number: SixteenBitFloat>(_ elements: [Float], as: Number.Type) -> Bool {
      elements.allSatisfy { Number(rounding: $0).widened.bitPattern == $0.bitPattern }
    }
    return switch (storage, type) {
    case (.float32(let elements), .float16): isExact(elements, as: HalfFloat.self)
    case (.float32(let elements), .bfloat16): isExact(elements, as: BrainFloat.self)
    default: type == self.type
    }
  }

  /// Calls `body` with the little-endian bytes of consecutive elements, converted to a type as in `littleEndianBytes(as:)`. For the
  /// tensor's own type, `body` is called once with all bytes, without a copy. For other types, it is called for each block.
  ///
  /// - Throws: The errors of `littleEndianBytes(as:)` and of `body`.
  public func forEachBlock(as type: ScalarType, _ body: (UnsafeRawBufferPointer) throws -> Void) throws {
    guard type != self.type else { return try withUnsafeBytes(body) }
    let blockCount = 1 << 18
    let flat = try reshaped(to: [shape.elementCount])
    for start in stride(from: 0, to: shape.elementCount, by: blockCount) {
      let block = try flat.slicing(axis: 0, from: start, count: min(blockCount, shape.elementCount - start))
      try block.littleEndianBytes(as: type).withUnsafeBytes(body)
    }
  }

  /// The digest of the elements' bytes after conversion to a type, little-endian, row-major.
  ///
  /// - Throws: The errors of `littleEndianBytes(as:)`.
  /// - Complexity: O(elements).
  public func digest(as type: ScalarType) throws -> Digest {
    var hasher = DigestHasher()
    try forEachBlock(as: type) { hasher.update($0) }
    return hasher.digest
  }
}
