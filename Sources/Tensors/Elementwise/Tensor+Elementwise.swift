import CKernels

extension Tensor {
  /// Applies a function to each element, in the precision of the tensor's type.
  ///
  /// In double precision, transcendental functions come from the C library. Their errors are about one unit in the last place
  /// (ulp), and versions of the library can differ by as much. In single precision, the exponential is within 1 ulp of the
  /// exact value, the hyperbolic tangent and the error function within 2, and the logistic function within 3. The power and the
  /// logarithm come from the C library.
  ///
  /// - Throws: `TensorError` with code `.typeMismatch` for integers.
  public func applying(_ operation: UnaryOperation) throws(TensorError) -> Tensor {
    switch storage {
    case .float32(let elements): try Tensor(operation.applied(to: elements), shape: shape)
    case .float64(let elements): try Tensor(Self.applying(operation, to: elements), shape: shape)
    case .int64:
      throw TensorError(
        .typeMismatch,
        "\(operation.rawValue) of an int64 tensor of shape \(shape) is not possible: convert it to a float type")
    }
  }

  /// Combines this tensor with another tensor, element by element, under NumPy's broadcasting rule.
  ///
  /// Both operands have the same type, and the arithmetic is in this type. Integers can only be added, subtracted and multiplied.
  ///
  /// - Throws: `TensorError` with code `.shapeMismatch` for shapes that do not broadcast together, `.typeMismatch` for operands of
  ///   different types or an operation that is not defined for integers, or `.notRepresentable` if integers overflow.
  public func combined(with other: Tensor, by operation: BinaryOperation) throws(TensorError) -> Tensor {
    let result = try shape.broadcast(with: other.shape)
    try result.checkFitsMemory(as: type)
    let nest = LoopNest(
      extents: result.dimensions, firstStrides: shape.broadcastStrides(to: result),
      secondStrides: other.shape.broadcastStrides(to: result))
    switch (storage, other.storage) {
    case (.float32(let left), .float32(let right)):
      return try Tensor(
        Self.combining(left, right, by: operation, over: nest, count: result.elementCount), shape: result)
    case (.float64(let left), .float64(let right)):
      return try Tensor(
        Self.combining(left, right, by: operation, over: nest, count: result.elementCount), shape: result)
    case (.int64(let left), .int64(let right)):
      var overflowed = false
      let elements = try Self.combining(
        left, right, by: operation, over: nest, count: result.elementCount, overflowed: &overflowed)
      guard !overflowed else {
        throw TensorError(
          .notRepresentable, "\(operation.rawValue) of int64 tensors of shapes \(shape) and \(other.shape) overflows")
      }
      return try Tensor(elements, shape: result)
    default:
      throw TensorError(
        .typeMismatch,
        "\(operation.rawValue) of a \(type.rawValue) tensor of shape \(shape) and a \(other.type.rawValue) tensor of "
          + "shape \(other.shape) is not possible: convert one tensor to the other's type")
    }
  }
}

extension Tensor {
  private static func applying<Element: FloatingElement>(
    _ operation: UnaryOperation, to elements: [Element]
  ) -> [Element] {
    switch operation {
    case .negate: elements.map { -$0 }
    case .squareRoot: elements.map { $0.squareRoot() }
    case .exponential: elements.map { Element.exponential($0) }
    case .logarithm: elements.map { Element.logarithm($0) }
    case .hyperbolicTangent: elements.map { Element.hyperbolicTangent($0) }
    case .logistic: elements.map { Element.logistic($0) }
    case .rectify: elements.map { Element.rectified($0) }
    case .square: elements.map { $0 * $0 }
    case .reciprocal: elements.map { 1 / $0 }
    case .absolute: elements.map { abs($0) }
    case .errorFunction: elements.map { Element.errorFunction($0) }
    case .floor: elements.map { $0.rounded(.down) }
    }
  }

