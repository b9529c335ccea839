import ComputationGraphs
import Tensors
import Testing

@Suite struct TypeInferenceTests {
  private let batch = VariableType(.float32, ["batch", 4, 3])
  private let step = VariableType(.int64, [])

  @Test("elementwise functions keep the type", arguments: UnaryOperation.allCases)
  func unary(_ operation: UnaryOperation) throws {
    #expect(try GraphOperation.unary(operation).resultType(of: [batch]) == batch)
    expectError(.shapeMismatch, mentioning: operation.rawValue, "floating-point", "int64 scalar") {
      _ = try GraphOperation.unary(operation).resultType(of: [step])
    }
  }

  @Test("binary operations broadcast as NumPy does", arguments: BinaryOperation.allCases)
  func binary(_ operation: BinaryOperation) throws {
    func shape(_ left: [Extent], _ right: [Extent]) throws -> [Extent] {
      let operands = [VariableType(.float32, left), VariableType(.float32, right)]
      let type = try GraphOperation.binary(operation).resultType(of: operands)
      #expect(try GraphOperation.binary(operation).resultType(of: operands.reversed()) == type)
      return type.shape
    }
    #expect(try shape(["batch", 3], [3]) == ["batch", 3])
    #expect(try shape(["batch", 3], [1, 3]) == ["batch", 3])
    #expect(try shape(["batch", 1], [1, 3]) == ["batch", 3])
    #expect(try shape([2, 1, 3], [4, 1]) == [2, 4, 3])
    #expect(try shape([0], [1]) == [0])
    #expect(try shape([], ["batch"]) == ["batch"])
    for (left, right) in [([2], [3]), (["batch"], [3]), (["batch"], ["time"]), ([2, 3], [2])] as [([Extent], [Extent])]
    {
      expectError(.shapeMismatch, mentioning: "do not broadcast together") { _ = try shape(left, right) }
    }
    expectError(.shapeMismatch, mentioning: "operands of the same type") {
      _ = try GraphOperation.binary(operation).resultType(of: [batch, step])
    }
  }

  @Test("a matrix product is (…, k) times (k, n)") func matrixProduct() throws {
    func shape(_ left: [Extent], _ right: [Extent]) throws -> [Extent] {
      try GraphOperation.matrixProduct.resultType(of: [VariableType(.float64, left), VariableType(.float64, right)])
        .shape
    }
    #expect(try shape(["batch", 3], [3, 5]) == ["batch", 5])
    #expect(try shape(["time", "batch", 3], [3, 5]) == ["time", "batch", 5])
    for (left, right) in [(["batch", 3], [4, 5]), ([3], [3, 5]), (["batch", 3], [3]), ([2, 3], [2, 3, 5])]
      as [([Extent], [Extent])]
    {
      expectError(.shapeMismatch, mentioning: "matrix_product needs (…, k) and (k, n)") { _ = try shape(left, right) }
    }
  }

  @Test("reductions drop their axes, or keep them with extent 1", arguments: GraphOperation.Reduction.allCases)
  func reductions(_ reduction: GraphOperation.Reduction) throws {
    func shape(_ axes: [Int], _ keeping: Bool) throws -> [Extent] {
      try GraphOperation.reduce(reduction, axes: axes, keepingDimensions: keeping).resultType(of: [batch]).shape
    }
    #expect(try shape([0, 2], false) == [4])
    #expect(try shape([2, 0], true) == [1, 4, 1])
    #expect(try shape([], false) == ["batch", 4, 3])
    for axes in [[3], [-1], [0, 0]] {
      expectError(.shapeMismatch, mentioning: "cannot reduce axes \(axes)") { _ = try shape(axes, true) }
    }
  }

  @Test("softmax needs an axis") func softmax() throws {
    for operation in [GraphOperation.softmax, .logSoftmax] {
      #expect(try operation.resultType(of: [batch]) == batch)
      expectError(.shapeMismatch, mentioning: "at least one axis") {
        _ = try operation.resultType(of: [VariableType(.float32, [])])
      }
    }
  }

