import Tensors
import Testing

@Suite("Elementwise operations")
struct ElementwiseTests {
  struct UnaryCase: Decodable {
    let operation: UnaryOperation
    let operand: FixtureArray
    let expected: FixtureArray
  }

  struct BinaryCase: Decodable {
    let operation: BinaryOperation
    let left: FixtureArray
    let right: FixtureArray
    let expected: FixtureArray
  }

  @Test("unary operations agree with mpmath")
  func unary() throws {
    let cases: [UnaryCase] = try fixtures("unary")
    #expect(Set(cases.map(\.operation)) == Set(UnaryOperation.allCases))
    for fixture in cases {
      let result = try fixture.operand.tensor().applying(fixture.operation)
      let tolerance: Double =
        switch fixture.operation {
        case .exponential, .logarithm, .hyperbolicTangent, .errorFunction: 2
        case .logistic: 3
        default: 0
        }
      let distance = try result.distanceInUlps(to: fixture.expected.tensor())
      #expect(distance <= tolerance, "\(fixture.operation) in \(fixture.operand.type)")
    }
  }

  @Test("binary operations broadcast and round as NumPy's")
  func binary() throws {
    let cases: [BinaryCase] = try fixtures("binary")
    #expect(Set(cases.map(\.operation)) == Set(BinaryOperation.allCases))
    for fixture in cases {
      let result = try fixture.left.tensor().combined(with: fixture.right.tensor(), by: fixture.operation)
      let tolerance: Double = fixture.operation == .power ? 2 : 0
      let distance = try result.distanceInUlps(to: fixture.expected.tensor())
      #expect(distance <= tolerance, "\(fixture.operation) of \(fixture.left.shape) and \(fixture.right.shape)")
    }
  }

  @Test("broadcast loops give the bits of element by element arithmetic", arguments: BinaryOperation.allCases)
  func agreesWithScalars(operation: BinaryOperation) throws {
    let pairs: [(Shape, Shape)] = [
      ([3, 5], [3, 5]), ([3, 5], [5]), ([3, 5], []), ([], [3, 5]), ([3, 5], [3, 1]), ([3, 1], [1, 5]), ([5, 1], [5]),
      ([2, 3, 2, 2], [3, 1, 1]), ([1, 3, 1], [2, 1, 4]), ([2, 1, 3], [2, 4, 1]), ([1, 1], [1]),
    ]
    for (leftShape, rightShape) in pairs {
      let left = try Tensor((0..<leftShape.elementCount).map { 0.3 + 1.7 * Float($0) }, shape: leftShape)
      let right = try Tensor((0..<rightShape.elementCount).map { 2.9 - 0.4 * Float($0) }, shape: rightShape)
      let result = try left.combined(with: right, by: operation)
      for index in 0..<result.shape.elementCount {
        let one = try left.scalar(at: index, of: result.shape)
          .combined(with: right.scalar(at: index, of: result.shape), by: operation)
        let element = try result.scalar(at: index, of: result.shape)
        #expect(element.isBitwiseEqual(to: one), "\(leftShape) and \(rightShape), element \(index)")
      }
    }
  }

  @Test("the logistic function neither overflows nor loses small results")
  func logistic() throws {
    let result = try Tensor([-1000, -80, 0, 80, 1000] as [Float], shape: [5]).applying(.logistic).doubles
    #expect(result[0] == 0)
    #expect(abs(result[1] / 1.8048513878454153e-35 - 1) < 1e-6)
    #expect(result[2...] == [0.5, 1, 1])
  }

  @Test("NaN passes through rectification, maximum and minimum from either side")
  func notANumber() throws {
    let number = try Tensor([1] as [Double], shape: [])
    let notANumber = try Tensor([.nan] as [Double], shape: [])
    #expect(try notANumber.applying(.rectify).doubles[0].isNaN)
    for operation in [BinaryOperation.maximum, .minimum] {
      #expect(try notANumber.combined(with: number, by: operation).doubles[0].isNaN)
      #expect(try number.combined(with: notANumber, by: operation).doubles[0].isNaN)
    }
  }

  @Test("integers overflow with an error and have no division")
  func integers() throws {
    let largest = try Tensor([Int64.max], shape: [1])
    let two = try Tensor([2] as [Int64], shape: [])
    for operation in [BinaryOperation.add, .multiply] {
      expectError(.notRepresentable, mentioning: "overflows") { try largest.combined(with: two, by: operation) }
    }
    expectError(.notRepresentable, mentioning: "overflows") {
      try Tensor([Int64.min], shape: []).combined(with: two, by: .subtract)
    }
    expectError(.typeMismatch, mentioning: "divide") { try largest.combined(with: two, by: .divide) }
    expectError(.typeMismatch, mentioning: "square_root") { try largest.applying(.squareRoot) }
  }

  @Test("operands must fit in type and shape")
  func mismatches() throws {
    let single = try Tensor(repeating: 1, shape: [2, 3], type: .float32)
    expectError(.typeMismatch, mentioning: "float64") {
      try single.combined(with: Tensor(repeating: 1, shape: [3], type: .float64), by: .add)
    }
    expectError(.shapeMismatch, mentioning: "2×3 and 2") {
      try single.combined(with: Tensor(repeating: 1, shape: [2], type: .float32), by: .add)
    }
  }

  @Test("a result beyond memory is an error: a graph in a file can ask for it by broadcasting")
  func beyondMemory() throws {
    // 2⁴⁸ bytes, more than processors of today let a process address.
    let column = try Tensor(repeating: 1, shape: [1 << 23, 1], type: .float32)
    let row = try Tensor(repeating: 1, shape: [1, 1 << 23], type: .float32)
    let shape: Shape = [1 << 23, 1 << 23]
    expectError(.invalidShape, mentioning: "no memory") { try column.combined(with: row, by: .add) }
    expectError(.invalidShape, mentioning: "no memory") { try column.matrixProduct(with: row) }
    expectError(.invalidShape, mentioning: "8388608×8388608") { try row.broadcast(to: shape) }
  }
}

extension Tensor {
  /// The element at a position of a shape to which this tensor broadcasts, found by index arithmetic.
  fileprivate func scalar(at index: Int, of result: Shape) throws -> Tensor {
    var offset = 0
    for axis in shape.dimensions.indices {
      let resultAxis = axis + result.rank - shape.rank
      let position = index / result.strides[resultAxis] % result[resultAxis]
      offset += (shape[axis] == 1 ? 0 : position) * shape.strides[axis]
    }
    return try Tensor([Float(doubles[offset])], shape: [])
  }
}
