import Foundation
import Testing

@testable import Bricks

@Suite struct InitializationTests {
  struct Golden: Decodable, Sendable {
    var seed: UInt64
    var path: Name
    var kind: String
    var mean: Double
    var spread: Double
    var values: [Double]
  }

  @Test("values are those of an independent implementation") func golden() throws {
    let file = Repository.fixture("initialization.json", of: "BricksTests")
    let cases = try JSONDecoder().decode([Golden].self, from: bytes(file))
    #expect(cases.count == 6)
    for golden in cases {
      let isGaussian = golden.kind == "gaussian"
      let initialization: Initialization =
        isGaussian
        ? .isotropicGaussian(standardDeviation: golden.spread, mean: golden.mean)
        : .uniform(mean: golden.mean, width: golden.spread)
      let values = try initialization.tensor(
        shape: Shape(checking: [golden.values.count]), type: .float64, seed: golden.seed,
        path: TensorPath(datasetPath: golden.path)
      ).doubles
      for (value, expected) in zip(values, golden.values) {
        // Uniform numbers are exact; normal ones differ by the rounding of logarithm, quotient, root and products.
        let tolerance = isGaussian ? 8 * max(expected.magnitude, golden.mean.magnitude).ulp : 0
        #expect(abs(value - expected) <= tolerance, "\(golden.path): \(value), \(expected)")
      }
    }
  }

  @Test("a model's values do not depend on the order of construction") func order() throws {
    func tensors(_ bricks: [any Brick], reversed: Bool) throws -> TensorStore {
      try Model(bricks, scalar: .float64, seed: 3) { scope in
        let x = try scope.input(.features(4))
        let outputs = try (reversed ? bricks.reversed() : bricks).map { (Name($0.name), try scope.apply($0, to: x)) }
        return NamedVariables(outputs)
      }.tensors
    }
    let bricks: [any Brick] = [Linear(4, 3, name: "first"), Linear(4, 3, name: "second"), Linear(4, 2, name: "third")]
    let forward = try tensors(bricks, reversed: false)
    #expect(try tensors(bricks, reversed: true) == forward)
    let pair = try tensors(Array(bricks.reversed().prefix(2)), reversed: false)
    #expect(pair.allSatisfy { forward[$0.key] == $0.value })
    #expect(pair.count == 4)
    let path = try TensorPath(.parameters, brick: "/first", name: "W")
    #expect(forward[path] != forward[try TensorPath(.parameters, brick: "/second", name: "W")])
  }

  @Test("another seed gives other values, the same seed the same") func seeds() throws {
    func model(_ seed: UInt64) throws -> Model { try Model(Linear(4, 3), input: .features(4), seed: seed) }
    #expect(try model(1) == model(1))
    #expect(try model(1).tensors != model(2).tensors)
  }

  @Test("single precision is double precision, rounded") func precision() throws {
    let path = try TensorPath(.parameters, brick: "/linear", name: "W")
    let initialization = Initialization.isotropicGaussian(standardDeviation: 1)
    let double = try initialization.tensor(shape: [50, 2], type: .float64, seed: 1, path: path)
    #expect(
      try initialization.tensor(shape: [50, 2], type: .float32, seed: 1, path: path) == double.converted(to: .float32))
  }

  /// The mean of n values is within 4.5 standard errors, and so are the second, third and fourth moments.
  @Test(
    "moments are those of the distribution",
    arguments: [
      (Initialization.isotropicGaussian(standardDeviation: 2, mean: 3), 3.0, 2.0, 3.0),
      (.uniform(mean: -1, width: 4), -1, 4 / 12.0.squareRoot(), 1.8),
      (.uniform(mean: 5, standardDeviation: 0.5), 5, 0.5, 1.8),
    ])
  func moments(_ initialization: Initialization, _ mean: Double, _ deviation: Double, _ kurtosis: Double) throws {
    let count = 100_000
    let path = try TensorPath(.parameters, brick: "/brick", name: "W")
    let values = try initialization.tensor(shape: Shape(checking: [count]), type: .float64, seed: 11, path: path)
      .doubles
    let standardized = values.map { ($0 - mean) / deviation }
    func moment(_ order: Int) -> Double {
      standardized.reduce(0) { sum, value in sum + (0..<order).reduce(1) { power, _ in power * value } } / Double(count)
    }
    let error = 4.5 / Double(count).squareRoot()
    #expect(abs(moment(1)) < error)
    #expect(abs(moment(2) - 1) < error * (kurtosis - 1).squareRoot())
    #expect(abs(moment(3)) < error * 15.0.squareRoot())
    #expect(abs(moment(4) - kurtosis) < error * 96.0.squareRoot())
    // Neighbours are uncorrelated.
    let correlation = zip(standardized, standardized.dropFirst()).reduce(0) { $0 + $1.0 * $1.1 } / Double(count)
    #expect(abs(correlation) < error)
  }

  @Test("uniform values stay within their bounds, constants and identities are exact") func exact() throws {
    let path = try TensorPath(.parameters, brick: "/brick", name: "W")
    func values(_ initialization: Initialization, _ shape: Shape) throws -> [Double] {
      try initialization.tensor(shape: shape, type: .float64, seed: 1, path: path).doubles
    }
    #expect(try values(.uniform(mean: 1, width: 2), [1000]).allSatisfy { (0..<2).contains($0) })
    #expect(try values(.constant(0.1), [3]) == [0.1, 0.1, 0.1])
    #expect(try values(.identity(2), [2, 3]) == [2, 0, 0, 0, 2, 0])
    #expect(try values(.identity(), [0, 3]).isEmpty)
    expectError(.invalidConfiguration, mentioning: "/brick", "W of shape 3 is not a matrix") {
      _ = try values(.identity(), [3])
    }
  }

  @Test("a spread is finite and not negative", arguments: [-1, .nan, .infinity])
  func spread(_ spread: Double) throws {
    let path = try TensorPath(.parameters, brick: "/brick", name: "W")
    for initialization in [Initialization.isotropicGaussian(standardDeviation: spread), .uniform(width: spread)] {
      expectError(.invalidConfiguration, mentioning: "/brick", "\(spread)") {
        _ = try initialization.tensor(shape: [1], type: .float64, seed: 1, path: path)
      }
    }
  }

  @Test("the logarithm is within 2 ulp of the C library's") func logarithm() {
    var generator = TestGenerator(state: 5)
    var distant: [Double] = []
    func check(_ value: Double) {
      let expected = log(value)
      let isClose = abs(RandomNumbers.naturalLogarithm(value) - expected) <= 2 * expected.ulp
      if !isClose { distant.append(value) }
    }
    for _ in 0..<50_000 {
      check(Double.random(in: 0..<1, using: &generator).nextUp)
      check(Double(sign: .plus, exponent: Int.random(in: -1022...1023, using: &generator), significand: 1.5))
      check(1 + Double.random(in: -1e-3...1e-3, using: &generator))
    }
    for value in [
      Double.leastNormalMagnitude, 0x1p-106, 0.5, 0.5.nextDown, 1.0.nextDown, 1.0.nextUp, 2, 2.0.squareRoot(),
    ] {
      check(value)
    }
    #expect(distant == [])
    #expect(RandomNumbers.naturalLogarithm(1) == 0)
  }
}
