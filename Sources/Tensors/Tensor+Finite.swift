import CKernels

extension Tensor {
  /// Whether all elements are finite and at least some number. Integers are always finite.
  ///
  /// - Complexity: O(elements), at memory speed.
  package func isFinite(atLeast least: Double = -.greatestFiniteMagnitude) -> Bool {
    switch storage {
    case .float32(let elements): return elements.withUnsafeBufferPointer { $0.areFinite(atLeast: least) }
    case .float64(let elements): return elements.withUnsafeBufferPointer { $0.areFinite(atLeast: least) }
    case .int64(let elements): return elements.allSatisfy { Double($0) >= least }
    }
  }
}

extension UnsafeBufferPointer<Float> {
  /// Whether all elements are finite and at least some number.
  package func areFinite(atLeast least: Double) -> Bool {
    var bound = Float(Swift.max(least, -Double(Float.greatestFiniteMagnitude)))
    if Double(bound) < least { bound = bound.nextUp }
    return ck_are_finite(baseAddress, count, bound) != 0
  }
}

extension UnsafeBufferPointer<Double> {
  /// Whether all elements are finite and at least some number.
  package func areFinite(atLeast least: Double) -> Bool { ck_are_finite_doubles(baseAddress, count, least) != 0 }
}
