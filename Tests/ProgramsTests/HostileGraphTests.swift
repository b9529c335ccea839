import Bricks
import Programs
import Testing

/// Graphs that ask for more memory or time than any machine has. A file can contain them.
@Suite("A graph that asks for too much")
struct HostileGraphTests {
  /// Expects an error, and no trap, from the evaluation of a graph with the input "x".
  private func expectRefusal(_ dimensions: [Int], _ body: (Variable) throws -> Variable) throws {
    let model = try Model([], seed: 1) { scope in
      let type = VariableType(.float32, ["batch"] + dimensions.dropFirst().map { .fixed($0) })
      return ["y": try body(scope.builder.input("x", type))]
    }
    let input = try Tensor(repeating: 1, shape: Shape(dimensions), type: .float32)
    #expect(throws: (any Error).self) { try Evaluator(model.graph, tensors: [:])(["x": input]) }
  }

  @Test("of memory is refused", arguments: [1 << 40, 1 << 60, Int.max - 8])
  func padding(count: Int) throws {
    try expectRefusal([1, 1]) { try $0.padded(low: [0, count], high: [0, 0], with: 0) }
    try expectRefusal([1, 1]) { try $0.padded(low: [0, count], high: [0, 0], with: 0) * 2 + 1 }
    try expectRefusal([1, 1]) {
      try $0.padded(low: [0, count], high: [0, 0], with: 0).reduced(.mean, over: [1], keepingDimensions: true)
    }
  }

  @Test("of memory by two axes of a possible size is refused")
  func images() throws {
    try expectRefusal([1, 1, 1, 1]) {
      try $0.padded(low: [0, 0, 1 << 24, 1 << 24], high: [0, 0, 0, 0], with: 0)
    }
    try expectRefusal([1, 1, 4, 4]) { x in
      let filters = try filters([1, 1, 3, 3], in: x.builder)
      return try x.convolved(with: filters, Convolution(padding: SpatialExtents(1 << 22, 1 << 22)))
    }
  }

  @Test("of steps is refused", arguments: [1 << 25, 1 << 40, 1 << 62])
  func steps(count: Int) throws {
    try expectRefusal([1, 1]) { x in
      let loop = try x.builder.scan(sequences: [], states: [x], stepCount: count) { _, step in
        let next = try step.states[0] * 0.5
        return ([next], [next])
      }
      return loop.outputs[0]
    }
  }

  @Test("without any examples has a result without elements", arguments: [1 << 20, 1 << 40])
  func noExamples(extent: Int) throws {
    let model = try Model([], seed: 1) { scope in
      let images = try scope.builder.input("x", VariableType(.float32, ["batch", 1, 3, 3]))
      let padded = try images.padded(low: [0, 0, extent, 0], high: [0, 0, 0, 0], with: 0)
      return ["y": try padded.pooled(Pooling(.maximum, window: 2, stride: 1))]
    }
    let input = try Tensor(repeating: 1, shape: [0, 1, 3, 3], type: .float32)
    let outputs = try Evaluator(model.graph, tensors: [:])(["x": input])
    #expect(outputs["y"]?.shape.dimensions == [0, 1, extent + 2, 2])
  }
}
