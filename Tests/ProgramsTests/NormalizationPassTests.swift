import Bricks
import Programs
import Testing

/// Normalizations by statistics of the minibatch, with the operations that follow them, against the interpreter. Means and deviations
/// come from the numbers themselves, so they are not known during planning.
@Suite("A normalization by the minibatch in a program")
struct NormalizationPassTests {
  private func normalized(_ x: Variable, over axes: [Int]) throws -> Variable {
    let centered = try x - x.reduced(.mean, over: axes, keepingDimensions: true)
    let variance = try (centered * centered).reduced(.mean, over: axes, keepingDimensions: true)
    return try centered / (variance + 0.01).applying(.squareRoot)
  }

  @Test(
    "of a matrix applies scale, shift, a sum and an activation", arguments: [2, 3, 300],
    [UnaryOperation.hyperbolicTangent, .rectify, .logistic, .absolute])
  func matrices(batch: Int, activation: UnaryOperation) throws {
    for channels in [1, 7, 16, 37] { try matrices([batch, channels], activation) }
  }

  private func matrices(_ dimensions: [Int], _ activation: UnaryOperation) throws {
    try check(dimensions, within: 4e-6) { x in
      let channels = dimensions[1]
      let row = try matrix(1, channels, in: x.builder)
      let first = try (normalized(x, over: [0]) * (row + 1.5) + row).applying(activation)
      // The sum with a shortcut is part of the pass, too.
      return try (normalized(first + x, over: [0]) * 0.5 - 0.25 + first).applying(activation)
    }
  }

  @Test("of images has one number for each channel", arguments: [2, 5], [1, 6, 17])
  func channels(batch: Int, channels: Int) throws {
    try check([batch, channels, 9, 7], within: 4e-6) { x in
      let weights = try filters([channels, channels, 3, 3], in: x.builder)
      let first = try x.convolved(with: weights, Convolution(padding: SpatialExtents(1, 1)))
      return try normalized(normalized(first, over: [0, 2, 3]).applying(.rectify) + x, over: [0, 2, 3]).clipped(-1...1)
    }
  }

  @Test("of each example has one number for each row", arguments: [[4, 9], [3, 5, 8]])
  func examples(dimensions: [Int]) throws {
    try check(dimensions, within: 4e-6) { x in
      try (normalized(x, over: [dimensions.count - 1]) * 2 + 1).applying(.hyperbolicTangent)
    }
  }

  @Test("is read by several operations, and computed once")
  func severalReaders() throws {
    try check([6, 5], within: 4e-6) { x in
      let result = try normalized(x, over: [0])
      return try result * 2 + result.applying(.logistic) * (result - 1)
    }
  }

  @Test(
    "divides truly, so that the quotient of equal numbers is 1, and small numbers do not overflow",
    arguments: [1, 1e-39, 1e-10, 1e30])
  func trueDivision(unit: Float) throws {
    // The greatest number of each row becomes 1. For 49, 98 and 41, the product with the reciprocal would be less.
    let rows: [[Float]] = [[0, 49, 10, 20], [0, 41, 10, 20], [1, 48, 2, 3], [0, 98, 49, 1]]
    let model = try Model([], seed: 1) { scope in
      let x = try scope.builder.input("x", VariableType(.float32, ["batch", 4]))
      let least = try x.reduced(.minimum, over: [1], keepingDimensions: true)
      let greatest = try x.reduced(.maximum, over: [1], keepingDimensions: true)
      return ["y": try ((x - least) / (greatest - least)).applying(.floor)]
    }
    let x = try Tensor(rows.flatMap { $0.map { $0 * unit } }, shape: [4, 4])
    let program = try #require(
      try Program(
        model.graph, tensors: model.tensors, inputs: [VariableType(x)], wanted: model.graph.outputs.map(\.variable)))
    #expect(try program([x])[0].doubles == [0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0])
  }

  @Test("keeps quotients by other numbers, and differences whose quotient has another divisor")
  func otherQuotients() throws {
    try check([6, 5], within: 4e-6) { x in
      let row = try x.reduced(.mean, over: [0], keepingDimensions: true)
      let column = try x.reduced(.maximum, over: [1], keepingDimensions: true)
      let difference = try x - row
      return try difference / (column + 9) / (row + 7) + (row - x) / (x + 20) + (x * 2 - row) / (row + 7)
    }
  }
}
