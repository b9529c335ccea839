import Bricks
import Checkpoints
import EDRAM
import Foundation
import PopulationStatistics
import Testing

/// The attention model gives PyTorch's numbers.
@Suite("EDRAM")
struct EDRAMTests {
  private static let cases = (try? EDRAMCase.all.get()) ?? []
  private static let scalars = [ScalarType.float64, .float32]

  @Test("both cases are there, and parameters and statistics have their paths and shapes") func paths() throws {
    let cases = try EDRAMCase.all.get()
    #expect(cases.map(\.edram.filterCounts.count) == [4, 6])
    for edram in cases {
      let shapes = Dictionary(
        uniqueKeysWithValues: try edram.model().tensors.map { ($0.key.spelling, $0.value.shape) })
      #expect(
        shapes == edram.arrays(in: "parameters").merging(edram.arrays(in: "population")) { $1 }.mapValues(\.shape))
    }
  }

  @Test("inference gives the class probabilities and locations of every look", arguments: cases, scalars)
  func inference(_ edram: EDRAMCase, _ scalar: ScalarType) throws {
    let outputs = try edram.model(scalar)(edram.inputs(scalar))
    for name in ["probabilities", "locations"] as [Name] {
      expectClose(try #require(outputs[name]), try edram.array("inference/\(name)"), name.text)
    }
  }

  @Test(
    "training mode, by transform and by scope, gives outputs, pairs and counts of every look", arguments: cases, scalars
  )
  func training(_ edram: EDRAMCase, _ scalar: ScalarType) throws {
    let model = try edram.model(scalar)
    let inputs = try edram.inputs(scalar)
    for graph in [try model.graph.trainingGraph(), try edram.trainingScopeGraph(scalar)] {
      let interpreter = try Interpreter(graph, tensors: model.tensors)
      let outputs = try interpreter(inputs)
      for name in ["probabilities", "locations"] as [Name] {
        expectClose(try #require(outputs[name]), try edram.array("training/\(name)"), name.text)
      }
      let pairs = try graph.updatePairs()
      #expect(Set(pairs.map(\.population.spelling)) == Set(edram.arrays(in: "updates").keys))
      #expect(pairs.count == edram.arrays(in: "updates").count)
      let values = try interpreter.evaluate(pairs.map(\.minibatch), inputs: inputs)
      for (pair, value) in zip(pairs, values) {
        expectClose(value, try edram.array("updates\(pair.population)"), "\(pair.population)")
        let isInitial = pair.brick.hasPrefix("/edram/conv_init/")
        #expect(pair.loopDepth == (isInitial ? 0 : 1) && (pair.step == nil) == isInitial)
      }
      let looks = try pairs.filter { $0.loopDepth == 1 }.map { pair in
        guard case .variable(let count) = pair.observations else { throw EDRAMCase.Missing(what: "a count per look") }
        return (brick: pair.brick, count: count, step: try #require(pair.step))
      }
      let numbers = try interpreter.evaluate(looks.flatMap { [$0.count, $0.step] }, inputs: inputs).map(\.doubles)
      for (index, look) in looks.enumerated() {
        #expect(numbers[2 * index] == (try edram.array("counts\(look.brick)").doubles))
        #expect(numbers[2 * index + 1] == (0..<edram.edram.stepCount).map(Double.init))
      }
    }
  }

  @Test("a pass over data estimates every statistic, with a count per look", arguments: cases)
  func pass(_ edram: EDRAMCase) throws {
    let model = try edram.model()
    var pass = try PopulationPass(model)
    try pass.observe(edram.inputs(.float64))
    let estimated = try pass.estimatedModel()
    for (path, expected) in edram.arrays(in: "updates") {
      let path = try estimated.path(path)
      expectClose(try estimated.tensor(path), expected, "\(path)")
      let counts = try edram.array("counts\(path.brick)").doubles.map { Int64($0) }
      #expect(estimated.origins[path]?.observationCounts == counts)
      #expect(estimated.statisticStates[path] == .estimated)
    }
    // Statistics that were estimated from one batch normalize that batch as training mode does.
    let outputs = try estimated(edram.inputs(.float64))
    expectClose(try #require(outputs["probabilities"]), try edram.array("training/probabilities"), "probabilities")
  }

  @Test("a file gives back exactly the same model, which runs from its graph", arguments: cases, scalars)
  func roundTrip(_ edram: EDRAMCase, _ scalar: ScalarType) throws {
    let path = temporaryPath("edram.h5")
    defer { try? FileManager.default.removeItem(atPath: path) }
    let model = try edram.model(scalar)
    try model.save(to: path)
    let loaded = try Model(checkpoint: path)
    #expect(loaded == model)
    #expect(try loaded(edram.inputs(scalar)) == model(edram.inputs(scalar)))
    let training = try loaded.graph.trainingGraph()
    #expect(try training == model.graph.trainingGraph())
    var registry = BrickRegistry.standard
    registry.register(EDRAM.self)
    #expect(try registry.brick(loaded.bricks[0]) as? EDRAM == edram.edram)
  }

  @Test("the recurrent bricks' own initial states exist, and have no influence", arguments: cases)
  func initialStates(_ edram: EDRAMCase) throws {
    var model = try edram.model()
    for brick in ["encoder_rnn", "decoder_rnn"] {
      for name in ["initial_state", "initial_cells"] {
        let path = try model.path("/edram/\(brick).\(name)")
        try model.set(path, to: Tensor(repeating: .nan, shape: model.tensor(path).shape, type: .float64))
      }
    }
    let outputs = try model(edram.inputs(.float64))
    #expect(outputs == (try edram.model()(edram.inputs(.float64))))
  }

  @Test("without coarse copies they are sampled from the images, and are the images themselves if the sizes agree")
  func imagesAlone() throws {
    var edram = try EDRAMCase.all.get()[1].edram
    edram.imageSize = edram.coarseSize
    let size = edram.coarseSize
    let alone = try Model(
      edram, input: .images(channels: 1, height: size.height, width: size.width), scalar: .float64, seed: 3)
    let both = try edram.model(scalar: .float64, seed: 3)
    let pixels = (0..<2 * size.height * size.width).map { Double($0 * 37 % 101) / 101 }
    let images = try Tensor(pixels, shape: [2, 1, size.height, size.width])
    let expected = try #require(try both(["images": images, "coarse_images": images])["probabilities"])
    expectClose(try alone(images), expected, "probabilities")
  }

  @Test("the published configuration has the original's bricks and widths") func published() throws {
    let edram = EDRAM()
    // The constructor's arguments, in the order of its list of children.
    #expect(
      edram.children.map(\.name) == [
        "rectifier", "conv1", "conv1_bn", "conv2", "conv2_bn", "max_pooling", "conv3", "conv3_bn", "conv4", "conv4_bn",
        "conv_mlp", "conv_mlp_bn", "loc_mlp", "loc_mlp_bn", "encoder_mlp", "encoder_rnn", "decoder_mlp", "decoder_rnn",
        "conv_init", "classification_mlp1", "classification_mlp1_bn", "classification_mlp2", "classification_mlp2_bn",
        "classification_mlp3", "emit_mlp",
      ])
    let perceptron = try #require(edram.children.first { $0.name == "conv_mlp" } as? MLP)
    #expect(perceptron.dimensions == [12_800, 1024])
    let sequence = try #require(edram.children.first { $0.name == "conv_init" } as? ConvolutionalSequence)
    #expect(sequence.outputShape == ImageShape(channelCount: 32, height: 4, width: 4))
  }

  @Test("only the second and the last of the original's six convolutions have no border, which gives 3072 features")
  func deeper() {
    var edram = EDRAM()
    edram.filterCounts = [64, 64, 128, 128, 160, 192]
    let modes = edram.children.compactMap { ($0 as? Convolutional)?.borderMode }
    #expect(modes == [.half, .valid, .half, .half, .half, .valid])
    // 26 → 26 → 24, pooled 12 → 12 → 12, pooled 6 → 6 → 4.
    let perceptron = edram.children.first { $0.name == "conv_mlp" } as? MLP
    #expect(perceptron?.dimensions == [192 * 4 * 4, 1024])
  }

  @Test("sizes that do not fit are refused, with the brick") func sizes() {
    func message(_ change: (inout EDRAM) -> Void) -> String {
      var edram = EDRAM()
      change(&edram)
      let error = #expect(throws: BrickError.self) { _ = try edram.model(seed: 1) }
      return error?.description ?? ""
    }
    #expect(
      message { $0.decoderDimension = 500 }
        == "/edram.apply: makes float32 batch×512 from a coarse image, but the decoder needs batch×500")
    #expect(
      message { $0.glimpseSize = 4 } == "/edram.apply: has the glimpse size 4×4, which is too small for 4 convolutions")
  }

  /// Expects agreement to 1e-10 in double and 1e-5 in single precision, relative to 1 where numbers are small.
  private func expectClose(
    _ value: Tensor, _ expected: Tensor, _ name: String, sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let tolerance = value.type == .float64 ? 1e-10 : 1e-5
    #expect(value.shape.elementCount == expected.shape.elementCount, "\(name)", sourceLocation: sourceLocation)
    let distance = zip(value.doubles, expected.doubles).reduce(0) { largest, pair in
      let distance = (pair.0 - pair.1).magnitude / (1 + pair.1.magnitude)
      return distance.isNaN ? .infinity : max(largest, distance)
    }
    #expect(distance <= tolerance, "\(name)", sourceLocation: sourceLocation)
  }
}
