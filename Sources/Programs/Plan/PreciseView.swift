/// The position of numbers in double precision. The numbers are row-major in a buffer of floats, and each number takes two floats.
struct PreciseView: Hashable, Sendable {
  /// The buffer as floats, as a flat array.
  var floats: ArrayView
  /// The extents of the numbers, outermost axis first.
  var dimensions: [Int]

  var elementCount: Int { dimensions.reduce(1, *) }
}

extension Memory {
  /// The address of the first number of a view in double precision. Buffers begin at multiples of 16 floats.
  subscript(view: PreciseView) -> UnsafeMutablePointer<Double> {
    UnsafeMutableRawPointer(self[view.floats]).assumingMemoryBound(to: Double.self)
  }
}

extension BufferTable {
  /// A new buffer for a result in double precision.
  func preciseScratch(_ dimensions: [Int]) throws -> PreciseView {
    PreciseView(floats: try scratch([2 * dimensions.reduce(1, *)]), dimensions: dimensions)
  }
}
