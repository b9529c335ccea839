import Bricks
import Testing

@Suite("Batch normalizations folded into linear maps")
struct FoldingTests {
  static let image = ModelInput.images(channels: 4, height: 6, width: 5)

  static func convolutional(_ layers: [any Brick]) -> any Brick { Sequential(layers, name: "net") }

  static let cases: [FoldingCase] = [
    FoldingCase(
      name: "a perceptron without biases",
      brick: BatchNormalizedMLP(activations: [Tanh(), nil], dimensions: [4, 5, 3]), input: .features(4)),
    FoldingCase(
      name: "a perceptron with biases",
      brick: BatchNormalizedMLP(activations: [Tanh(), Rectifier()], dimensions: [4, 5, 3], usesBias: true),
      input: .features(4)),
    FoldingCase(
      name: "the other order of rounding",
      brick: BatchNormalizedMLP(
        activations: [nil], dimensions: [4, 5], normalization: BatchNormalization(conservesMemory: false)),
      input: .features(4)),
    FoldingCase(
      name: "the mean only", brick: Sequential([Linear(4, 3), BatchNormalization(meanOnly: true)]), input: .features(4)),
    FoldingCase(
      name: "neither scale nor shift",
      brick: Sequential([Linear(4, 3, usesBias: false), BatchNormalization(learnsScale: false, learnsShift: false)]),
      input: .features(4)),
    FoldingCase(
      name: "one statistic for all features",
      brick: Sequential([Linear(4, 3, usesBias: false), BatchNormalization(broadcastable: [true])]), input: .features(4)
    ),
    FoldingCase(
      name: "a linear map and biases apart",
      brick: Sequential([Linear(4, 3, usesBias: false), Bias(3), BatchNormalization()]), input: .features(4)),
    FoldingCase(
      name: "two normalizations after one map",
      brick: Sequential([Linear(4, 3), BatchNormalization(name: "first"), BatchNormalization(name: "second")]),
      input: .features(4)),
    FoldingCase(
      name: "before a linear map", brick: Sequential([BatchNormalization(), Linear(4, 3)]), input: .features(4)),
    FoldingCase(
      name: "before a linear map without biases",
      brick: Sequential([BatchNormalization(), Linear(4, 3, usesBias: false)]),
      input: .features(4)),
    FoldingCase(name: "before two linear maps", brick: Fork(), input: .features(4)),
    FoldingCase(
      name: "after convolutions with padding and groups",
      brick: convolutional([
        Convolutional(filterSize: 3, filterCount: 6, borderMode: .half, groups: 2, name: "a"),
        SpatialBatchNormalization(name: "na"),
        Rectifier(), Convolutional(filterSize: 2, filterCount: 3, step: 2, usesBias: false, name: "b"),
        SpatialBatchNormalization(name: "nb"),
      ]), input: image),
    FoldingCase(
      name: "after a convolution with biases for every pixel",
      brick: convolutional([
        Convolutional(filterSize: 3, filterCount: 2, tiesBiases: false), SpatialBatchNormalization(),
      ]), input: image),
    FoldingCase(
      name: "before a convolution without padding, in groups",
      brick: convolutional([
        SpatialBatchNormalization(), Convolutional(filterSize: 3, filterCount: 6, groups: 2),
      ]), input: image),
    FoldingCase(
      name: "before a convolution without padding or biases",
      brick: convolutional([SpatialBatchNormalization(), Convolutional(filterSize: 3, filterCount: 3, usesBias: false)]
      ),
      input: image),
    FoldingCase(name: "inside a loop", brick: NormalizedLoop(), input: ModelInput(name: "rows", shape: [3, 4])),
  ]

  static let refusals: [FoldingCase] = [
    FoldingCase(
      name: "before zero padding",
      brick: convolutional([
        SpatialBatchNormalization(), Convolutional(filterSize: 3, filterCount: 2, borderMode: .half),
      ]), input: image, kept: [("/net/spatialbatchnormalization", "zero padding")]),
    FoldingCase(
      name: "statistics for every pixel",
      brick: convolutional([Convolutional(filterSize: 3, filterCount: 2), BatchNormalization()]), input: image,
      kept: [("/net/batchnormalization", "depends on the position")]),
    FoldingCase(
      name: "nothing linear beside it", brick: Sequential([Tanh(), BatchNormalization(), Rectifier()]),
      input: .features(4), kept: [("/sequence/batchnormalization", "no linear map")]),
    FoldingCase(
      name: "what it normalizes is used twice", brick: Reuse(), input: .features(4),
      kept: [("/reuse/batchnormalization", "used elsewhere")]),
    FoldingCase(
      name: "weights are used twice", brick: Reuse(appliesTwice: true), input: .features(4),
      kept: [("/reuse/batchnormalization", "/reuse/linear.W")]),
    FoldingCase(
      name: "a pooling in between",
      brick: convolutional([
        Convolutional(filterSize: 3, filterCount: 2), MaxPooling(2), SpatialBatchNormalization(),
      ]), input: image, kept: [("/net/spatialbatchnormalization", "no linear map")]),
    FoldingCase(
      name: "statistics for every time step",
      brick: Sequential([Linear(4, 3), BatchNormalization(timeSteps: 2)]), input: .features(4),
      kept: [("/sequence/batchnormalization", "each time step")]),
  ]

