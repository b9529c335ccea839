import Bricks
import Testing

/// A shape with a broadcast pattern, and the brick's switches.
struct NormalizationCase: Sendable, CustomTestStringConvertible {
  var shape: [Int]
  var broadcastable: [Bool]?
  var statisticShape: [Int]
  var conservesMemory = true
  var meanOnly = false
  var learnsScale = true
  var learnsShift = true

  /// The five patterns of upstream's tests, and one of rank 4.
  static let patterns = [
    NormalizationCase(shape: [5], statisticShape: [5]),
    NormalizationCase(shape: [6, 7, 9], statisticShape: [6, 7, 9]),
    NormalizationCase(shape: [7, 4, 3], broadcastable: [true, false, false], statisticShape: [1, 4, 3]),
    NormalizationCase(shape: [9, 3, 6], broadcastable: [false, true, true], statisticShape: [9, 1, 1]),
    NormalizationCase(shape: [7, 4, 5], broadcastable: [false, true, false], statisticShape: [7, 1, 5]),
    NormalizationCase(shape: [4, 5], broadcastable: [true, false], statisticShape: [1, 5]),
    NormalizationCase(shape: [3, 2, 4, 2], broadcastable: [false, true, false, true], statisticShape: [3, 1, 4, 1]),
  ]

  /// Every pattern with every switch.
  static let all: [NormalizationCase] = patterns.flatMap { pattern in
    (0..<16).map { bits in
      var pattern = pattern
      pattern.conservesMemory = bits & 1 == 0
      pattern.meanOnly = bits & 2 != 0
      pattern.learnsScale = bits & 4 == 0
      pattern.learnsShift = bits & 8 == 0
      return pattern
    }
  }

  var testDescription: String {
    var description = "\(shape) \(broadcastable.map { "\($0)" } ?? "nothing broadcast")"
    if !conservesMemory { description += ", not conserving memory" }
    if meanOnly { description += ", mean only" }
    if !learnsScale { description += ", no scale" }
    if !learnsShift { description += ", no shift" }
    return description
  }

  var brick: BatchNormalization {
    BatchNormalization(
      shape, broadcastable: broadcastable, conservesMemory: conservesMemory, meanOnly: meanOnly,
      learnsScale: learnsScale, learnsShift: learnsShift)
  }

  var hasScale: Bool { learnsScale && !meanOnly }

  var reference: NaiveNormalization {
    NaiveNormalization(shape: shape, broadcastable: broadcastable ?? shape.map { _ in false })
  }

  func model(_ scalar: ScalarType = .float64) throws -> Model {
    try Model(brick, input: ModelInput(name: "x", shape: shape), scalar: scalar, seed: 1)
  }

  /// Statistics, scale and shift, none of which has its default values.
  func values(_ seed: UInt64) throws -> [Double] {
    try uniformInput([reference.statisticCount], seed: seed).doubles
  }
}
