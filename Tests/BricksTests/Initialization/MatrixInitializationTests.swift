import Foundation
import Testing

@testable import Bricks

@Suite struct MatrixInitializationTests {
  struct Golden: Decodable {
    var seed: UInt64
    var path: Name
    var kind: String
    var shape: [Int]
    var spread: Double
    var values: [Double]
  }

  private func values(_ initialization: Initialization, _ shape: [Int], seed: UInt64 = 1) throws -> [Double] {
    try initialization.tensor(
      shape: Shape(checking: shape), type: .float64, seed: seed,
      path: TensorPath(.parameters, brick: "/brick", name: "W")
    ).doubles
  }

  @Test("values are those of an independent implementation") func golden() throws {
    let file = Repository.fixture("matrix_initialization.json", of: "BricksTests")
    let cases = try JSONDecoder().decode([Golden].self, from: bytes(file))
    #expect(cases.count == 6)
    for golden in cases {
      let initialization: Initialization =
        golden.kind == "orthogonal"
        ? .orthogonal(scale: golden.spread)
        : .sparse(perRow: Int(golden.spread), of: .uniform(width: 2), otherwise: .constant(-1))
      let values = try initialization.tensor(
        shape: Shape(checking: golden.shape), type: .float64, seed: golden.seed,
        path: TensorPath(datasetPath: golden.path)
      ).doubles
      let tolerance = golden.kind == "orthogonal" ? 1e-13 : 0
      #expect(values.count == golden.values.count)
      expectClose(values, golden.values, absolute: tolerance, "\(golden.path)")
    }
  }

  @Test(
    "rows or columns are orthonormal, times the scale", arguments: [[40, 40], [3, 50], [50, 3], [1, 4], [0, 3]])
  func orthogonal(_ shape: [Int]) throws {
    let (rows, columns) = (shape[0], shape[1])
    let matrix = try values(.orthogonal(scale: 3), shape)
    func product(_ first: Int, _ second: Int) -> Double {
      rows <= columns
        ? (0..<columns).reduce(0) { $0 + matrix[first * columns + $1] * matrix[second * columns + $1] }
        : (0..<rows).reduce(0) { $0 + matrix[$1 * columns + first] * matrix[$1 * columns + second] }
    }
    for first in 0..<min(rows, columns) {
      for second in 0..<min(rows, columns) {
        #expect(abs(product(first, second) - (first == second ? 9 : 0)) < 1e-13)
      }
    }
  }

  @Test("every row has the requested number of filled places, and rows differ in these places") func sparse() throws {
    let matrix = try values(.sparse(perRow: 3, of: .constant(2), otherwise: .constant(1)), [50, 7])
    let rows = (0..<50).map { Array(matrix[$0 * 7..<$0 * 7 + 7]) }
    #expect(rows.allSatisfy { row in row.filter { $0 == 2 }.count == 3 && row.filter { $0 == 1 }.count == 4 })
    #expect(Set(rows).count > 10)
    let plain = try values(.sparse(perRow: 7, of: .isotropicGaussian(standardDeviation: 1)), [50, 7])
    #expect(Set(plain).count == 350)
    #expect(try values(.sparse(perRow: 1, of: .constant(1)), [0, 7]).isEmpty)
  }

  @Test("the same seed gives the same values, another seed gives others, and coding changes nothing")
  func seeds() throws {
    for initialization in [
      Initialization.orthogonal(),
      .sparse(perRow: 2, of: .uniform(width: 1), otherwise: .isotropicGaussian(standardDeviation: 1)),
    ] {
      let first = try values(initialization, [4, 5], seed: 1)
      #expect(try values(initialization, [4, 5], seed: 1) == first)
      #expect(try values(initialization, [4, 5], seed: 2) != first)
      let coded = try JSONDecoder().decode(Initialization.self, from: JSONEncoder().encode(initialization))
      #expect(coded == initialization)
    }
  }

  @Test("only matrices are accepted, and no more places than they have") func refused() {
    for initialization in [Initialization.orthogonal(), .sparse(perRow: 1, of: .constant(1))] {
      for shape in [[3], [2, 2, 2], []] {
        expectError(.invalidConfiguration, mentioning: "/brick", "is not a matrix") {
          _ = try values(initialization, shape)
        }
      }
    }
    for perRow in [-1, 0, 4] {
      expectError(.invalidConfiguration, mentioning: "/brick", "puts \(perRow) values into each row") {
        _ = try values(.sparse(perRow: perRow, of: .constant(1)), [2, 3])
      }
    }
    expectError(.invalidConfiguration, mentioning: "scale nan") { _ = try values(.orthogonal(scale: .nan), [2, 2]) }
    expectError(.invalidConfiguration, mentioning: "width -1.0") {
      _ = try values(.sparse(perRow: 1, of: .uniform(width: -1)), [2, 3])
    }
  }
}
