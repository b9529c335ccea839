import Platform

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
