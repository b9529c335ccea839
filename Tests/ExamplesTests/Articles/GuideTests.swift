import Bricks
import Checkpoints
import Foundation
import PopulationStatistics
import Testing

/// The Swift code of docs/from-blocks.md up to the modes, without changes.
@Suite("The guide from Blocks: bricks")
struct GuideTests {
  @Test("a brick is configured, traced and initialized at once")
  func lifecycle() throws {
    let network = BatchNormalizedMLP(
      activations: [.tanh, .softmax], dimensions: [64, 32, 10],
      weightsInitialization: .isotropicGaussian(standardDeviation: 0.1))
    let model = try Model(network, input: .features(64), seed: 7)

    #expect(try model == Model(network, input: .features(64), seed: 7))
    #expect(try model.tensor(model.path("/mlp/linear_0.W")).shape == [64, 32])
    // Missing dimensions come from the input.
    let late = try Model(Sequential([Linear(nil, 10), BatchNormalization()]), input: .features(64), seed: 7)
    #expect(try late.tensor(late.path("/sequence/linear.W")).shape == [64, 10])
    #expect(
      try late.tensor(late.path("/sequence/batchnormalization.batch_norm_scale")).doubles
        == Array(repeating: 1, count: 10))
  }

  @Test("a graph is searched by roles, bricks, applications, names and paths")
  func queries() throws {
    let network = BatchNormalizedMLP(activations: [.tanh, .softmax], dimensions: [3, 4, 2])
    var model = try Model(network, input: .features(3), seed: 7)
    let graph = model.graph
    let tensors = model.tensors

    let weights = graph.variables { $0.role(refines: .weight) && $0.brick(is: Linear.self) }
    #expect(weights.map(\.name) == ["W", "W"])
    #expect(graph.variables { $0.brick(isAt: "/mlp/linear_0") && $0.role(refines: .parameter) }.count == 1)
    #expect(graph.variables { $0.name.hasPrefix("population_") }.count == 4)
    #expect(
      graph.variables { $0.call?.application == "apply" }.count == graph.intermediaries.count + graph.outputs.count)
    let training = try graph.trainingGraph()
    let offsets = training.variables {
      $0.roles(refineEach: [.batchNormalizationOffset, .batchNormalizationMinibatchEstimate])
    }
    #expect(offsets.count == 2)
    #expect(try graph.savedTensors(matching: Selector("/mlp/**.W")).count == 2)
    #expect(try graph.savedTensors(matching: Selector("/statistics/**")).count == 4)

    let replaced = try graph.replacing { view, y in
      view.brick(isAt: "/mlp/linear_0") && view.role(refines: .output) ? try y * 2 : nil
    }
    let path = try model.path("/mlp/linear_0.W")
    let doubled = try Tensor(model.tensor(path).doubles.map { Float(2 * $0) }, shape: [3, 4])
    try model.set(path, to: doubled)
    #expect(try model.tensor(path) == doubled)
    // Twice the product is the product with twice the weights.
    let x = try Tensor([1, -2, 3] as [Float], shape: [1, 3])
    #expect(try model(["features": x]) == Interpreter(replaced, tensors: tensors)(["features": x]))
    // The scale is not a weight, and a statistic is not a parameter.
    #expect(!Role.batchNormalizationScale.refines(.weight) && !Role.populationMean.refines(.parameter))
    #expect(graph.parameters.count == 6)
  }

  @Test("every argument of BatchNormalization has its property")
  func normalization() throws {
    let normalization = BatchNormalization(
      [7, 4, 3], broadcastable: [true, false, false], conservesMemory: false, epsilon: 1e-5,
      scaleInitialization: .constant(0.1), shiftInitialization: .constant(0), timeSteps: 8, pastEnd: .strict,
      meanOnly: false, learnsScale: true, learnsShift: true, name: "bn")
    let model = try Model(
      normalization, input: ModelInput(name: "x", shape: [7, 4, 3]), withTimeStep: true, seed: 0)

    #expect(try model.tensor(model.path("/bn.batch_norm_scale")).shape == [1, 4, 3])
    #expect(try model.tensor(model.path("/bn.population_mean")).shape == [8, 1, 4, 3])
    #expect(try Set(model.tensor(model.path("/bn.population_stdev")).doubles) == [1])

    var late = BatchNormalization()
    late.imageSize = [5, 4]
    #expect(late.inputDimensions == [nil, 5, 4])
    late.channelCount = 3
    #expect(late.inputDimensions == [3, 5, 4])
  }

  @Test("the other two normalizations take a BatchNormalization")
  func relatives() throws {
    let spatial = SpatialBatchNormalization([2, 3, 5], normalization: BatchNormalization(epsilon: 1e-5))
    let images = try Model(spatial, input: .images(channels: 2, height: 3, width: 5), seed: 0)
    #expect(
      try images.tensor(images.path("/spatialbatchnormalization.population_mean")).shape == [2, 1, 1])

    var network = BatchNormalizedMLP(
      activations: [.tanh, nil], dimensions: [5, 7, 9], normalization: BatchNormalization(epsilon: 1e-5, timeSteps: 8))
    network.conservesMemory = false
    let model = try Model(network, input: .features(5), withTimeStep: true, seed: 0)
    #expect(Set(model.graph.epsilons.values) == [1e-5])
    #expect(
      try model.tensor(model.path("/mlp/batch_norm_activation_1/batchnormalization.population_mean")).shape == [8, 9])
    #expect(!model.graph.parameters.map(\.name).contains("b"))
  }

  @Test("a convolutional sequence passes its settings to its layers")
  func convolutions() throws {
    let sequence = ConvolutionalSequence(
      [
        Convolutional(filterSize: 3, filterCount: 4), SpatialBatchNormalization(), Rectifier(),
        MaxPooling(2), Flattener(),
      ],
      image: ImageShape(channelCount: 3, height: 12, width: 12), borderMode: .half, tiesBiases: true, usesBias: false)
    let model = try Model(sequence, input: .images(channels: 3, height: 12, width: 12), seed: 0)

    #expect(sequence.outputShape == ImageShape(channelCount: 4, height: 6, width: 6))
    #expect(model.graph.parameters.map(\.name) == ["W", "batch_norm_scale", "batch_norm_shift"])
    #expect(model.graph.variables[model.graph.outputs[0].variable].type.shape == ["batch", 144])
  }

  @Test("initializations keep their meaning")
  func initializations() throws {
    let all: [Initialization] = [
      .constant(0), .isotropicGaussian(standardDeviation: 0.1, mean: 0), .uniform(width: 0.2),
      .uniform(standardDeviation: 0.1), .identity(2), .orthogonal(scale: 1),
      .sparse(perRow: 1, of: .constant(1), otherwise: .constant(0)),
    ]
    for initialization in all {
      let model = try Model(
        Linear(3, 3, weightsInitialization: initialization), input: .features(3), scalar: .float64, seed: 1)
      let matrix = try model.tensor(model.path("/linear.W")).doubles
      switch initialization {
      case .identity: #expect(matrix == [2, 0, 0, 0, 2, 0, 0, 0, 2])
      case .constant: #expect(Set(matrix) == [0])
      case .sparse: #expect(matrix.count { $0 == 1 } == 3 && matrix.count { $0 == 0 } == 6)
      case .uniform(_, let width): #expect(matrix.allSatisfy { abs($0) <= width / 2 })
      case .orthogonal:
        let norm = (0..<3).map { matrix[$0] * matrix[$0] }.reduce(0, +)
        #expect(abs(norm - 1) < 1e-12)
      default: #expect(Set(matrix).count == 9)
      }
    }
  }
}
