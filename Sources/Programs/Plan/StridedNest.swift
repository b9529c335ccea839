/// The loops that visit the elements of a result and up to five operands. The innermost loops are as long as the strides allow.
///
/// Lane 0 of every vector is for the result, and the other lanes are for the operands.
struct StridedNest: Sendable {
  /// The loops around a run (the innermost loop), outermost first. Steps are distances between elements, one for each array.
  let outer: [(extent: Int, steps: SIMD8<Int>)]
  /// The number of elements in a run.
  let runLength: Int
  /// The distance between neighbouring elements of a run, for each array.
  let runSteps: SIMD8<Int>

  /// Plans the loops over the axes of a result, in the order of the result's memory.
  init(result: ArrayView, operands: [ArrayView]) {
    var merged: [(extent: Int, steps: SIMD8<Int>)] = []
    for axis in result.order where result.dimensions[axis] != 1 {
      var steps = SIMD8<Int>(repeating: 0)
      steps[0] = result.strides[axis]
      for (lane, operand) in operands.enumerated() { steps[lane + 1] = operand.strides[axis] }
      let extent = result.dimensions[axis]
      if let last = merged.last, last.steps == steps &* SIMD8(repeating: extent) {
        merged[merged.count - 1] = (last.extent * extent, steps)
      } else {
        merged.append((extent, steps))
      }
    }
    let isEmpty = result.dimensions.contains(0)
    let run = merged.popLast() ?? (1, SIMD8(1, 0, 0, 0, 0, 0, 0, 0))
    outer = merged
    runLength = isEmpty ? 0 : run.extent
    runSteps = run.steps
  }

  /// The same loops without the innermost loop around a run.
  var droppingLast: StridedNest {
    StridedNest(outer: Array(outer.dropLast()), runLength: runLength, runSteps: runSteps)
  }

  private init(outer: [(extent: Int, steps: SIMD8<Int>)], runLength: Int, runSteps: SIMD8<Int>) {
    (self.outer, self.runLength, self.runSteps) = (outer, runLength, runSteps)
  }

  /// Calls a body for each run, with the run's distance from the first run in each array.
  @inline(__always)
  func forEachRun(_ body: (SIMD8<Int>) -> Void) {
    guard runLength > 0 else { return }
    switch outer.count {
    case 0: body(.zero)
    case 1:
      var offset = SIMD8<Int>.zero
      for _ in 0..<outer[0].extent {
        body(offset)
        offset &+= outer[0].steps
      }
    default:
      var position = [Int](repeating: 0, count: outer.count)
      var offset = SIMD8<Int>.zero
      while true {
        body(offset)
        var axis = outer.count - 1
        while axis >= 0 {
          position[axis] += 1
          offset &+= outer[axis].steps
          if position[axis] < outer[axis].extent { break }
          offset &-= outer[axis].steps &* SIMD8(repeating: position[axis])
          position[axis] = 0
          axis -= 1
        }
        if axis < 0 { return }
      }
    }
  }
}
