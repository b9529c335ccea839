/// The loops that visit the elements of two strided operands in row-major order. The innermost loops are as long as the strides
/// allow.
///
/// Axes of extent 1 are dropped. Neighbouring axes that both operands step through evenly are merged. The innermost axis that
/// results is a *run*: a single loop with one constant step per operand. Broadcasting, slicing, transposing and reducing differ only in
/// their strides. A stride of 0 repeats an element.
struct LoopNest {
  /// The extents of the loops around a run, outermost first.
  private let extents: [Int]
  private let firstStrides: [Int]
  private let secondStrides: [Int]

  /// The number of elements in each run; 0 if there is nothing to visit.
  let runLength: Int
  /// The step of the first operand from one element of a run to the next.
  let firstRunStride: Int
  /// The step of the second operand from one element of a run to the next.
  let secondRunStride: Int

  /// Plans the loops over `extents`, with one stride per axis for each operand.
  init(extents: [Int], firstStrides: [Int], secondStrides: [Int]) {
    precondition(extents.count == firstStrides.count && extents.count == secondStrides.count)
    var merged: [(extent: Int, first: Int, second: Int)] = []
    for axis in extents.indices where extents[axis] != 1 {
      let (extent, first, second) = (extents[axis], firstStrides[axis], secondStrides[axis])
      if let outer = merged.last, outer.first == extent * first, outer.second == extent * second {
        merged[merged.count - 1] = (outer.extent * extent, first, second)
      } else {
        merged.append((extent, first, second))
      }
    }
    let isEmpty = extents.contains(0)
    let run = merged.popLast() ?? (extent: 1, first: 1, second: 1)
    self.extents = isEmpty ? [0] : merged.map(\.extent)
    self.firstStrides = isEmpty ? [0] : merged.map(\.first)
    self.secondStrides = isEmpty ? [0] : merged.map(\.second)
    runLength = isEmpty ? 0 : run.extent
    firstRunStride = run.first
    secondRunStride = run.second
  }

  /// Calls `body` for each run in row-major order, with the offset of the run's first element in each operand.
  @inline(__always)
  func forEachRun(_ body: (_ first: Int, _ second: Int) -> Void) {
    guard runLength > 0 else { return }
    var position = [Int](repeating: 0, count: extents.count)
    var first = 0
    var second = 0
    while true {
      body(first, second)
      var axis = extents.count - 1
      while axis >= 0 {
        position[axis] += 1
        first += firstStrides[axis]
        second += secondStrides[axis]
        if position[axis] < extents[axis] { break }
        first -= position[axis] * firstStrides[axis]
        second -= position[axis] * secondStrides[axis]
        position[axis] = 0
        axis -= 1
      }
      if axis < 0 { return }
    }
  }
}

extension Shape {
  /// The strides that read an operand of this shape as if it had the shape `result`. Axes are aligned at the end, and repeated
  /// axes have the stride 0. The operand must broadcast to `result`.
  func broadcastStrides(to result: Shape) -> [Int] {
    let lead = result.rank - rank
    let own = strides
    return result.dimensions.indices.map { axis in
      axis < lead || dimensions[axis - lead] == 1 ? 0 : own[axis - lead]
    }
  }
}
