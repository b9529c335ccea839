import CKernels

/// Copies the numbers of a view to another view, usually a dense one.
struct Rearrangement: Instruction {
  let source: ArrayView
  let result: ArrayView
  private let nest: StridedNest
  /// The size of each matrix, and the loops over the matrices, if the copy transposes dense matrices, for instance when images change
  /// to the layout with channels last; nil for other copies.
  private let transpositions: (around: StridedNest, rows: Int, columns: Int)?

  init(source: ArrayView, result: ArrayView) {
    self.source = source
    self.result = result
    nest = StridedNest(result: result, operands: [source])
    // Each run is a column of the matrix, and a row of the result.
    if let columns = nest.outer.last, nest.runLength > 1, nest.runSteps[0] == 1, columns.steps[0] == nest.runLength,
      columns.steps[1] == 1, nest.runSteps[1] == columns.extent
    {
      transpositions = (nest.droppingLast, nest.runLength, columns.extent)
    } else {
      transpositions = nil
    }
  }

  var reads: [ArrayView] { [source] }
  var writes: [ArrayView] { [result] }

  func run(in memory: Memory) {
    let (from, to) = (memory[source], memory[result])
    if let (around, rows, columns) = transpositions {
      around.forEachRun { ck_transpose(from + $0[1], rows, columns, to + $0[0]) }
      return
    }
    let (targetStep, sourceStep) = (nest.runSteps[0], nest.runSteps[1])
    nest.forEachRun { offset in
      let (target, source) = (to + offset[0], from + offset[1])
      if targetStep == 1, sourceStep == 1 {
        target.update(from: source, count: nest.runLength)
      } else {
        for index in 0..<nest.runLength { target[index * targetStep] = source[index * sourceStep] }
      }
    }
  }
}
