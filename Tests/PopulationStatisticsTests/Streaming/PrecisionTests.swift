import Bricks
import Foundation
import PopulationStatistics
import Testing

/// Single-precision data a million deviations from zero, and their exact statistics; see tools/fixtures/statistics/precision.py.
struct PrecisionFixture: Decodable, Sendable {
  struct Statistics: Decodable {
    let mean: String
    let stdev: String
  }
  struct Data: Decodable {
    let shape: [Int]
    let values: String
    let mask: String?
    /// One, or one for each time step.
    let expected: [Statistics]
  }
  let epsilon: Double
  let features: Data
  let images: Data
  let sequence: Data
  let wholeSequence: Data

  static let shared: PrecisionFixture = fixture("precision.json")
}

/// A normalization of data of one kind, and the data.
enum PrecisionCase: String, CaseIterable, Sendable {
  case features, images, loop, wholeSequence

  var data: PrecisionFixture.Data {
    switch self {
    case .features: PrecisionFixture.shared.features
    case .images: PrecisionFixture.shared.images
    case .loop: PrecisionFixture.shared.sequence
    case .wholeSequence: PrecisionFixture.shared.wholeSequence
    }
  }

  var brick: Name { OneNormalization.brick }

  private var isSequence: Bool { self == .loop || self == .wholeSequence }

  func model(_ scalar: ScalarType) throws -> Model {
    let epsilon = PrecisionFixture.shared.epsilon
    let normalization = BatchNormalization(
      broadcastable: self == .images ? [false, true, true] : nil, epsilon: epsilon,
      timeSteps: self == .loop ? 3 : nil)
    guard isSequence else {
      return try Model(
        normalization, input: ModelInput(name: "x", shape: Array(data.shape.dropFirst())), scalar: scalar, seed: 1)
    }
    return try Model([normalization], scalar: scalar, seed: 1) { scope in
      let x = try scope.builder.input("x", VariableType(scalar, ["time", "batch", 2]))
      let mask = try scope.builder.input("mask", VariableType(scalar, ["time", "batch"]))
      guard self == .loop else { return ["y": try scope.apply(normalization, toSequence: x, mask: mask)] }
      let result = try scope.scan(sequences: [x, mask]) { inner, step in
        ([], [try inner.apply(normalization, to: step.sequences[0], mask: step.sequences[1])])
      }
      return ["y": result.outputs[0]]
    }
  }

  /// The data in batches of a number of examples.
  func batches(of size: Int, _ scalar: ScalarType) throws -> [[Name: Tensor]] {
    let x = try Tensor(numbers(data.values), shape: Shape(data.shape)).converted(to: scalar)
    let mask = try data.mask.map {
      try Tensor(numbers($0), shape: Shape(Array(data.shape.prefix(2)))).converted(to: scalar)
    }
    let axis = isSequence ? 1 : 0
    return try stride(from: 0, to: data.shape[axis], by: size).map { start in
      let count = min(size, data.shape[axis] - start)
      var inputs = ["x": try x.slicing(axis: axis, from: start, count: count)] as [Name: Tensor]
      inputs["mask"] = try mask?.slicing(axis: axis, from: start, count: count)
      return inputs
    }
  }

  /// The expected means and deviations of all steps, one after another.
  var expected: (mean: [Double], deviation: [Double]) {
    (data.expected.flatMap { numbers($0.mean) }, data.expected.flatMap { numbers($0.stdev) })
  }
}

@Suite("Statistics of data far from zero")
struct PrecisionTests {
  static let sizes = [1, 7, 32, 1000]

  /// Batches of one example are observed only if each has several observations per element.
  static func isObservable(_ kind: PrecisionCase, _ size: Int) -> Bool {
    // In small batches the loop's mask leaves a single sample at some steps, and such a step is not recorded.
    kind == .images || size > 1 && (kind != .loop || size > 7)
  }

  @Test(
    "are exact to 4e-11 in recorded pairs, also in single precision and loops, for any size of batches",
    arguments: PrecisionCase.allCases, sizes)
  func recorded(_ kind: PrecisionCase, _ size: Int) throws {
    guard Self.isObservable(kind, size) else { return }
    for scalar in [ScalarType.float32, .float64] {
      var pass = try PopulationPass(kind.model(scalar))
      for batch in try kind.batches(of: size, scalar) { try pass.observe(batch) }
      #expect(pass.records.allSatisfy { $0.scalarType == .float64 })
      let estimate = try Estimation(outputType: .float64).estimate(brick: kind.brick, in: pass.updates())
      expectRelative(estimate.mean ?? [], kind.expected.mean, 1e-14)
      // The recorded means are doubles: 10⁶ deviations from zero their last bit is 10⁻¹⁰ deviations.
      expectRelative(estimate.standardDeviation ?? [], kind.expected.deviation, 4e-11)
    }
  }

  @Test(
    "are the right single-precision numbers after recalibration, for any size of batches",
    arguments: PrecisionCase.allCases, sizes)
  func streamed(_ kind: PrecisionCase, _ size: Int) throws {
    guard Self.isObservable(kind, size) else { return }
    var recalibration = try Recalibration(kind.model(.float32))
    for batch in try kind.batches(of: size, .float32) { try recalibration.observe(batch) }
    let model = try recalibration.recalibrated().model
    #expect(try model.mean(kind.brick).map { Float($0) } == kind.expected.mean.map { Float($0) })
    #expect(try model.deviation(kind.brick).map { Float($0) } == kind.expected.deviation.map { Float($0) })
  }

  private func expectRelative(_ values: [Double], _ expected: [Double], _ tolerance: Double) {
    #expect(values.count == expected.count)
    for (value, wanted) in zip(values, expected) { #expect(abs(value / wanted - 1) <= tolerance) }
  }
}
