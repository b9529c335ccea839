import CKernels
import Tensors

/// Multiplies rows by a matrix that was packed when the program was planned. A normalization of the result may follow, with one row of
/// numbers for each group of rows.
struct Product: FusibleInstruction {
  /// The left matrix. Its last axis is contiguous, and its rows are evenly spaced.
  let left: ArrayView
  /// The packed matrix.
  let right: ArrayView
  let columnCount: Int
  private(set) var result: ArrayView
  private var normalization: Epilogue.Normalization?

  init(left: ArrayView, right: ArrayView, columnCount: Int, result: ArrayView) {
    (self.left, self.right, self.columnCount, self.result) = (left, right, columnCount, result)
  }

  var reads: [ArrayView] { [left, right] + (normalization?.operands ?? []) }
  var writes: [ArrayView] { [result] }

  func run(in memory: Memory) {
    guard let rows = left.rows else { return }
    let (numbers, packed, target) = (memory[left], memory[right], memory[result])
    let groupCount = normalization?.groupCount ?? 1
    let rowsOfGroup = rows.count / groupCount
    let multiplications = (rows.count * rows.length).multipliedReportingOverflow(by: columnCount).partialValue
    concurrentRanges(of: rows.count, ofMultiplications: multiplications) { range in
      var first = range.lowerBound
      while first < range.upperBound {
        let group = first / rowsOfGroup
        let part = first..<min((group + 1) * rowsOfGroup, range.upperBound)
        first = part.upperBound
        func multiply(_ epilogue: UnsafePointer<ck_epilogue>?) {
          ck_multiply(
            numbers + part.lowerBound * rows.stride, rows.stride, packed, part.count, rows.length, columnCount,
            target + part.lowerBound * columnCount, columnCount, epilogue)
        }
        if var epilogue = normalization?.kernel(in: memory, group: group, from: part.lowerBound) {
          multiply(&epilogue)
        } else {
          multiply(nil)
        }
      }
    }
  }

  /// Each group needs a call of the kernel, which is slow for fewer rows.
  private static let fewestRowsOfGroup = 8

  mutating func append(_ epilogue: Epilogue, to result: ArrayView) -> Bool {
    var epilogues = normalization.map { [Epilogue.normalize($0)] } ?? []
    epilogues.append(merging: epilogue)
    guard epilogues.count == 1, case .normalize(let normalization) = epilogues[0] else { return false }
    let rowCount = self.result.elementCount / columnCount
    guard normalization.groupCount == 1 || rowCount / normalization.groupCount >= Self.fewestRowsOfGroup else {
      return false
    }
    self.normalization = normalization
    self.result = result
    return true
  }

  func pixels(of view: ArrayView) -> ArrayView {
    var matrix = view
    matrix.dimensions = [result.elementCount / columnCount, columnCount]
    matrix.strides = [columnCount, 1]
    return matrix
  }

  func coefficients(of view: ArrayView) -> ArrayView? {
    let last = view.dimensions.count - 1
    guard result.isContiguous, last >= 0, view.strides[last] == 0 || view.strides[last] == 1,
      (1..<max(last, 1)).allSatisfy({ view.strides[$0] == 0 || view.dimensions[$0] == 1 })
    else { return nil }
    let hasGroups = last > 0 && view.dimensions[0] > 1 && view.strides[0] != 0
    var rows = view
    rows.dimensions = [hasGroups ? view.dimensions[0] : 1, columnCount]
    rows.strides = [hasGroups ? view.strides[0] : 0, view.strides[last]]
    return rows
  }
}

/// Multiplies rows by a matrix that the program computes.
struct UnpackedProduct: Instruction {
  let left: ArrayView
  let right: ArrayView
  let result: ArrayView

  var reads: [ArrayView] { [left, right] }
  var writes: [ArrayView] { [result] }

  func run(in memory: Memory) {
    guard let rows = left.rows, let columnCount = right.dimensions.last else { return }
    ck_multiply_unpacked(
      memory[left], rows.stride, memory[right], rows.count, rows.length, columnCount, memory[result], columnCount)
  }
}
