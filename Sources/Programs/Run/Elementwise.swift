import CKernels

/// Applies a function to corresponding elements of up to four operands, one run at a time.
struct Elementwise: Instruction {
  /// The functions.
  enum Function: Hashable, Sendable {
    case copy
    case unary(ck_unary_operation)
    case binary(ck_binary_operation)
    /// (first − second) / fifth · third + fourth. There may be no fifth operand.
    case normalize
    /// The second operand at positions where the first is not 0, and the third at all other positions
    case select
    case clip(minimum: Float, maximum: Float)
  }

  let function: Function
  let operands: [ArrayView]
  let result: ArrayView
  private let nest: StridedNest

  /// An instruction for operands of the result's shape. Along the result's innermost axis in memory, the stride of each operand must
  /// be 1 or 0. The first operand of `unary`, `clip` and `normalize` must have the stride 1.
  init(_ function: Function, _ operands: [ArrayView], to result: ArrayView) {
    self.function = function
    self.operands = operands
    self.result = result
    nest = StridedNest(result: result, operands: operands)
  }

  /// Whether the kernels can read the operands in place.
  var isReadable: Bool {
    guard nest.runSteps[0] == 1 || nest.runLength <= 1 else { return false }
    if nest.runLength <= 1 { return true }
    return operands.indices.allSatisfy { lane in
      let step = nest.runSteps[lane + 1]
      return step == 1 || step == 0 && isRepeatable(lane)
    }
  }

  private func isRepeatable(_ lane: Int) -> Bool {
    switch function {
    case .copy, .binary, .select: true
    case .unary, .clip: false
    case .normalize: lane > 0
    }
  }

  var reads: [ArrayView] { operands }
  var writes: [ArrayView] { [result] }

  func run(in memory: Memory) {
    let target = memory[result]
    let sources = operands.map { UnsafePointer(memory[$0]) }
    let count = nest.runLength
    func stride(_ lane: Int) -> Int { count == 1 ? 0 : nest.runSteps[lane] }
    switch function {
    case .copy:
      let step = stride(1)
      nest.forEachRun { offset in
        if step == 1 || count == 1 {
          (target + offset[0]).update(from: sources[0] + offset[1], count: count)
        } else {
          (target + offset[0]).update(repeating: sources[0][offset[1]], count: count)
        }
      }
    case .unary(let operation):
      nest.forEachRun { ck_unary(operation, sources[0] + $0[1], target + $0[0], count) }
    case .binary(let operation):
      let (left, right) = (stride(1), stride(2))
      nest.forEachRun {
        ck_binary(operation, sources[0] + $0[1], left, sources[1] + $0[2], right, target + $0[0], count)
      }
    case .normalize:
      let (center, scale, shift) = (stride(2), stride(3), stride(4))
      guard sources.count > 4 else {
        return nest.forEachRun {
          ck_normalize(
            sources[0] + $0[1], sources[1] + $0[2], center, sources[2] + $0[3], scale, sources[3] + $0[4], shift,
            target + $0[0], count)
        }
      }
      let divisor = stride(5)
      nest.forEachRun {
        let result = target + $0[0]
        ck_binary(ck_subtract, sources[0] + $0[1], stride(1), sources[1] + $0[2], center, result, count)
        ck_binary(ck_divide, result, 1, sources[4] + $0[5], divisor, result, count)
        ck_binary(ck_multiply_elements, result, 1, sources[2] + $0[3], scale, result, count)
        ck_binary(ck_add, result, 1, sources[3] + $0[4], shift, result, count)
      }
    case .select:
      let (condition, first, second) = (stride(1), stride(2), stride(3))
      nest.forEachRun {
        ck_select(
          sources[0] + $0[1], condition, sources[1] + $0[2], first, sources[2] + $0[3], second, target + $0[0], count)
      }
    case .clip(let minimum, let maximum):
      nest.forEachRun { ck_clip(sources[0] + $0[1], minimum, maximum, target + $0[0], count) }
    }
  }
}
