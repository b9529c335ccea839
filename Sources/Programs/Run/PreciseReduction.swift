import CKernels

/// A sum, mean or biased variance over axes, in double precision.
struct PreciseReduction: Instruction {
  /// The terms of the sums.
  enum Summand: Sendable {
    case elements
    /// Squares of the differences from means. There is one mean for each element of the result.
    case squaredDeviations(from: PreciseView)
  }

  let summand: Summand
  let operand: ArrayView
  /// The number that divides each sum.
  let divisor: Double
  let result: PreciseView
  /// The loops in the order of the operand's memory. Lane 1 is for the result.
  private let nest: StridedNest

  init(_ summand: Summand, over axes: [Int], of operand: ArrayView, dividedBy divisor: Double, to result: PreciseView) {
    self.summand = summand
    self.operand = operand
    self.divisor = divisor
    self.result = result
    var place = ArrayView(
      buffer: 0, dimensions: operand.dimensions.indices.map { axes.contains($0) ? 1 : operand.dimensions[$0] })
    for axis in axes { place.strides[axis] = 0 }
    place.dimensions = operand.dimensions
    let order = operand.order
    nest = StridedNest(result: operand.transposed(order), operands: [place.transposed(order)])
  }

  var reads: [ArrayView] {
    if case .squaredDeviations(let means) = summand { [operand, means.floats] } else { [operand] }
  }
  var writes: [ArrayView] { [result.floats] }

  func run(in memory: Memory) {
    let sums = memory[result]
    sums.update(repeating: 0, count: result.elementCount)
    let source = UnsafePointer(memory[operand])
    // If all rows of the innermost loop belong to the same results, one call of the kernel adds all of them.
    let isByRows = nest.runSteps[0] == 1 && nest.runSteps[1] == 1
    let rows = isByRows ? nest.outer.last.flatMap { $0.steps[1] == 0 ? $0 : nil } : nil
    let outer = rows == nil ? nest : nest.droppingLast
    outer.forEachRun { offset in
      let (numbers, target) = (source + offset[0], sums + offset[1])
      switch summand {
      case .elements:
        if isByRows {
          ck_add_rows(numbers, rows?.extent ?? 1, rows?.steps[0] ?? 0, nest.runLength, target)
        } else {
          PreciseReduction.add(numbers, nest, to: target) { number, _ in number }
        }
      case .squaredDeviations(let means):
        let centers = UnsafePointer(memory[means] + offset[1])
        if isByRows {
          ck_add_squared_deviations(
            numbers, rows?.extent ?? 1, rows?.steps[0] ?? 0, nest.runLength, centers, target)
        } else {
          PreciseReduction.add(numbers, nest, to: target) { number, place in
            let deviation = number - centers[place]
            return deviation * deviation
          }
        }
      }
    }
    for index in 0..<result.elementCount { sums[index] /= divisor }
  }

  @inline(__always)
  private static func add(
    _ numbers: UnsafePointer<Float>, _ nest: StridedNest, to sums: UnsafeMutablePointer<Double>,
    _ summand: (_ number: Double, _ place: Int) -> Double
  ) {
    let (step, placeStep) = (nest.runSteps[0], nest.runSteps[1])
    guard placeStep == 0 else {
      for index in 0..<nest.runLength {
        sums[index * placeStep] += summand(Double(numbers[index * step]), index * placeStep)
      }
      return
    }
    // Four independent sums run at the same time in the processor.
    var partial = SIMD4<Double>.zero
    let whole = nest.runLength & ~3
    for index in stride(from: 0, to: whole, by: 4) {
      for lane in 0..<4 { partial[lane] += summand(Double(numbers[(index + lane) * step]), 0) }
    }
    var sum = partial.sum()
    for index in whole..<nest.runLength { sum += summand(Double(numbers[index * step]), 0) }
    sums[0] += sum
  }
}
