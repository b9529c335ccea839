import Tensors

/// A tensor whose elements are at regular distances in a region of bytes, such as a transposed array.
struct StridedView: Sendable {
  /// The bytes.
  let region: ByteRegion
  /// The offset of the first element in bytes.
  let byteOffset: Int
  /// The size of an element.
  let elementByteCount: Int
  /// Whether elements have their most significant byte first.
  let isBigEndian: Bool
  /// The extents.
  let shape: Shape
  /// The distance between neighbours along each axis, in elements, at least 0.
  let strides: [Int]

  /// The size of the buffer for elements that are not in row-major order.
  private static let slabByteCount = 1 << 24

  /// Creates a view, after checking that all of its elements are within the bytes.
  ///
  /// - Parameters:
  ///   - offset: The offset of the first element, in elements.
  ///   - strides: The distances along the axes, in elements.
  /// - Throws: `InterchangeError` with code `.malformed` if an element would be outside the bytes.
  init(
    _ region: ByteRegion, offset: Int, elementByteCount: Int, isBigEndian: Bool = false, shape: Shape, strides: [Int]
  ) throws(InterchangeError) {
    self.region = region
    self.elementByteCount = elementByteCount
    self.isBigEndian = isBigEndian && elementByteCount > 1
    self.shape = shape
    self.strides = strides
    let available = region.byteCount / elementByteCount
    guard
      StridedView.extent(shape, strides).map({ extent in
        offset >= 0 && offset <= available && extent <= available - offset
      }) ?? false
    else {
      throw InterchangeError(
        .malformed, "a tensor of shape \(shape) is outside its \(region.byteCount) bytes", path: region.path)
    }
    byteOffset = offset * elementByteCount
  }

  /// The number of elements from the first to the last element, including gaps; nil for negative strides or numbers beyond `Int`.
  static func extent(_ shape: Shape, _ strides: [Int]) -> Int? {
    guard strides.count == shape.rank, strides.allSatisfy({ $0 >= 0 }) else { return nil }
    guard shape.elementCount > 0 else { return 0 }
    var last = 0
    for (extent, stride) in zip(shape.dimensions, strides) {
      let (distance, overflow) = (extent - 1).multipliedReportingOverflow(by: stride)
      let (sum, sumOverflow) = last.addingReportingOverflow(distance)
      guard !overflow, !sumOverflow, sum < .max else { return nil }
      last = sum
    }
    return last + 1
  }

  /// Whether the elements are in row-major order without gaps.
  var isContiguous: Bool {
    zip(zip(shape.dimensions, strides), shape.strides).allSatisfy { $0.0 <= 1 || $0.1 == $1 }
  }

  /// Calls a closure with the elements in row-major order, little-endian, in blocks of whole elements.
  func forEachBlock(_ body: (UnsafeRawBufferPointer) throws -> Void) throws {
    guard shape.elementCount > 0 else { return }
    if isContiguous {
      try region.forEachBlock(at: byteOffset, count: shape.elementCount * elementByteCount, unit: elementByteCount) {
        if isBigEndian { $0.reverseElements(of: elementByteCount) }
        try body(UnsafeRawBufferPointer($0))
      }
    } else {
      var window = Window(region: region)
      try emit(byteOffset / elementByteCount, shape.dimensions[...], strides[...], &window, body)
    }
  }

  /// Gathers a part of the tensor if it fits into the buffer. Otherwise, divides the part along its first axis.
  private func emit(
    _ offset: Int, _ extents: ArraySlice<Int>, _ strides: ArraySlice<Int>, _ window: inout Window,
    _ body: (UnsafeRawBufferPointer) throws -> Void
  ) throws {
    let rowByteCount = extents.dropFirst().reduce(elementByteCount, *)
    guard let count = extents.first, let stride = strides.first, count * rowByteCount > Self.slabByteCount else {
      return try gather(offset, extents, strides, &window, body)
    }
    let rowCount = Self.slabByteCount / rowByteCount
    for start in Swift.stride(from: 0, to: count, by: max(rowCount, 1)) {
      if rowCount == 0 {
        try emit(offset + start * stride, extents.dropFirst(), strides.dropFirst(), &window, body)
      } else {
        let rows = [min(rowCount, count - start)] + extents.dropFirst()
        try gather(offset + start * stride, rows[...], strides, &window, body)
      }
    }
  }

  /// Reads elements in the order of the file, from front to back, and puts each element at its position in row-major order.
  private func gather(
    _ offset: Int, _ extents: ArraySlice<Int>, _ strides: ArraySlice<Int>, _ window: inout Window,
    _ body: (UnsafeRawBufferPointer) throws -> Void
  ) throws {
    let places = Shape(Array(extents)).strides
    let axes = zip(zip(extents, strides), places).map { (count: $0.0, stride: $0.1, place: $1) }
      .filter { $0.count > 1 }.sorted { $0.stride > $1.stride }
    let byteCount = extents.reduce(elementByteCount, *)
    try withUnsafeTemporaryAllocation(byteCount: byteCount, alignment: 64) { buffer in
      var index = [Int](repeating: 0, count: axes.count)
      var (source, target) = (offset, 0)
      for _ in 0..<(byteCount / elementByteCount) {
        try window.copy(
          elementByteCount, at: source * elementByteCount,
          to: UnsafeMutableRawBufferPointer(rebasing: buffer[(target * elementByteCount)...].prefix(elementByteCount)))
        var axis = axes.count - 1
        while axis >= 0 {
          index[axis] += 1
          source += axes[axis].stride
          target += axes[axis].place
          guard index[axis] == axes[axis].count else { break }
          source -= axes[axis].count * axes[axis].stride
          target -= axes[axis].count * axes[axis].place
          index[axis] = 0
          axis -= 1
        }
      }
      if isBigEndian { buffer.reverseElements(of: elementByteCount) }
      try body(UnsafeRawBufferPointer(buffer))
    }
  }
}

/// A piece of a region in memory. Reads that are near each other share one piece.
private struct Window {
  let region: ByteRegion
  private var bytes: [UInt8] = []
  private var start = 0

  init(region: ByteRegion) { self.region = region }

  mutating func copy(_ count: Int, at offset: Int, to target: UnsafeMutableRawBufferPointer) throws {
    if offset < start || offset + count > start + bytes.count {
      // If a read continues the previous piece, more such reads probably follow, so read a large piece. Otherwise, read only the
      // requested bytes.
      let isNext = offset >= start && offset <= start + bytes.count + 4096
      bytes = try region.bytes(
        at: offset, count: min(max(count, isNext ? 1 << 18 : 1 << 12), region.byteCount - offset))
      start = offset
    }
    bytes.withUnsafeBytes {
      target.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[(offset - start)...].prefix(count)))
    }
  }
}

extension UnsafeMutableRawBufferPointer {
  /// Reverses the bytes of each element.
  func reverseElements(of byteCount: Int) {
    for start in stride(from: 0, to: count, by: byteCount) {
      for offset in 0..<(byteCount / 2) { swapAt(start + offset, start + byteCount - 1 - offset) }
    }
  }
}
