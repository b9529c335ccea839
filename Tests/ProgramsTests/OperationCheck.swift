import Bricks
import Programs
import TestSupport
import Testing

/// Images without a repeating pattern, so that reading from a wrong position changes the results.
func images(_ dimensions: [Int]) throws -> Tensor {
  let count = dimensions.reduce(1, *)
  let numbers = (0..<count).map { index in
    let number = (index * 7919 + 31) % 1009
    return Float(number) / 126.1 - 4
  }
  return try Tensor(numbers, shape: Shape(dimensions))
}

/// Expects that a program computes the output "y" as the interpreter does.
func check(_ model: Model, _ inputs: [Name: Tensor], within tolerance: Double = 0) throws {
  let ordered = try model.graph.inputs.map { try #require(inputs[$0.name]) }
  let wanted = model.graph.outputs.map(\.variable)
  let program = try #require(
    try Program(model.graph, tensors: model.tensors, inputs: ordered.map { VariableType($0) }, wanted: wanted))
  let result = try program(ordered)[0]
  let expected = try #require(try Interpreter(model.graph, tensors: model.tensors)(inputs)["y"])
  #expect(result.shape == expected.shape)
  // A comparison with NaN is false, so NaN fails.
  expectClose(result.doubles, expected.doubles, absolute: tolerance)
}

/// Expects that a program computes a function of images, or of a matrix, as the interpreter does.
func check(_ dimensions: [Int], within tolerance: Double = 0, _ body: (Variable) throws -> Variable) throws {
  let model = try Model([], seed: 1) { scope in
    let type = VariableType(.float32, ["batch"] + dimensions.dropFirst().map { .fixed($0) })
    return ["y": try body(scope.builder.input("x", type))]
  }
  try check(model, ["x": images(dimensions)], within: tolerance)
}

/// Filters that are known during planning.
func filters(_ dimensions: [Int], in builder: GraphBuilder) throws -> Variable {
  // A known value without a saved tensor: a constant that is repeated.
  var filters = try builder.constant(0.25, .float32)
  for axis in dimensions.indices { filters = try filters.expandingDimensions(at: axis) }
  return try filters.padded(
    low: [0, 0, 0, 0], high: dimensions.map { $0 - 1 }, interior: [0, 0, 0, 0], with: -0.125)
}

/// A matrix whose numbers are known during planning, all different, from -1 to 1.
func matrix(_ rows: Int, _ columns: Int, in builder: GraphBuilder) throws -> Variable {
  let numbers = try (0..<rows * columns).map { index in
    try builder.constant(Double(index * 7919 % 1009) / 504 - 1, .float32).expandingDimensions(at: 0)
  }
  return try Variable.concatenating(numbers, axis: 0).reshaped(keepingAxes: 0, to: [rows, columns])
}
