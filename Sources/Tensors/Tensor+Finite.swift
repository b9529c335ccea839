import CKernels

extension Tensor {
  /// Whether all elements are finite and at least some number. Integers are always finite.
  ///
  /// - Complexity: O(elements), at memory speed.
  package func isFinite(atLeast least: Double = -.greatestFiniteMagnitude) -> Bool {
    switch storage {
    case .float32(let elements):
      var bound = Float(max(least, -Double(Float.greatestFiniteMagnitude)))
      if Double(bound) < least { bound = bound.nextUp }
      return ck_are_finite(elements, elements.count, bound) != 0
    case .float64(let elements): return ck_are_finite_doubles(elements, elements.count, least) != 0
    case .int64(let elements): return elements.allSatisfy { Double($0) >= least }
    }
  }
}