  @Test("an axis can be inserted anywhere, also at the end") func expandDimensions() throws {
    #expect(try GraphOperation.expandDimensions(axis: 0).resultType(of: [batch]).shape == [1, "batch", 4, 3])
    #expect(try GraphOperation.expandDimensions(axis: 3).resultType(of: [batch]).shape == ["batch", 4, 3, 1])
    for axis in [-1, 4] {
      expectError(.shapeMismatch, mentioning: "cannot insert axis \(axis)") {
        _ = try GraphOperation.expandDimensions(axis: axis).resultType(of: [batch])
      }
    }
  }

  @Test("a step is taken by an int64 scalar") func takeStep() throws {
    let statistics = VariableType(.float64, [5, 3])
    #expect(try GraphOperation.takeStep(.strict).resultType(of: [statistics, step]) == VariableType(.float64, [3]))
    for wrong in [VariableType(.float64, []), VariableType(.int64, [1])] {
      expectError(.shapeMismatch, mentioning: "an int64 scalar") {
        _ = try GraphOperation.takeStep(.strict).resultType(of: [statistics, wrong])
      }
    }
    expectError(.shapeMismatch) { _ = try GraphOperation.takeStep(.strict).resultType(of: [step, step]) }
  }

  @Test("the number of operands is checked") func counts() {
    let cases: [(GraphOperation, Int)] = [
      (.unary(.negate), 1), (.binary(.add), 2), (.matrixProduct, 2), (.softmax, 1), (.logSoftmax, 1),
      (.reduce(.maximum, axes: [0], keepingDimensions: false), 1), (.expandDimensions(axis: 0), 1),
      (.takeStep(.strict), 2),
    ]
    for (operation, count) in cases {
      for wrong in 0...3 where wrong != count {
        expectError(.malformed, mentioning: "\(operation.name) takes \(count) operand", "not \(wrong)") {
          _ = try operation.resultType(of: [VariableType](repeating: batch, count: wrong))
        }
      }
    }
  }

  @Test("sum, mean, variance and count take a mask of their operand's type and rank, broadcast to it")
  func masks() throws {
    let operations: [GraphOperation] =
      [.elementCount(axes: [0])]
      + [.sum, .mean, .variance].map { .reduce($0, axes: [0], keepingDimensions: true) }
    let examples = VariableType(.float32, ["batch", 1, 1])
    let misfits = [
      VariableType(.float64, ["batch", 1, 1]), VariableType(.float32, ["batch", 1]),
      VariableType(.float32, ["time", 1, 1]),
      VariableType(.float32, [2, 1, 1]), VariableType(.float32, ["batch", 1, 2]),
    ]
    for operation in operations {
      #expect(try operation.resultType(of: [batch, examples]) == operation.resultType(of: [batch]))
      for misfit in misfits {
        expectError(.shapeMismatch, mentioning: "\(operation.name) needs a mask", "\(misfit)") {
          _ = try operation.resultType(of: [batch, misfit])
        }
      }
      for wrong in [0, 3] {
        expectError(.malformed, mentioning: "\(operation.name) takes 1 operand and optionally a mask", "not \(wrong)") {
          _ = try operation.resultType(of: [VariableType](repeating: batch, count: wrong))
        }
      }
    }
    expectError(.shapeMismatch, mentioning: "element_count", "axes that are not counted") {
      _ = try GraphOperation.elementCount(axes: [0]).resultType(of: [batch, batch])
    }
    #expect(try GraphOperation.elementCount(axes: [2, 0, 1]).resultType(of: [batch, batch]) == step)
  }

  @Test("types and extents are printed as people write them") func descriptions() {
    #expect("\(batch)" == "float32 batch×4×3")
    #expect("\(step)" == "int64 scalar")
    #expect(batch.fixedShape == nil)
    #expect(VariableType(.float32, [2, 3]).fixedShape == [2, 3])
    #expect(VariableType(.float32, [.fixed(.max), .fixed(2)]).fixedShape == nil)
  }
}
