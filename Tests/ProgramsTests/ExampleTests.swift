import Bricks
import Programs
import TestSupport
import Testing

/// Programs compute the images of a few examples at a time. The batches here are larger and smaller than these blocks.
@Suite("Images of a batch")
struct ExampleTests {
  /// A kind of network.
  enum Body: CaseIterable {
    /// A gate made from the mean of all pixels, two branches, and a product at the end.
    case gated
    /// The mean image of the batch is taken away in the middle.
    case centered
    /// Two results, one in the middle. The images are as large as the filters.
    case small
    /// Convolutions in tiles of 2×2 pixels, with odd extents: one with a normalization and a shortcut, and one with an operation that
    /// is applied to blocks of pixels.
    case tiled

    /// The extent of the images along both axes.
    var size: Int {
      switch self {
      case .small: 3
      case .tiled: 21
      case .gated, .centered: 40
      }
    }
  }

  private func model(_ body: Body) throws -> Model {
    try Model([], seed: 3) { scope in
      let size = body.size
      let x = try scope.builder.input("x", VariableType(.float32, ["batch", 3, .fixed(size), .fixed(size)]))
      func convolved(_ x: Variable, _ count: Int, groups: Int = 1) throws -> Variable {
        let shape = [count, (x.shape[1].fixed ?? 0) / groups, 3, 3]
        var filters = try scope.builder.constant(0.25, .float32)
        for axis in shape.indices { filters = try filters.expandingDimensions(at: axis) }
        filters = try filters.padded(
          low: [0, 0, 1, 0], high: [count - 1, shape[1] - 1, 1, 2], interior: [0, 0, 0, 0], with: -0.125)
        return try x.convolved(with: filters, Convolution(padding: SpatialExtents(1, 1), groups: groups))
      }
      switch body {
      case .gated:
        let first = try convolved(x, 32).applying(.rectify)
        let depthwise = try convolved(first, 32, groups: 32)
        let mean = try depthwise.reduced(.mean, over: [2, 3], keepingDimensions: true)
        let gated = try depthwise * (mean + 0.5).applying(.logistic)
        let joined = try Variable.concatenating([gated, convolved(gated, 5)], axis: 1)
        let features = try joined.pooled(Pooling(.maximum, window: 3, stride: 2, padding: 1))
          .reduced(.mean, over: [2, 3], keepingDimensions: false)
        let matrix = try scope.builder.constant(0.01, .float32).expandingDimensions(at: 0).expandingDimensions(at: 1)
          .padded(low: [0, 0], high: [36, 3], interior: [0, 0], with: 0.02)
        return ["y": try features.matrixMultiplied(by: matrix).softmax()]
      case .centered:
        let first = try convolved(x, 8)
        let centered = try first - first.reduced(.mean, over: [0], keepingDimensions: true)
        return ["y": try convolved(centered, 4)]
      case .tiled:
        let first = try convolved(x, 33).applying(.rectify)
        let second = try (convolved(first, 33) * 0.125 + 0.5 + first).applying(.rectify)
        return ["y": try convolved(second, 64).applying(.hyperbolicTangent)]
      case .small:
        let first = try convolved(x, 8)
        return ["first": first, "y": try convolved(first, 4).applying(.hyperbolicTangent)]
      }
    }
  }

  private func images(_ shape: [Int]) throws -> Tensor {
    var numbers: [Float] = []
    for index in 0..<shape.reduce(1, *) {
      let number = (index * 7919 + 31) % 1009
      numbers.append(Float(number) / 504.5 - 1)
    }
    return try Tensor(numbers, shape: Shape(shape))
  }

  private func outputs(_ model: Model, _ images: Tensor) throws -> [Tensor] {
    let program = try #require(
      try Program(
        model.graph, tensors: model.tensors, inputs: [VariableType(images)],
        wanted: model.graph.outputs.map(\.variable)))
    return try program([images])
  }

  @Test("have the interpreter's results", arguments: Body.allCases, [1, 2, 6, 7])
  func agreement(_ body: Body, batch: Int) throws {
    let model = try model(body)
    let images = try images([batch, 3, body.size, body.size])
    let expected = try Interpreter(model.graph, tensors: model.tensors)(["x": images])
    for (port, value) in zip(model.graph.outputs, try outputs(model, images)) {
      let wanted = try #require(expected[port.name])
      #expect(value.shape == wanted.shape)
      expectClose(value.doubles, wanted.doubles, absolute: 1e-5, relative: 1e-5)
    }
  }

  @Test("have the results of each example alone", arguments: [Body.gated, .small, .tiled])
  func independence(_ body: Body) throws {
    let model = try model(body)
    let images = try images([12, 3, body.size, body.size])
    let together = try outputs(model, images)
    for index in [0, 5, 11] {
      let alone = try outputs(model, images.slicing(axis: 0, from: index, count: 1))
      for (one, all) in zip(alone, together) {
        #expect(try one == all.slicing(axis: 0, from: index, count: 1), "example \(index)")
      }
    }
  }
}
