/// Divides a dataset into slabs, so that it can be read or written slab by slab. The elements of a slab are consecutive in row-major
/// order: a slab has some positions of one axis, all positions of each later axis, and a single position of each earlier axis.
struct SlabSequence: Hashable, Sendable {
  /// The approximate size of a slab.
  private static let byteCount = 1 << 20

  let dimensions: [Int]
  private let axis: Int
  private let rowCount: Int

  /// The slabs of a dataset with at least one axis and one element. A slab has about 1 MiB and contains whole chunks, because the
  /// library expands a whole chunk even if only a part of it is read.
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

  /// The slabs that are single chunks; nil if the elements of a chunk are not consecutive in row-major order.
  init?(_ dimensions: [Int], chunks: [Int]) {
    guard !dimensions.isEmpty, !dimensions.contains(0), chunks.count == dimensions.count else { return nil }
    axis = chunks.firstIndex { $0 != 1 } ?? chunks.count - 1
    guard chunks[(axis + 1)...].elementsEqual(dimensions[(axis + 1)...]) else { return nil }
    self.dimensions = dimensions
    rowCount = min(chunks[axis], dimensions[axis])
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
