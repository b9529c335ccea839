import Bricks
import Programs
import TestSupport
import Testing

/// Random graphs of products, sums and functions, against the interpreter.
@Suite("A random graph in a program")
struct RandomGraphTests {
  private static let units = 5

  /// Extends a list of matrices (batch, units) by random operations on them and on known numbers.
  private func grow(
    _ variables: inout [Variable], _ generator: inout SeededGenerator, known: (inout SeededGenerator) throws -> Variable
  ) throws {
    let functions: [UnaryOperation] = [.hyperbolicTangent, .logistic, .rectify, .square, .absolute]
    for _ in 0..<8 {
      let x = variables.randomElement(using: &generator) ?? variables[0]
      let other =
        Bool.random(using: &generator) ? try known(&generator) : variables.randomElement(using: &generator) ?? x
      let next: Variable
      switch Int.random(in: 0..<12, using: &generator) {
      case 0...2: next = try x.matrixMultiplied(by: matrix(Self.units, Self.units, in: x.builder))
      case 3, 4: next = try x + other
      case 5: next = try other + x
      case 6: next = try x - other
      case 7: next = try other - x
      case 8: next = try x * other
      case 9: next = try x.applying(functions.randomElement(using: &generator) ?? .rectify)
      case 10:
        let count = Int.random(in: 1..<Self.units, using: &generator)
        let parts = try [
          x.slicing(axis: 1, from: count, count: Self.units - count), x.slicing(axis: 1, from: 0, count: count),
        ]
        next = try Variable.concatenating(parts, axis: 1)
      default: next = try x + x.reduced(.mean, over: [1], keepingDimensions: true)
      }
      // Rounding errors stay small if the numbers do.
      variables.append(try next.clipped(-3...3))
      variables.append(next)
    }
  }

  /// The sum of some matrices, so that the program must compute them.
  private func sum(_ variables: [Variable], _ generator: inout SeededGenerator) throws -> Variable {
    var sum = try variables[variables.count - 1].clipped(-2...2)
    for variable in variables.dropFirst().suffix(4) where Bool.random(using: &generator) {
      sum = try sum + variable.clipped(-2...2)
    }
    return sum
  }

  @Test("computes what the interpreter computes", arguments: 0..<150)
  func plain(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    try check([[1, 2, 9].randomElement(using: &generator) ?? 1, Self.units], within: 1e-4) { x in
      let rows = try matrix(3, Self.units, in: x.builder)
      var variables = [x]
      try grow(&variables, &generator) { generator in
        try rows.slicing(axis: 0, from: Int.random(in: 0..<3, using: &generator), count: 1) + 0.5
      }
      return try sum(variables, &generator)
    }
  }

  @Test("computes what the interpreter computes in a loop", arguments: 0..<150)
  func loop(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    let batch = [1, 2, 9].randomElement(using: &generator) ?? 1
    let model = try Model([], seed: 1) { scope in
      let builder = scope.builder
      let sequence = try builder.input("x", VariableType(.float32, [4, "batch", .fixed(Self.units)]))
      let initial = try builder.input("h", VariableType(.float32, ["batch", .fixed(Self.units)]))
      let table = try matrix(6, Self.units, in: builder)
      let loop = try builder.scan(sequences: [sequence], states: [initial]) { _, step in
        var variables = [step.sequences[0], step.states[0]]
        try grow(&variables, &generator) { generator in
          // The numbers of a step, or the same numbers at each step.
          Bool.random(using: &generator)
            ? try table.taking(step: step.index, pastEnd: .clampToLast)
            : try table.slicing(axis: 0, from: 1, count: 1)
        }
        let state = try sum(variables, &generator).applying(.hyperbolicTangent)
        return ([state], [state, try variables[3].clipped(-3...3)])
      }
      return ["y": try loop.outputs[0] + loop.outputs[1]]
    }
    try check(model, ["x": images([4, batch, Self.units]), "h": images([batch, Self.units])], within: 1e-4)
  }
}
