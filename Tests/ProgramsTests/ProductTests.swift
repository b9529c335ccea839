import Bricks
import Programs
import Testing

/// Matrix products with the operations that follow them, against the interpreter.
@Suite("A matrix product in a program")
struct ProductTests {
  @Test("applies the following operations to its result", arguments: [1, 3, 64], [1, 16, 21])
  func fusedProduct(batch: Int, units: Int) throws {
    try check([batch, units], within: 2e-5) { x in
      let columns = try matrix(2, units, in: x.builder)
      func layer(_ x: Variable) throws -> Variable {
        let row = try columns.slicing(axis: 0, from: 0, count: 1)
        return try (x.matrixMultiplied(by: matrix(units, units, in: x.builder)) - row) * (row + 1.5) + 0.25
      }
      let first = try layer(x).applying(.hyperbolicTangent)
      let second = try layer(first).applying(.logistic)
      // A number that is known follows a sum with numbers that are not known.
      let third = try (layer(second) + x + 0.5) * 0.25
      // Both operands of the sum are products with operations.
      let fourth = try (layer(third) + layer(first)).clipped(-2...2)
      let fifth = try layer(fourth)
      // Something else reads the product, too.
      return try fifth * fifth.applying(.logistic) + fifth.reduced(.mean, over: [1], keepingDimensions: true)
    }
  }

  @Test("applies other numbers at each step of a loop", arguments: [1, 7, 8, 20])
  func fusedProductInLoop(batch: Int) throws {
    let model = try Model([], seed: 1) { scope in
      let builder = scope.builder
      let sequence = try builder.input("x", VariableType(.float32, [4, "batch", 3]))
      let initial = try builder.input("h", VariableType(.float32, ["batch", 5]))
      let table = try matrix(6, 5, in: builder)
      let loop = try builder.scan(sequences: [sequence], states: [initial]) { _, step in
        func row(_ offset: Double) throws -> Variable {
          try table.taking(step: step.index, pastEnd: .clampToLast) + offset
        }
        let input = try (step.sequences[0].matrixMultiplied(by: matrix(3, 5, in: builder)) - row(0.5)) * row(1.5)
        let state = try (step.states[0].matrixMultiplied(by: matrix(5, 5, in: builder)) - row(0.25)) * row(2)
        let sum = try state + input + 0.125
        // Two functions read the sum.
        let next = try sum.applying(.hyperbolicTangent) * sum.applying(.logistic)
        return ([next], [next])
      }
      return ["y": loop.outputs[0]]
    }
    try check(model, ["x": images([4, batch, 3]), "h": images([batch, 5])], within: 2e-6)
  }
}
