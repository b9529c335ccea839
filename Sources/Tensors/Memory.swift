#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// What this machine has memory for. Swift's arrays trap where memory is refused, so sizes that a file claims are asked for first.
package enum Memory {
  /// Whether the system would give some bytes now.
  package static func canProvide(byteCount: Int) -> Bool {
    // Smaller claims are not worth a system call.
    guard byteCount > 1 << 28 else { return true }
    // The pages are never touched, and unlike malloc and free the compiler cannot take the pair away.
    guard let probe = mmap(nil, byteCount, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
      probe != MAP_FAILED
    else { return false }
    munmap(probe, byteCount)
    return true
  }
}

extension Shape {
  /// Refuses a result that is far larger than its operands: a graph in a file can ask for any size by broadcasting.
  ///
  /// - Throws: `TensorError` with code `.invalidShape`.
  package func checkFitsMemory(as type: ScalarType) throws(TensorError) {
    let (byteCount, overflow) = elementCount.multipliedReportingOverflow(by: type.byteCount)
    guard !overflow, Memory.canProvide(byteCount: byteCount) else {
      throw TensorError(.invalidShape, "this machine has no memory for a \(type.rawValue) tensor of shape \(self)")
    }
  }
}
