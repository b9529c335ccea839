import Names
import Tensors

extension Estimation {
  /// The population statistics of one brick, from its records in a collection, in bounded memory.
  ///
  /// Elements do not depend on each other. If the values of all records need more memory than the limit, the records are read
  /// several times, and each time only some elements of each record are kept. The result is the same.
  ///
  /// - Parameter byteLimit: The number of bytes for the values of records. At least one element of each record is kept.
  /// - Complexity: O(values), and one pass over the records for each block of elements.
  /// - Throws: The errors of `estimate(brick:in:)` and of the collection.
  package func estimate(brick: Name, in updates: some UpdateCollection, byteLimit: Int) throws -> Estimate {
    let all = updates.forms
    let indices = all.indices.filter { all[$0].brick == brick }
    let size = indices.first.map { all[$0].exampleShape.elementCount } ?? 0
    let stepCount = indices.reduce(0) { $0 + all[$1].minibatches.count * all[$1].stepCount }
    // Means and deviations. The arrays of several applications are joined, so they are twice in memory.
    let elementByteCount = stepCount * 16 * min(indices.count, 2)
    let blockSize = max(1, byteLimit / max(elementByteCount, 1))
    guard blockSize < size else { return try estimate(brick: brick, in: updates.updates(of: brick)) }
    let blocks = try stride(from: 0, to: size, by: blockSize).map { start in
      let range = start..<min(start + blockSize, size)
      var estimation = self
      estimation.firstElement = start
      estimation.initialValues[brick] = initialValues[brick].map { $0.elements(range) }
      let stacks = try indices.map { index in
        try UpdateStack(
          reading: updates.rows(of: index, keeping: [.mean, .standardDeviation]), as: all[index], elements: range)
      }
      return try estimation.estimate(brick: brick, in: UpdateSet(checked: updates.minibatches, stacks))
    }
    return Estimate(joining: blocks, exampleShape: all[indices[0]].exampleShape)
  }
}

extension Estimate {
  /// An estimate of all elements from estimates of consecutive elements.
  fileprivate init(joining blocks: [Estimate], exampleShape: Shape) {
    let first = blocks[0]
    func joined(_ values: (Estimate) -> [Double]?) -> [Double]? {
      guard values(first) != nil else { return nil }
      return (0..<first.stepCount).flatMap { step in
        blocks.flatMap { block in
          let count = block.exampleShape.elementCount
          return values(block).map { $0[step * count..<(step + 1) * count] } ?? []
        }
      }
    }
    self.init(
      brick: first.brick, estimator: first.estimator, epsilon: first.epsilon, exampleShape: exampleShape,
      hasTimeSteps: first.hasTimeSteps, scalarType: first.scalarType, mean: joined(\.mean),
      standardDeviation: joined(\.standardDeviation), counts: first.counts, recordCount: first.recordCount,
      filledSteps: first.filledSteps, parametersDigests: first.parametersDigests)
  }
}

extension StatisticValues {
  /// Some elements of each step.
  fileprivate func elements(_ range: Range<Int>) -> StatisticValues {
    let size = exampleShape.elementCount
    guard range.upperBound <= size else { return self }
    func part(_ values: [Double]) -> [Double] {
      stride(from: 0, to: values.count, by: size).flatMap { values[$0 + range.lowerBound..<$0 + range.upperBound] }
    }
    return StatisticValues(
      checked: [range.count], hasTimeSteps: hasTimeSteps, mean: mean.map(part),
      standardDeviation: standardDeviation.map(part), counts: counts)
  }
}
