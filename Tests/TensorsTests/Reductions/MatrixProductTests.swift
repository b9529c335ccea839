import Tensors
import Testing

@Suite("Matrix product")
struct MatrixProductTests {
  struct Case: Decodable {
    let left: FixtureArray
    let right: FixtureArray
    let expected: FixtureArray
  }

  @Test("agrees exactly with NumPy if every order of summation is exact")
  func fixtureCases() throws {
    for fixture in try fixtures("products", of: Case.self) {
      let result = try fixture.left.tensor().matrixProduct(with: fixture.right.tensor())
      #expect(try result == fixture.expected.tensor(), "\(fixture.left.shape) \(fixture.left.type)")
    }
  }

  @Test("single precision stays within its error bound of double precision")
  func precisions() throws {
    let (rows, inner, columns) = (9, 131, 300)
    // A congruential sequence; any spread of signs and magnitudes will do.
    var state: UInt32 = 1
    func next() -> Float {
      state = state &* 1_664_525 &+ 1_013_904_223
      return Float(state >> 8) / 0x1p23 - 1
    }
    let left = try Tensor((0..<rows * inner).map { _ in next() }, shape: Shape([rows, inner]))
    let right = try Tensor((0..<inner * columns).map { _ in next() }, shape: Shape([inner, columns]))
    let single = try left.matrixProduct(with: right).doubles
    let double = try left.converted(to: .float64).matrixProduct(with: right.converted(to: .float64)).doubles
    let bound = Double(inner) * Double(inner) * Double(Float.ulpOfOne) / 2
    expectClose(single, double, absolute: bound)
  }

  @Test(
    "equal rows have equal products in every batch",
    arguments: [1, 2, 5, 6, 7, 8, 20, 47, 48, 49, 97], [ScalarType.float32, .float64])
  func equalRows(rows: Int, type: ScalarType) throws {
    for (inner, columns) in [(1, 1), (7, 10), (64, 16), (100, 33), (513, 130)] {
      func numbers(_ count: Int) -> [Double] { (0..<count).map { Double(($0 * 7919 + 104_729) % 2003) / 1001.5 - 1 } }
      let row = numbers(inner)
      let left = try Tensor((0..<rows).flatMap { _ in row }, shape: Shape([rows, inner])).converted(to: type)
      let right = try Tensor(numbers(inner * columns), shape: Shape([inner, columns])).converted(to: type)
      let alone = try left.slicing(axis: 0, from: 0, count: 1).matrixProduct(with: right).doubles
      let together = try left.matrixProduct(with: right).doubles
      #expect(together == (0..<rows).flatMap { _ in alone }, "\(inner)×\(columns)")
    }
  }

  @Test("double precision sums in ascending order")
  func order() throws {
    // In any other order of addition, the small terms would survive.
    let left = try Tensor([1, 1, 1, 1] as [Double], shape: [1, 4])
    let right = try Tensor([1e17, 1, 1, -1e17] as [Double], shape: [4, 1])
    #expect(try left.matrixProduct(with: right).doubles == [0])
  }

  @Test("operands must fit")
  func refused() throws {
    let matrix = try Tensor(repeating: 1, shape: [2, 3], type: .float32)
    expectError(.shapeMismatch, mentioning: "2×3 and 2×3") { try matrix.matrixProduct(with: matrix) }
    expectError(.shapeMismatch, mentioning: "3 and") {
      try Tensor(repeating: 1, shape: [3], type: .float32).matrixProduct(with: matrix)
    }
    expectError(.shapeMismatch, mentioning: "1×3×2") {
      try matrix.matrixProduct(with: Tensor(repeating: 1, shape: [1, 3, 2], type: .float32))
    }
    expectError(.typeMismatch, mentioning: "float64") {
      try matrix.matrixProduct(with: Tensor(repeating: 1, shape: [3, 2], type: .float64))
    }
  }
}
