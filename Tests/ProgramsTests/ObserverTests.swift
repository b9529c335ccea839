import Bricks
import Programs
import TestSupport
import Testing

/// Statistics of compiled training graphs against those of the interpreter. NumPy's and PyTorch's numbers, which both must give, are in
/// BricksTests and PopulationStatisticsTests.
@Suite("Observed minibatch statistics")
struct ObserverTests {
  @Test("of a program are the interpreter's to the rounding of activations", arguments: Network.all, [2, 7, 50])
  func agreement(_ network: Network, batch: Int) throws {
    let model = try network.model()
    let graph = try model.graph.trainingGraph()
    let pairs = try graph.updatePairs()
    let inputs = [graph.inputs[0].name: try network.batch(of: batch)]
    let program = try Program(
      graph, tensors: model.tensors, inputs: inputs.values.map { VariableType($0) }, wanted: [],
      precise: pairs.map(\.minibatch))
    try #require(program != nil, "\(network) was left to the interpreter")
    let observed = try StatisticsObserver(graph, tensors: model.tensors, pairs: pairs)(inputs)
    let expected = try Interpreter(graph, tensors: model.tensors).observe(pairs, inputs: inputs)
    #expect(observed.count == pairs.count && !pairs.isEmpty)
    for (one, other) in zip(observed, expected) {
      #expect(one.values.shape == other.values.shape)
      #expect(one.counts == other.counts)
      #expect(one.steps == other.steps)
      #expect(one.values.type == .float64)
      expectClose(one.values.doubles, other.values.doubles, absolute: 2e-6, "\(network)")
    }
  }

  @Test("of inputs have all digits, because nothing is rounded before the estimate")
  func digits() throws {
    // Means of 10⁴ with deviations of about 1: single precision would keep three digits of the variance.
    let numbers = (0..<300).map { Float(10_000 + ($0 * 37) % 11 - 5) }
    let model = try Model(BatchNormalization(), input: .features(3), seed: 1)
    let graph = try model.graph.trainingGraph()
    let pairs = try graph.updatePairs()
    let batch = try Tensor(numbers, shape: [100, 3])
    let observed = try StatisticsObserver(graph, tensors: model.tensors, pairs: pairs)([graph.inputs[0].name: batch])
    for column in 0..<3 {
      let values = (0..<100).map { Double(numbers[3 * $0 + column]) }
      let mean = values.reduce(0, +) / 100
      let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 100
      #expect(abs(observed[0].values.doubles[column] - mean) < 1e-10)
      #expect(abs(observed[1].values.doubles[column] - (variance + pairs[1].epsilon).squareRoot()) < 1e-12)
    }
  }

  @Test("of a single example are refused by name, as the interpreter refuses them")
  func tooFew() throws {
    let model = try Network.perceptron.model()
    let graph = try model.graph.trainingGraph()
    let observer = try StatisticsObserver(graph, tensors: model.tensors, pairs: graph.updatePairs())
    let error = #expect(throws: GraphError.self) {
      _ = try observer([graph.inputs[0].name: Network.perceptron.batch(of: 1)])
    }
    #expect(error?.code == .tooFewObservations)
    #expect(error?.brick == "/mlp/batch_norm_activation_0/batchnormalization")
  }
}
