import ComputationGraphs
import JSON
import Tensors
import Testing

@Suite struct SpatialOperationTests {
  private let images = VariableType(.float32, ["batch", 4, 7, 6])
  private let filters = VariableType(.float32, [6, 2, 3, 2])
  private let convolution = GraphOperation.spatial(
    .convolution(Convolution(padding: 1, stride: SpatialExtents(2, 1), groups: 2)))
  private let pooling = GraphOperation.spatial(.pooling(Pooling(.maximum, window: 2)))
  private let glimpse = GraphOperation.spatial(.affineGlimpse(SpatialExtents(3, 5)))

  @Test("shapes are known while the graph is built, the batch may stay open") func shapes() throws {
    #expect(try convolution.resultType(of: [images, filters]) == VariableType(.float32, ["batch", 6, 4, 7]))
    #expect(try pooling.resultType(of: [images]) == VariableType(.float32, ["batch", 4, 3, 3]))
    let location = VariableType(.float32, ["batch", 6])
    #expect(try glimpse.resultType(of: [images, location]) == VariableType(.float32, ["batch", 4, 3, 5]))
    let fixed = VariableType(.float64, [3, 1, 4, 4])
    #expect(try pooling.resultType(of: [fixed]) == VariableType(.float64, [3, 1, 2, 2]))
  }

  @Test("operands that do not fit give an error that names the operation and its operands") func refused() {
    func refuse(_ operation: GraphOperation, _ inputs: [VariableType], _ text: String) {
      expectError(.shapeMismatch, mentioning: operation.name, text) { _ = try operation.resultType(of: inputs) }
    }
    let integers = VariableType(.int64, ["batch", 4, 7, 6])
    refuse(pooling, [integers], "floating-point operands of the same type, got int64 batch×4×7×6")
    refuse(convolution, [images, VariableType(.float64, [6, 2, 3, 2])], "of the same type")
    refuse(convolution, [images, VariableType(.float32, [6, 4, 3, 2])], "filters for 4 channels")
    refuse(convolution, [images, VariableType(.float32, [6, 2, 10, 2])], "a window of extent 10")
    refuse(convolution, [images, VariableType(.float32, ["filters", 2, 3, 2])], "filters of known extents")
    refuse(convolution, [images, VariableType(.float32, [6, 2, 3])], "images (N, C, H, W)")
    refuse(pooling, [VariableType(.float32, ["batch", 4, "height", 6])], "known extents")
    refuse(pooling, [VariableType(.float32, ["batch"])], "at least two axes")
    refuse(glimpse, [images, VariableType(.float32, ["other", 6])], "as many locations as images")
    refuse(glimpse, [images, VariableType(.float32, ["batch", 5])], "locations (N, 6)")
    for operation in [convolution, glimpse] {
      for inputs in [[images], [images, images, images]] {
        expectError(.malformed, mentioning: "takes 2 operands, not \(inputs.count)") {
          _ = try operation.resultType(of: inputs)
        }
      }
    }
    for operation in [pooling] {
      expectError(.malformed, mentioning: "takes 1 operand, not 2") {
        _ = try operation.resultType(of: [images, images])
      }
    }
  }

  @Test(
    "attributes that are missing or of another kind are named",
    arguments: ["convolution", "max_pool", "average_pool", "affine_glimpse"])
  func attributes(_ name: String) throws {
    let pair = JSONValue.integers([1, 1])
    let complete: [Name: JSONValue] =
      switch name {
      case "convolution": ["padding": pair, "stride": pair, "groups": .integer(1)]
      case "affine_glimpse": ["extents": pair]
      case "max_pool": ["window": pair, "step": pair, "padding": pair, "ignore_border": .boolean(true)]
      default:
        [
          "window": pair, "step": pair, "padding": pair, "ignore_border": .boolean(true),
          "include_padding": .boolean(true),
        ]
      }
    #expect(try GraphOperation(name: name, attributes: complete).attributes() == complete)
    for key in complete.keys {
      var damaged = complete
      damaged[key] = nil
      expectError(.malformed, mentioning: name, key.text) { _ = try GraphOperation(name: name, attributes: damaged) }
      for wrong in [JSONValue.text("1"), .integers([1]), .integers([1, 2, 3]), .list([.integer(1), .real(0.5)])] {
        damaged[key] = wrong
        expectError(.malformed, mentioning: name, key.text) { _ = try GraphOperation(name: name, attributes: damaged) }
      }
    }
  }

  @Test("a recorded graph computes the same as the tensors, also after coding in JSON") func evaluation() throws {
    let builder = GraphBuilder()
    let x = try builder.input("x", VariableType(.float64, ["batch", 1, 4, 4]))
    let location = try builder.input("location", VariableType(.float64, ["batch", 6]))
    let filters = try builder.input("filters", VariableType(.float64, [1, 1, 2, 2]))
    let convolved = try x.convolved(with: filters, Convolution(padding: 1))
    let output = try convolved.pooled(Pooling(.average, window: 2, ignoresBorder: false))
      .affineGlimpse(at: location, extents: SpatialExtents(1, 2)).flattened()
    let graph = try builder.finish(outputs: ["y": output])
    let read = try Graph(json: graph.json())
    #expect(read == graph)
    let inputs: [Name: Tensor] = try [
      "x": Tensor((0..<16).map(Double.init), shape: [1, 1, 4, 4]),
      "location": Tensor([1, 0, 0, 0, 1, 0] as [Double], shape: [1, 6]),
      "filters": Tensor([0, 0, 0, 1] as [Double], shape: [1, 1, 2, 2]),
    ]
    // The only weight, flipped, is at the window's first place: the image moved by one row and column. The pooled corners of
    // its first row are 0/4 … and, cut by the border, (0 + 3)/2.
    for graph in [graph, read] {
      #expect(try Interpreter(graph, tensors: [:])(inputs)["y"] == Tensor([0, 1.5] as [Double], shape: [1, 2]))
    }
  }
}
