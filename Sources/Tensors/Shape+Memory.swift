import Platform

extension Shape {
  /// Checks that this machine has enough memory for a tensor of this shape. By broadcasting, a graph in a file can create a tensor
  /// of any size.
  ///
  /// - Throws: `TensorError` with code `.invalidShape`.
  package func checkFitsMemory(as type: ScalarType) throws(TensorError) {
    let (byteCount, overflow) = elementCount.multipliedReportingOverflow(by: type.byteCount)
    guard !overflow, Memory.canProvide(byteCount: byteCount) else {
      throw TensorError(.invalidShape, "this machine has no memory for a \(type.rawValue) tensor of shape \(self)")
    }
  }
}
