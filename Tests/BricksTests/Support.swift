import Bricks
@_exported import TestSupport
import Testing

/// Expects a `BrickError` of a code whose description contains every text, and returns the error.
@discardableResult
func expectError<Result>(
  _ code: BrickError.Code, mentioning texts: String..., sourceLocation: SourceLocation = #_sourceLocation,
  _ body: () throws -> Result
) -> BrickError? {
  expectError(BrickError.self, mentioning: texts, sourceLocation: sourceLocation, body) { $0.code == code }
}

/// Expects a `GraphError` of a code whose description contains every text, and returns the error.
@discardableResult
func expectError<Result>(
  _ code: GraphError.Code, mentioning texts: String..., sourceLocation: SourceLocation = #_sourceLocation,
  _ body: () throws -> Result
) -> GraphError? {
  expectError(GraphError.self, mentioning: texts, sourceLocation: sourceLocation, body) { $0.code == code }
}

/// Numbers uniform in (1, 10), the same at every run.
func uniformInput(_ shape: [Int], seed: UInt64 = 1, type: ScalarType = .float64) throws -> Tensor {
  var generator = TestGenerator(state: seed)
  let shape = try Shape(checking: shape)
  return try Tensor((0..<shape.elementCount).map { _ in Double.random(in: 1..<10, using: &generator) }, shape: shape)
    .converted(to: type)
}

/// A linear congruential generator (Knuth's MMIX constants), independent of the project's own.
struct TestGenerator: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    var bits: UInt64 = 0
    for _ in 0..<2 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      bits = bits << 32 | state >> 32
    }
    return bits
  }
}

/// A test's origin of statistics that it sets by hand.
func observed(epsilon: Double = 1e-4, counts: [Int64] = [9]) -> StatisticOrigin {
  StatisticOrigin(epsilon: epsilon, observationCounts: counts, estimator: "pooled", records: 1, parametersDigest: nil)
}

extension Model {
  /// Sets a saved tensor, of whichever kind, to numbers.
  mutating func set(_ path: Name, to values: [Double]) throws {
    let path = try self.path(path)
    let current = try tensor(path)
    let tensor = try Tensor(values, shape: current.shape).converted(to: current.type)
    if path.collection == .statistics {
      let origin = origins[path]
      let counts = [Int64](repeating: 9, count: origin?.observationCounts.count ?? 1)
      try setStatistic(path, to: tensor, origin: observed(epsilon: origin?.epsilon ?? 1e-4, counts: counts))
    } else {
      try set(path, to: tensor)
    }
  }

  /// The output of the model's training graph.
  func training(_ input: Tensor) throws -> Tensor {
    try #require(try Interpreter(graph.trainingGraph(), tensors: tensors)([graph.inputs[0].name: input])["output"])
  }
}

/// Batch normalization written out with loops over every element: the definition, for comparison.
struct NaiveNormalization {
  /// The per-example shape and the axes that are averaged over.
  let shape: [Int]
  let broadcastable: [Bool]

  var statisticShape: [Int] { zip(shape, broadcastable).map { $1 ? 1 : $0 } }
  var exampleCount: Int { shape.reduce(1, *) }
  var statisticCount: Int { statisticShape.reduce(1, *) }

  /// The statistic that an element of one example is normalized with.
  func statisticIndex(_ element: Int) -> Int {
    var rest = element
    var index = 0
    var stride = 1
    for axis in shape.indices.reversed() {
      let position = rest % shape[axis]
      rest /= shape[axis]
      guard !broadcastable[axis] else { continue }
      index += position * stride
      stride *= shape[axis]
    }
    return index
  }

  /// Means and biased variances of a batch.
  func moments(_ input: [Double]) -> (means: [Double], variances: [Double]) {
    var groups = [[Double]](repeating: [], count: statisticCount)
    for (index, value) in input.enumerated() { groups[statisticIndex(index % exampleCount)].append(value) }
    let means = groups.map { $0.reduce(0, +) / Double($0.count) }
    let variances = zip(groups, means).map { group, mean in
      group.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(group.count)
    }
    return (means, variances)
  }

  /// (x − mean) / stdev · scale + shift.
  func normalized(
    _ input: [Double], means: [Double], deviations: [Double], scale: [Double]? = nil, shift: [Double]? = nil
  ) -> [Double] {
    input.enumerated().map { index, value in
      let statistic = statisticIndex(index % exampleCount)
      let normal = (value - means[statistic]) / deviations[statistic]
      return normal * (scale?[statistic] ?? 1) + (shift?[statistic] ?? 0)
    }
  }
}
