/// The elements of a dataset cut into slabs that follow one another in memory and in the order of elements: rows along an axis,
/// behind which everything is taken whole, and before which positions are taken one by one.
struct SlabSequence: Hashable, Sendable {
  /// About how much a slab holds.
  private static let byteCount = 1 << 20

  let dimensions: [Int]
  private let axis: Int
  private let rowCount: Int

  /// The slabs of a dataset with at least one axis and one element: of about 1 MiB, and of whole chunks, since the library expands
  /// a chunk for whatever is read of it.
  init(_ dimensions: [Int], chunks: [Int], elementByteCount: Int) {
    var axis = 0
    var rowByteCount = dimensions.dropFirst().reduce(elementByteCount, *)
    while axis + 1 < dimensions.count, chunks[axis] == 1, rowByteCount > Self.byteCount {
      axis += 1
      rowByteCount /= dimensions[axis]
    }
    // A chunk may be larger than its dataset.
    let chunk = min(chunks[axis], dimensions[axis])
    self.dimensions = dimensions
    self.axis = axis
    rowCount = min(chunk * max(1, Self.byteCount / (chunk * rowByteCount)), dimensions[axis])
  }

  /// The extents of a whole slab.
  var extents: [Int] { dimensions.indices.map { $0 < axis ? 1 : $0 == axis ? rowCount : dimensions[$0] } }

  /// The slab that begins at an element.
  func slab(at position: Int) -> Hyperslab {
    var start = dimensions
    var rest = position
    for axis in dimensions.indices.reversed() {
      (rest, start[axis]) = rest.quotientAndRemainder(dividingBy: dimensions[axis])
    }
    var count = extents
    count[axis] = min(rowCount, dimensions[axis] - start[axis])
    return Hyperslab(start: start, count: count)
  }
}