  @Test(
    "do not change the function, and are removed from graph, tree and tensors", arguments: cases,
    [ScalarType.float64, .float32])
  func folding(_ network: FoldingCase, _ scalar: ScalarType) throws {
    let model = try network.model(scalar)
    let folded = try model.foldingNormalizations()
    #expect(folded.refusals == [])
    #expect(folded.model.graph.allCalls.allSatisfy { $0.normalization == nil })
    #expect(folded.model.tensors.keys.allSatisfy { $0.collection == .parameters })
    #expect(folded.model.origins.isEmpty)
    #expect(!"\(folded.model.bricks)".contains("BatchNormalization\""))
    let batch = try network.batch(scalar)
    let (expected, actual) = (try model(batch).doubles, try folded.model(batch).doubles)
    let tolerance = scalar == .float64 ? 1e-12 : 1e-5
    for (expected, actual) in zip(expected, actual) {
      #expect(abs(expected - actual) <= tolerance * (1 + abs(expected)))
    }
    // Folding again finds nothing to do.
    #expect(try folded.model.foldingNormalizations().model == folded.model)
  }

  @Test("stay if folding would not be exact, and the refusal says why", arguments: refusals)
  func refusal(_ network: FoldingCase) throws {
    var model = try Model(
      network.brick, input: network.input, scalar: .float64, withTimeStep: "\(network.brick)".contains("Optional(2)"),
      seed: 5)
    try model.randomize()
    let folded = try model.foldingNormalizations()
    #expect(folded.refusals.count == network.kept.count)
    for (refusal, kept) in zip(folded.refusals, network.kept) {
      #expect(refusal.brick == kept.brick)
      #expect(refusal.reason.contains(kept.reason), "\(refusal.reason)")
    }
    #expect(folded.model == model)
  }

  @Test("by hand: W = [2], b = 1 normalized by μ = 3, σ = 4, γ = 8, β = 5 is W = [4], b = 1") func byHand() throws {
    var model = try Model(
      Sequential([Linear(1, 1), BatchNormalization()]), input: .features(1), scalar: .float64, seed: 1)
    try model.set("/sequence/linear.W", to: [2])
    try model.set("/sequence/linear.b", to: [1])
    try model.set("/sequence/batchnormalization.population_mean", to: [3])
    try model.set("/sequence/batchnormalization.population_stdev", to: [4])
    try model.set("/sequence/batchnormalization.batch_norm_scale", to: [8])
    try model.set("/sequence/batchnormalization.batch_norm_shift", to: [5])
    let folded = try model.foldingNormalizations(allowingPrior: true).model
    #expect(try folded.tensor(folded.path("/sequence/linear.W")).doubles == [4])
    #expect(try folded.tensor(folded.path("/sequence/linear.b")).doubles == [1])
  }

  @Test("are folded with stale or never estimated statistics only with permission") func priors() throws {
    let network = BatchNormalizedMLP(activations: [nil], dimensions: [4, 3])
    var model = try Model(network, input: .features(4), scalar: .float64, seed: 1)
    #expect(try model.foldingNormalizations().refusals.first?.reason.contains("never estimated") == true)
    try model.randomize()
    try model.set(model.path("/mlp/linear_0.W"), to: uniformInput([4, 3]))
    #expect(try model.foldingNormalizations().refusals.first?.reason.contains("stale") == true)
    #expect(try model.foldingNormalizations(allowingPrior: true).folds.count == 1)
  }

  @Test("do not change the states of other statistics, although the parameters' digest changes")
  func states() throws {
    let brick = Sequential([Linear(4, 3), BatchNormalization(name: "folds"), Tanh(), BatchNormalization(name: "stays")])
    var model = try Model(brick, input: .features(4), scalar: .float64, seed: 1)
    try model.randomize()
    let folded = try model.foldingNormalizations()
    #expect(folded.folds.map(\.brick) == ["/sequence/folds"] && folded.refusals.map(\.brick) == ["/sequence/stays"])
    #expect(folded.model.statisticStates.values.allSatisfy { $0 == .estimated })
  }

  @Test("are refused in training mode") func training() throws {
    let model = try Self.cases[0].model()
    let training = try Model(
      bricks: model.bricks, graph: model.graph.trainingGraph(), tensors: model.tensors,
      descriptions: model.descriptions,
      origins: model.origins)
    #expect(try training.foldingNormalizations().refusals.allSatisfy { $0.reason.contains("minibatch") })
  }

  @Test("a refusal for the second of two linear maps leaves the first unchanged") func halfDone() throws {
    var model = try Model(Fork(), input: .features(4), scalar: .float32, seed: 1)
    try model.randomize()
    try model.set("/fork/batchnormalization.batch_norm_scale", to: [1e20, 1, 1, 1])
    try model.set("/fork/right.W", to: [Double](repeating: 1e30, count: 12))
    let folded = try model.foldingNormalizations(allowingPrior: true)
    #expect(folded.refusals.map(\.brick) == ["/fork/batchnormalization"])
    #expect(folded.refusals.first?.reason.contains("folding makes /fork/right.W infinite or NaN") == true)
    #expect(folded.model == model)
  }

  @Test("biases along another axis than the outputs do not belong to the map") func foreignBiases() throws {
    // A convolution to 3 filters of width 3, and three numbers added along the width.
    let brick = Sequential([AlongWidth(), SpatialBatchNormalization()], name: "net")
    var model = try Model(brick, input: .images(channels: 2, height: 3, width: 3), scalar: .float64, seed: 1)
    try model.randomize()
    let folded = try model.foldingNormalizations()
    #expect(folded.folds == [] && folded.refusals.map(\.brick) == ["/net/spatialbatchnormalization"])
    #expect(folded.model == model)
  }

  @Test("a scale that overflows the weights' type is refused") func overflow() throws {
    var model = try Self.cases[0].model(.float32)
    try model.set(
      "/mlp/batch_norm_activation_0/batchnormalization.batch_norm_scale", to: [Double](repeating: 3e38, count: 5))
    try model.set("/mlp/linear_0.W", to: [Double](repeating: 1e3, count: 20))
    #expect(try model.foldingNormalizations(allowingPrior: true).refusals.first?.reason.contains("finite") == true)
  }
}
