import CKernels
import ComputationGraphs
import Tensors

/// A sum, mean, maximum or minimum over axes. Sums are accumulated in double precision and rounded once.
struct Reduction: Instruction {
  let reduction: GraphOperation.Reduction
  let axes: [Int]
  let operand: ArrayView
  /// The row-major result. The reduced axes are left out, or have extent 1.
  let result: ArrayView
  /// The loops in the order of the operand's memory. Lane 1 is for the result.
  private let nest: StridedNest
  /// If consecutive runs are added to the same sums, the loops without the innermost loop around these runs; otherwise nil.
  private let aroundRows: StridedNest?

  init(reduction: GraphOperation.Reduction, axes: [Int], operand: ArrayView, result: ArrayView) {
    self.reduction = reduction
    self.axes = axes
    self.operand = operand
    self.result = result
    let kept = operand.dimensions.indices.map { axes.contains($0) ? 1 : operand.dimensions[$0] }
    var place = ArrayView(buffer: 0, dimensions: kept)
    for axis in axes { place.strides[axis] = 0 }
    place.dimensions = operand.dimensions
    let order = operand.order
    nest = StridedNest(result: operand.transposed(order), operands: [place.transposed(order)])
    let isByRows = nest.runSteps[0] == 1 && nest.runSteps[1] == 1 && nest.outer.last?.steps[1] == 0
    aroundRows = isByRows ? nest.droppingLast : nil
  }

  var reads: [ArrayView] { [operand] }
  var writes: [ArrayView] { [result] }

  func run(in memory: Memory) {
    let source = memory[operand]
    let target = memory[result]
    let resultCount = result.elementCount
    switch reduction {
    case .sum, .mean:
      let divisor = reduction == .mean ? Double(axes.reduce(1) { $0 * operand.dimensions[$1] }) : 1
      withUnsafeTemporaryAllocation(of: Double.self, capacity: max(resultCount, 1)) { sums in
        sums.initialize(repeating: 0)
        let rows = aroundRows == nil ? nil : nest.outer.last
        (aroundRows ?? nest).forEachRun { offset in
          let numbers = source + offset[0]
          let step = nest.runSteps[0]
          if nest.runSteps[1] == 0 {
            var partial = SIMD8<Double>.zero
            let whole = step == 1 ? nest.runLength & ~7 : 0
            for index in stride(from: 0, to: whole, by: 8) {
              partial += SIMD8<Double>(UnsafeRawPointer(numbers + index).loadUnaligned(as: SIMD8<Float>.self))
            }
            var sum = partial.sum()
            for index in whole..<nest.runLength { sum += Double(numbers[index * step]) }
            sums[offset[1]] += sum
          } else if step == 1, nest.runSteps[1] == 1, let sums = sums.baseAddress {
            ck_add_rows(numbers, rows?.extent ?? 1, rows?.steps[0] ?? 0, nest.runLength, sums + offset[1])
          } else {
            for index in 0..<nest.runLength {
              sums[offset[1] + index * nest.runSteps[1]] += Double(numbers[index * step])
            }
          }
        }
        for index in 0..<resultCount { target[index] = Float(sums[index] / divisor) }
      }
    case .maximum, .minimum, .variance:
      target.update(repeating: reduction == .maximum ? -.infinity : .infinity, count: resultCount)
      nest.forEachRun { offset in
        for index in 0..<nest.runLength {
          let place = offset[1] + index * nest.runSteps[1]
          let (old, new) = (target[place], source[offset[0] + index * nest.runSteps[0]])
          let isBetter = reduction == .maximum ? new > old : new < old
          // Every comparison with NaN is false. So the second condition accepts a new NaN, and the first condition keeps an earlier
          // NaN.
          if !old.isNaN, isBetter || new.isNaN { target[place] = new }
        }
      }
    }
  }
}
