import Bricks
import Testing

@Suite struct ConvolutionalTests {
  private let images = ModelInput.images(channels: 4, height: 7, width: 6)

  private func outputShape(_ brick: any Brick, _ input: ModelInput? = nil) throws -> [Extent] {
    let graph = try Model(brick, input: input ?? images, seed: 1).graph
    return graph.variables[graph.outputs[0].variable].type.shape
  }

  @Test("each border mode gives its own output size") func borderModes() throws {
    func shape(_ mode: BorderMode, filter: SpatialExtents, step: SpatialExtents = 1) throws -> [Extent] {
      let brick = Convolutional(filterSize: filter, filterCount: 5, step: step, borderMode: mode)
      let result = try outputShape(brick)
      #expect(brick.outputShape(of: ImageShape(channelCount: 4, height: 7, width: 6)).height == result[2].fixed)
      #expect(brick.outputShape(of: ImageShape(channelCount: 4, height: 7, width: 6)).width == result[3].fixed)
      return result
    }
    #expect(try shape(.valid, filter: SpatialExtents(3, 2)) == ["batch", 5, 5, 5])
    #expect(try shape(.full, filter: SpatialExtents(3, 2)) == ["batch", 5, 9, 7])
    #expect(try shape(.half, filter: SpatialExtents(3, 2)) == ["batch", 5, 7, 7])
    #expect(try shape(.explicit(padding: SpatialExtents(0, 4)), filter: 3) == ["batch", 5, 5, 12])
    #expect(try shape(.half, filter: 3, step: SpatialExtents(2, 4)) == ["batch", 5, 4, 2])
  }

  @Test("W is a filter and b a bias, one per filter or one per position", arguments: [true, false])
  func parameters(_ tied: Bool) throws {
    let brick = Convolutional(filterSize: SpatialExtents(3, 2), filterCount: 6, groups: 2, tiesBiases: tied)
    let model = try Model(brick, input: images, seed: 1)
    let weights = try model.path("/convolutional.W")
    let biases = try model.path("/convolutional.b")
    #expect(try model.tensor(weights).shape == [6, 2, 3, 2])
    #expect(try model.tensor(biases).shape == (tied ? [6] : [6, 5, 5]))
    #expect(model.descriptions[weights]?.axes == ["filter", "channel", "height", "width"])
    #expect(model.descriptions[biases]?.axes == (tied ? ["filter"] : ["filter", "height", "width"]))
    let roles = Dictionary(uniqueKeysWithValues: model.graph.savedTensors.map { ($0.path.name, $0.variable.roles) })
    #expect(roles["W"]?.contains(refining: .weight) == true && roles["W"]?.contains(refining: .filter) == true)
    #expect(roles["b"]?.contains(refining: .bias) == true)
    var without = brick
    without.usesBias = false
    #expect(try Model(without, input: images, seed: 1).tensors.keys.map(\.name) == ["W"])
  }

  @Test("filters are flipped, and biases are added to their filters and positions") func values() throws {
    // One bright pixel of a padded 1×1 image shows the filter as it is.
    let brick = Convolutional(filterSize: 2, filterCount: 1, borderMode: .full, tiesBiases: false)
    var model = try Model(brick, input: .images(channels: 1, height: 1, width: 1), scalar: .float64, seed: 1)
    try model.set("/convolutional.W", to: [1, 2, 3, 4])
    try model.set("/convolutional.b", to: [10, 20, 30, 40])
    #expect(try model(Tensor([1] as [Double], shape: [1, 1, 1, 1])).doubles == [11, 22, 33, 44])
  }

  @Test("pooling and flattening keep the batch open") func pooling() throws {
    #expect(try outputShape(MaxPooling(2)) == ["batch", 4, 3, 3])
    #expect(try outputShape(MaxPooling(2, ignoresBorder: false)) == ["batch", 4, 4, 3])
    #expect(try outputShape(MaxPooling(2, step: 1)) == ["batch", 4, 6, 5])
    #expect(try outputShape(AveragePooling(SpatialExtents(3, 2), padding: 1)) == ["batch", 4, 3, 4])
    #expect(try outputShape(Flattener()) == ["batch", 168])
    let average = AveragePooling(SpatialExtents(1, 2), padding: SpatialExtents(0, 1))
    var including = average
    including.includesPadding = true
    let image = try Tensor([2, 4] as [Double], shape: [1, 1, 1, 2])
    let input = ModelInput.images(channels: 1, height: 1, width: 2)
    #expect(try Model(average, input: input, scalar: .float64, seed: 1)(image).doubles == [2, 4])
    #expect(try Model(including, input: input, scalar: .float64, seed: 1)(image).doubles == [1, 2])
  }

  @Test("operands that do not fit are refused when the graph is built, and the error names the brick") func refused() {
    func refuse(_ brick: Convolutional, _ text: String, _ input: ModelInput? = nil) {
      expectError(.invalidConfiguration, mentioning: "/convolutional", text) { _ = try outputShape(brick, input) }
    }
    refuse(Convolutional(filterSize: 3, filterCount: 2), "batch×12", .features(12))
    refuse(Convolutional(filterSize: 3, filterCount: 0), "0 filters")
    refuse(Convolutional(filterSize: 0, filterCount: 2), "0×0")
    refuse(Convolutional(filterSize: 3, filterCount: 2, groups: 0), "0 groups")
    refuse(Convolutional(filterSize: 3, filterCount: 2, groups: 4), "4 groups")
    refuse(Convolutional(filterSize: 3, filterCount: 3, groups: 2), "3 filters")
    refuse(Convolutional(filterSize: 3, filterCount: 2, image: ImageShape(channelCount: 3)), "batch×3×?×?")
    refuse(Convolutional(filterSize: 3, filterCount: 2, image: ImageShape(height: 8, width: 6)), "batch×?×8×6")
    for (brick, text): (any Brick, String) in [
      (Convolutional(filterSize: 8, filterCount: 2, name: "brick"), "does not fit"),
      (Convolutional(filterSize: 3, filterCount: 2, step: 0, name: "brick"), "stride 0×0"),
      (
        Convolutional(filterSize: 3, filterCount: 2, borderMode: .explicit(padding: -1), name: "brick"), "padding -1×-1"
      ),
      (MaxPooling(8, name: "brick"), "does not fit"), (MaxPooling(2, step: 0, name: "brick"), "stride 0×0"),
      (MaxPooling(2, padding: 1, ignoresBorder: false, name: "brick"), "only possible without partial windows"),
      (
        AveragePooling(2, padding: 1, ignoresBorder: false, includesPadding: true, name: "brick"),
        "only possible without partial windows"
      ),
      (AveragePooling(2, padding: 2, name: "brick"), "smaller than the window"),
    ] {
      expectError(.shapeMismatch, mentioning: "/brick.apply", text) { _ = try outputShape(brick) }
    }
  }
}
