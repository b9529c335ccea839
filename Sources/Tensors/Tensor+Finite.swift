import CKernels

extension Tensor {
  /// Whether all elements are finite and at least the given number. Integers are always finite.
  ///
  /// - Complexity: O(elements), at memory speed.
  package func isFinite(atLeast least: Double = -.greatestFiniteMagnitude) -> Bool {
    switch storage {
    case .float32(let elements): return elements.withUnsafeBufferPointer { $0.areFinite(atLeast: least) }
    case .float64(let elements): return elements.withUnsafeBufferPointer { $0.areFinite(atLeast: least) }
    case .int64(let elements): return elements.allSatisfy { Double($0) >= least }
    }
  }

  /// The indices along an axis at which an element is not finite, in ascending order. Without an axis, the index 0 stands for
  /// the whole tensor.
  ///
  /// - Complexity: O(elements), at memory speed if all elements are finite.
  package func indicesNotFinite(along axis: Int?) -> [Int] {
    guard !isFinite() else { return [] }
    guard let axis else { return [0] }
    let stride = shape.dimensions.dropFirst(axis + 1).reduce(1, *)
    func indices(_ elements: [some BinaryFloatingPoint]) -> [Int] {
      Set(elements.indices.lazy.filter { !elements[$0].isFinite }.map { $0 / stride % shape[axis] }).sorted()
    }
    return switch storage {
    case .float32(let elements): indices(elements)
    case .float64(let elements): indices(elements)
    case .int64: []
    }
  }
}

extension UnsafeBufferPointer<Float> {
  /// Whether all elements are finite and at least the given number.
  package func areFinite(atLeast least: Double) -> Bool {
    var bound = Float(Swift.max(least, -Double(Float.greatestFiniteMagnitude)))
    if Double(bound) < least { bound = bound.nextUp }
    return ck_are_finite(baseAddress, count, bound) != 0
  }
}

extension UnsafeBufferPointer<Double> {
  /// Whether all elements are finite and at least the given number.
  package func areFinite(atLeast least: Double) -> Bool { ck_are_finite_doubles(baseAddress, count, least) != 0 }
}
