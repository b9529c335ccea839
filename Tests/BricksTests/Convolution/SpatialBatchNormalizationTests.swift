import Bricks
import Testing

@Suite struct SpatialBatchNormalizationTests {
  @Test("is exactly the identity at initialization", arguments: [[2, 3, 5], [5, 3, 2, 3], [1, 11]])
  func identity(_ shape: [Int]) throws {
    for brick in [SpatialBatchNormalization(shape), SpatialBatchNormalization()] {
      let model = try Model(brick, input: ModelInput(name: "x", shape: shape), scalar: .float64, seed: 1)
      let input = try uniformInput([11] + shape)
      #expect(try model(input) == input)
      for (path, tensor) in model.tensors {
        #expect(tensor.shape.dimensions == [shape[0]] + shape.dropFirst().map { _ in 1 }, "\(path)")
      }
      #expect(model.bricks[0].children.isEmpty)
    }
  }

  @Test("needs channels and a spatial axis") func rank() {
    for (brick, shape) in [
      (SpatialBatchNormalization([5]), [5]), (SpatialBatchNormalization([3]), [3, 4]),
      (SpatialBatchNormalization(), [5]),
      (SpatialBatchNormalization(), []),
    ] {
      expectError(.invalidConfiguration, mentioning: "/spatialbatchnormalization", "at least one spatial axis") {
        _ = try Model(brick, input: ModelInput(name: "x", shape: shape), seed: 1)
      }
    }
  }

  @Test("averages over the batch and the spatial axes, with and without an explicit setting", arguments: [false, true])
  func broadcastable(_ meanOnly: Bool) throws {
    let normalization = BatchNormalization(
      broadcastable: meanOnly ? nil : [false, true, true], epsilon: 0.5, timeSteps: nil, meanOnly: meanOnly)
    let brick = SpatialBatchNormalization([3, 4, 5], normalization: normalization, name: "norm")
    let model = try Model(brick, input: ModelInput(name: "x", shape: [3, 4, 5]), scalar: .float64, seed: 1)
    let input = try uniformInput([6, 3, 4, 5])
    let reference = NaiveNormalization(shape: [3, 4, 5], broadcastable: [false, true, true])
    let (means, variances) = reference.moments(input.doubles)
    let deviations = variances.map { meanOnly ? 1 : ($0 + 0.5).squareRoot() }
    let expected = reference.normalized(input.doubles, means: means, deviations: deviations)
    #expect(try model.training(input).distance(to: Tensor(expected, shape: input.shape)) < 1e-12)
  }

  @Test(
    "refuses a normalization that averages over other axes", arguments: [[true, false, false], [false, true], []])
  func otherAxes(_ broadcastable: [Bool]) {
    let brick = SpatialBatchNormalization(normalization: BatchNormalization(broadcastable: broadcastable), name: "norm")
    expectError(BrickError.Code.invalidConfiguration, mentioning: "leave broadcastable out") {
      _ = try Model(brick, input: ModelInput(name: "x", shape: [3, 4, 5]), seed: 1)
    }
  }

  @Test("update pairs count batch times height times width") func pairs() throws {
    let model = try Model(
      SpatialBatchNormalization(), input: ModelInput(name: "x", shape: [3, 4, 5]), scalar: .float64, seed: 1)
    let graph = try model.graph.trainingGraph()
    let pairs = try graph.updatePairs()
    #expect(pairs.map(\.statistic) == [.mean, .standardDeviation])
    let input = try uniformInput([6, 3, 4, 5])
    for pair in pairs {
      guard case .elements(let variable, let axes, nil) = pair.observations else {
        Issue.record("the count is no product of extents")
        continue
      }
      #expect(axes == [0, 2, 3])
      let counted = try Interpreter(graph, tensors: model.tensors).evaluate([variable], inputs: ["x": input])[0]
      #expect(axes.reduce(1) { $0 * counted.shape[$1] } == 6 * 4 * 5)
    }
  }

  @Test("statistics per time step have a row for each") func timeSteps() throws {
    let brick = SpatialBatchNormalization(normalization: BatchNormalization(timeSteps: 4))
    let model = try Model(brick, input: ModelInput(name: "x", shape: [3, 2, 2]), withTimeStep: true, seed: 1)
    let path = try model.path("/spatialbatchnormalization.population_mean")
    #expect(try model.tensor(path).shape == [4, 3, 1, 1])
  }
}
