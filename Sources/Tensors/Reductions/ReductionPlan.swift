/// The plan of a reduction: it maps each run of elements of a row-major tensor to the result elements.
struct ReductionPlan {
  /// The result's shape.
  let resultShape: Shape
  /// The number of elements that each result element summarizes.
  let reducedCount: Int

  private let nest: LoopNest

  /// Checks the axes of a reduction.
  ///
  /// - Throws: `TensorError` with code `.outOfRange` for an axis that the shape does not have or that is named twice, or
  ///   `.invalidShape` if there is no memory for the result.
  init(
    _ shape: Shape, over axes: [Int], keepingDimensions: Bool, operation: String
  ) throws(TensorError) {
    var isReduced = [Bool](repeating: false, count: shape.rank)
    for axis in axes {
      guard isReduced.indices.contains(axis) else {
        throw TensorError(
          .outOfRange,
          "\(operation) over axis \(axis) of shape \(shape) is not possible: the shape has \(shape.rank) axes")
      }
      guard !isReduced[axis] else {
        throw TensorError(.outOfRange, "\(operation) of shape \(shape) names axis \(axis) twice in \(axes)")
      }
      isReduced[axis] = true
    }
    let kept = try Shape(checking: shape.dimensions.indices.map { isReduced[$0] ? 1 : shape[$0] })
    let resultStrides = zip(isReduced, kept.strides).map { $0 ? 0 : $1 }
    nest = LoopNest(extents: shape.dimensions, firstStrides: shape.strides, secondStrides: resultStrides)
    reducedCount = axes.reduce(1) { $0 * shape[$1] }
    resultShape =
      keepingDimensions
      ? kept : try Shape(checking: shape.dimensions.indices.filter { !isReduced[$0] }.map { shape[$0] })
    try resultShape.checkFitsMemory(as: .float64)
  }

  /// Checks that there are elements to reduce, for operations that are not defined for 0 elements.
  ///
  /// - Throws: `TensorError` with code `.invalidShape` if a result element would summarize no elements.
  func requireElements(of shape: Shape, operation: String) throws(TensorError) {
    guard reducedCount > 0 || resultShape.elementCount == 0 else {
      throw TensorError(.invalidShape, "\(operation) over 0 elements of a tensor of shape \(shape) has no value")
    }
  }

  /// Sums `term(element, result index)` in double precision for each result element; see `sums(_:)`.
  @inline(__always)
  func sums<Element>(of elements: [Element], _ term: (Element, Int) -> Double) -> [Double] {
    elements.withUnsafeBufferPointer { elements in sums { term(elements[$0], $1) } }
  }

  /// Sums `term(element index, result index)` in double precision for each result element.
  ///
  /// A run for a single result element is summed in eight interleaved partial sums. The order depends only on the shape, and the
  /// compiler can vectorize it.
  @inline(__always)
  func sums(_ term: (Int, Int) -> Double) -> [Double] {
    var sums = [Double](repeating: 0, count: resultShape.elementCount)
    let length = nest.runLength
    let isReducedRun = nest.secondRunStride == 0
    sums.withUnsafeMutableBufferPointer { sums in
      nest.forEachRun { start, result in
        guard isReducedRun else {
          for index in 0..<length { sums[result + index] += term(start + index, result + index) }
          return
        }
        var partial = SIMD8<Double>.zero
        let wholeLength = length & ~7
        for index in stride(from: 0, to: wholeLength, by: 8) {
          let base = start + index
          partial += SIMD8(
            term(base, result), term(base + 1, result), term(base + 2, result), term(base + 3, result),
            term(base + 4, result), term(base + 5, result), term(base + 6, result), term(base + 7, result))
        }
        var sum = partial.sum()
        for index in wholeLength..<length { sum += term(start + index, result) }
        sums[result] += sum
      }
    }
    return sums
  }

  /// Combines elements into each result element, beginning with `initial`. The order of elements must not matter to the function.
  @inline(__always)
  func folded<Element>(_ elements: [Element], initial: Element, _ combine: (Element, Element) -> Element) -> [Element] {
    var results = [Element](repeating: initial, count: resultShape.elementCount)
    let length = nest.runLength
    let isReducedRun = nest.secondRunStride == 0
    results.withUnsafeMutableBufferPointer { results in
      elements.withUnsafeBufferPointer { elements in
        nest.forEachRun { start, result in
          if isReducedRun {
            var value = results[result]
            for index in 0..<length { value = combine(value, elements[start + index]) }
            results[result] = value
          } else {
            for index in 0..<length {
              results[result + index] = combine(results[result + index], elements[start + index])
            }
          }
        }
      }
    }
    return results
  }
}
