/// The positions of an array's numbers in a buffer.
///
/// Slices, transpositions, new axes and broadcasting make another view of the same buffer. They do not move numbers.
struct ArrayView: Hashable, Sendable {
  /// The index of the buffer in the plan.
  var buffer: Int
  /// The position of the first number in the buffer.
  var offset: Int
  /// The extents, outermost axis first.
  var dimensions: [Int]
  /// For each axis, the distance between neighbouring numbers; 0 if the whole axis uses the same number.
  var strides: [Int]

  /// A row-major array at the beginning of a buffer.
  init(buffer: Int, dimensions: [Int]) {
    self.init(buffer: buffer, dimensions: dimensions, order: Array(dimensions.indices))
  }

  /// A dense array at the beginning of a buffer, with its axes in the given order in memory, outermost first.
  init(buffer: Int, dimensions: [Int], order: [Int]) {
    self.buffer = buffer
    offset = 0
    self.dimensions = dimensions
    strides = [Int](repeating: 1, count: dimensions.count)
    var stride = 1
    for axis in order.reversed() {
      strides[axis] = stride
      stride *= dimensions[axis]
    }
  }

  /// The number of elements.
  var elementCount: Int { dimensions.reduce(1, *) }

  /// The axes in the order of memory, outermost first.
  var order: [Int] {
    // The strides of axes with one element have no meaning, so these axes keep their position.
    dimensions.indices.sorted { strides[$0] != strides[$1] ? strides[$0] > strides[$1] : $0 < $1 }
  }

  /// Whether the elements follow one another without gaps if the axes are read in the given order.
  func isDense(in order: [Int]) -> Bool {
    var expected = 1
    for axis in order.reversed() where dimensions[axis] != 1 {
      guard strides[axis] == expected else { return false }
      expected *= dimensions[axis]
    }
    return true
  }

  /// Whether the elements follow one another in row-major order.
  var isContiguous: Bool { isDense(in: Array(dimensions.indices)) }

  /// Whether all elements are the same number in the buffer.
  var isOneNumber: Bool { dimensions.indices.allSatisfy { strides[$0] == 0 || dimensions[$0] == 1 } }

  /// The distance between neighbouring pixels of images with channels last.
  var pixelStride: Int {
    if dimensions[3] > 1 { return strides[3] }
    if dimensions[2] > 1 { return strides[2] }
    return dimensions[0] > 1 ? strides[0] : dimensions[1]
  }

  /// The view that reads an operand as if it had another shape, under NumPy's broadcasting rule.
  func broadcast(to result: [Int]) -> ArrayView {
    var view = self
    let lead = result.count - dimensions.count
    view.dimensions = result
    view.strides = result.indices.map { axis in
      axis < lead || dimensions[axis - lead] == 1 ? 0 : strides[axis - lead]
    }
    return view
  }

  /// The view of one index along the first axis, without this axis.
  func row(_ index: Int) -> ArrayView {
    var view = self
    view.offset += index * strides[0]
    view.dimensions.removeFirst()
    view.strides.removeFirst()
    return view
  }

  /// The view with an additional axis of extent 1.
  func inserting(axis: Int) -> ArrayView {
    var view = self
    view.dimensions.insert(1, at: axis)
    view.strides.insert(0, at: axis)
    return view
  }

  /// A part of the view along an axis.
  func slice(axis: Int, from start: Int, count: Int) -> ArrayView {
    var view = self
    view.offset += start * strides[axis]
    view.dimensions[axis] = count
    return view
  }

  /// The view in the opposite order along an axis.
  func reversed(axis: Int) -> ArrayView {
    var view = self
    guard dimensions[axis] > 0 else { return view }
    view.offset += (dimensions[axis] - 1) * strides[axis]
    view.strides[axis] = -strides[axis]
    return view
  }

  /// The view with its axes in another order.
  func transposed(_ permutation: [Int]) -> ArrayView {
    var view = self
    view.dimensions = permutation.map { dimensions[$0] }
    view.strides = permutation.map { strides[$0] }
    return view
  }

  /// The view with other extents for the same elements in row-major order; nil if axes must be joined that are not evenly
  /// spaced in memory.
  func reshaped(to shape: [Int]) -> ArrayView? {
    var view = self
    view.dimensions = shape
    view.strides = shape.map { _ in 1 }
    for group in groups(for: shape) {
      let axes = group.old.filter { dimensions[$0] != 1 }
      for (axis, next) in zip(axes, axes.dropFirst()) where strides[axis] != strides[next] * dimensions[next] {
        return nil
      }
      var stride = axes.last.map { strides[$0] } ?? 1
      for axis in group.new.reversed() {
        view.strides[axis] = stride
        stride *= shape[axis]
      }
    }
    return view
  }

  /// The order of the axes in memory that permits another shape without another copy, and is as close as possible to the present
  /// order.
  func order(for shape: [Int]) -> [Int] {
    let places = Dictionary(uniqueKeysWithValues: order.enumerated().map { ($1, $0) })
    func place(_ axes: Range<Int>) -> Int { axes.filter { dimensions[$0] != 1 }.compactMap { places[$0] }.min() ?? 0 }
    return groups(for: shape).map(\.old).sorted { place($0) < place($1) }.flatMap { $0 }
  }

  /// The smallest groups of neighbouring axes with the same number of elements in both shapes.
  private func groups(for shape: [Int]) -> [(old: Range<Int>, new: Range<Int>)] {
    var groups: [(old: Range<Int>, new: Range<Int>)] = []
    var (old, new) = (0, 0)
    while old < dimensions.count || new < shape.count {
      var (oldEnd, newEnd, oldCount, newCount) = (old, new, 1, 1)
      repeat {
        if newEnd == shape.count || oldCount <= newCount && oldEnd < dimensions.count {
          oldCount *= dimensions[oldEnd]
          oldEnd += 1
        } else {
          newCount *= shape[newEnd]
          newEnd += 1
        }
      } while oldCount != newCount
      groups.append((old..<oldEnd, new..<newEnd))
      (old, new) = (oldEnd, newEnd)
    }
    return groups
  }

  /// The array as the rows of a matrix: all axes but the last are joined. `stride` is the distance between two rows. Nil if the
  /// rows are not evenly spaced, or if the numbers of a row are not contiguous.
  var rows: (count: Int, length: Int, stride: Int)? {
    guard let length = dimensions.last else { return nil }
    guard strides.last == 1 || length == 1 else { return nil }
    var count = 1
    var stride: Int?
    for axis in dimensions.indices.dropLast().reversed() where dimensions[axis] != 1 {
      guard strides[axis] == stride.map({ $0 * count }) ?? strides[axis], strides[axis] > 0 else { return nil }
      stride = stride ?? strides[axis]
      count *= dimensions[axis]
    }
    return (count, length, stride ?? length)
  }
}