  private static func combining<Element: FloatingElement>(
    _ left: [Element], _ right: [Element], by operation: BinaryOperation, over nest: LoopNest, count: Int
  ) -> [Element] {
    switch operation {
    case .add: zipping(left, right, over: nest, count: count) { $0 + $1 }
    case .subtract: zipping(left, right, over: nest, count: count) { $0 - $1 }
    case .multiply: zipping(left, right, over: nest, count: count) { $0 * $1 }
    case .divide: zipping(left, right, over: nest, count: count) { $0 / $1 }
    case .maximum: zipping(left, right, over: nest, count: count) { Element.maximumOrNaN($0, $1) }
    case .minimum: zipping(left, right, over: nest, count: count) { Element.minimumOrNaN($0, $1) }
    case .power: zipping(left, right, over: nest, count: count) { Element.power($0, $1) }
    }
  }

  private static func combining(
    _ left: [Int64], _ right: [Int64], by operation: BinaryOperation, over nest: LoopNest, count: Int,
    overflowed: inout Bool
  ) throws(TensorError) -> [Int64] {
    var anyOverflow = false
    defer { overflowed = anyOverflow }
    switch operation {
    case .add:
      return zipping(left, right, over: nest, count: count) {
        let (value, overflow) = $0.addingReportingOverflow($1)
        anyOverflow = anyOverflow || overflow
        return value
      }
    case .subtract:
      return zipping(left, right, over: nest, count: count) {
        let (value, overflow) = $0.subtractingReportingOverflow($1)
        anyOverflow = anyOverflow || overflow
        return value
      }
    case .multiply:
      return zipping(left, right, over: nest, count: count) {
        let (value, overflow) = $0.multipliedReportingOverflow(by: $1)
        anyOverflow = anyOverflow || overflow
        return value
      }
    case .divide, .maximum, .minimum, .power:
      throw TensorError(
        .typeMismatch, "\(operation.rawValue) is not defined for int64 tensors: convert them to a float type")
    }
  }

  /// Combines corresponding elements into a row-major array of `count` elements.
  ///
  /// In a run, each operand steps by 1 or 0. Each combination has a loop of its own, so that the compiler can vectorize it. All
  /// cases call the same function on the same pairs, so their results have the same bits.
  @inline(__always)
  private static func zipping<Element>(
    _ left: [Element], _ right: [Element], over nest: LoopNest, count: Int, _ combine: (Element, Element) -> Element
  ) -> [Element] {
    [Element](unsafeUninitializedCapacity: count) { result, initializedCount in
      let length = nest.runLength
      var next = 0
      left.withUnsafeBufferPointer { left in
        right.withUnsafeBufferPointer { right in
          nest.forEachRun { leftStart, rightStart in
            switch (nest.firstRunStride, nest.secondRunStride) {
            case (1, 1):
              for index in 0..<length {
                result.initializeElement(
                  at: next + index, to: combine(left[leftStart + index], right[rightStart + index]))
              }
            case (1, 0):
              let repeated = right[rightStart]
              for index in 0..<length {
                result.initializeElement(at: next + index, to: combine(left[leftStart + index], repeated))
              }
            case (0, 1):
              let repeated = left[leftStart]
              for index in 0..<length {
                result.initializeElement(at: next + index, to: combine(repeated, right[rightStart + index]))
              }
            case (let leftStride, let rightStride):
              for index in 0..<length {
                result.initializeElement(
                  at: next + index,
                  to: combine(left[leftStart + index * leftStride], right[rightStart + index * rightStride]))
              }
            }
            next += length
          }
        }
      }
      initializedCount = next
    }
  }
}

extension UnaryOperation {
  /// Applies the function to each element. Single precision uses the kernels, except for the logarithm, which comes from the C
  /// library.
  fileprivate func applied(to elements: [Float]) -> [Float] {
    guard let kernel else { return elements.map { Float.logarithm($0) } }
    return [Float](unsafeUninitializedCapacity: elements.count) { results, initializedCount in
      ck_unary(kernel, elements, results.baseAddress, elements.count)
      initializedCount = elements.count
    }
  }
}
