import Bricks
import Testing

/// Statistics per time step: required, checked in both modes, and clamped or strict past the end.
@Suite struct TimeStepTests {
  private let input = try? uniformInput([3, 2])

  private func model(_ policy: PastEndPolicy = .clampToLast) throws -> Model {
    var model = try Model(
      BatchNormalization(timeSteps: 3, pastEnd: policy), input: .features(2), scalar: .float64, withTimeStep: true,
      seed: 1)
    try model.set("/batchnormalization.population_mean", to: [1, 2, 3, 4, 5, 6])
    try model.set("/batchnormalization.population_stdev", to: [2, 2, 4, 4, 8, 8])
    return model
  }

  private func feed(_ step: Int64) throws -> [Name: Tensor] {
    ["features": try #require(input), "step": try Tensor([step], shape: [])]
  }

  @Test("statistics have time as their first axis, and parameters have no time axis", arguments: [1, 3])
  func shapes(_ steps: Int) throws {
    let brick = BatchNormalization([2, 3], broadcastable: [false, true], timeSteps: steps)
    let model = try Model(brick, input: ModelInput(name: "x", shape: [2, 3]), withTimeStep: true, seed: 1)
    for (path, tensor) in model.tensors {
      let isStatistic = path.collection == .statistics
      #expect(tensor.shape.dimensions == (isStatistic ? [steps, 2, 1] : [2, 1]), "\(path)")
      let description = try #require(model.descriptions[path])
      #expect(description.axes == (isStatistic ? ["time", "channel", "height"] : ["channel", "height"]))
      #expect(description.broadcastable == (isStatistic ? [false, false, true] : [false, true]))
      if isStatistic { #expect(model.origins[path]?.observationCounts == [Int64](repeating: 0, count: steps)) }
    }
  }

  @Test("inference uses the statistics of the step, and the last ones for later steps", arguments: [0, 1, 2, 3, 1000])
  func inference(_ step: Int) throws {
    let model = try model()
    let output = try #require(try model(feed(Int64(step)))["output"])
    let row = min(step, 2)
    let reference = NaiveNormalization(shape: [2], broadcastable: [false])
    let expected = reference.normalized(
      try #require(input).doubles, means: [[1, 2], [3, 4], [5, 6]][row], deviations: [[2, 2], [4, 4], [8, 8]][row])
    #expect(output.doubles == expected)
  }

  @Test("a constant step and a fed step give the same outputs", arguments: [0, 2, 7])
  func constantStep(_ step: Int) throws {
    let brick = BatchNormalization(timeSteps: 3)
    let fed = try model()
    let constant = try Model([brick], scalar: .float64, seed: 1) { scope in
      ["output": try scope.apply(brick, to: scope.input(.features(2)), at: .constant(step))]
    }
    let output = try Interpreter(constant.graph, tensors: fed.tensors)(["features": #require(input)])["output"]
    #expect(try output == fed(feed(Int64(step)))["output"])
  }

  @Test("a missing step is an error that names the brick, in both modes", arguments: [false, true])
  func missing(_ isTraining: Bool) {
    let brick = BatchNormalization(timeSteps: 3)
    expectError(.timeStep, mentioning: "/batchnormalization", "3 time steps", "pass a time step with at:") {
      _ = try Model([brick], seed: 1) { scope in
        let x = try scope.input(.features(2))
        func record() throws -> Variable { try scope.apply(brick, to: x) }
        return ["output": isTraining ? try scope.builder.inTraining(record) : try record()]
      }
    }
  }

  @Test(
    "a negative constant step is an error in both modes, and so is a step past a strict end", arguments: [false, true])
  func constantOutOfRange(_ isTraining: Bool) throws {
    func trace(_ step: Int, _ policy: PastEndPolicy) throws {
      let brick = BatchNormalization(timeSteps: 3, pastEnd: policy)
      _ = try Model([brick], seed: 1) { scope in
        let x = try scope.input(.features(2))
        func record() throws -> Variable { try scope.apply(brick, to: x, at: .constant(step)) }
        return ["output": isTraining ? try scope.builder.inTraining(record) : try record()]
      }
    }
    expectError(.timeStep, mentioning: "/batchnormalization", "-1 is negative") { try trace(-1, .clampToLast) }
    expectError(.timeStep, mentioning: "/batchnormalization", "3 is after the last of 3") { try trace(3, .strict) }
    try trace(3, .clampToLast)
    try trace(2, .strict)
  }

  @Test("a fed step is checked in both modes", arguments: [false, true])
  func fedOutOfRange(_ isTraining: Bool) throws {
    for policy in [PastEndPolicy.clampToLast, .strict] {
      let model = try model(policy)
      let graph = isTraining ? try model.graph.trainingGraph() : model.graph
      let interpreter = try Interpreter(graph, tensors: model.tensors)
      _ = try interpreter(feed(2))
      expectError(.timeStep, mentioning: "/batchnormalization.apply", "-1 is negative") {
        _ = try interpreter(feed(-1))
      }
      expectError(.missingValue, mentioning: "\"step\"") {
        _ = try interpreter(["features": #require(input)])
      }
      if policy == .strict {
        expectError(.timeStep, mentioning: "/batchnormalization.apply", "3 is after the last of 3") {
          _ = try interpreter(feed(3))
        }
      } else {
        _ = try interpreter(feed(3))
      }
    }
  }

  @Test("a computed step that is negative is found in training mode") func computedStep() throws {
    let brick = BatchNormalization(timeSteps: 3)
    let model = try Model([brick], scalar: .float64, seed: 1) { scope in
      let x = try scope.input(.features(2))
      let step = try scope.builder.input("step", VariableType(.int64, []))
      let before = try step - scope.builder.constant(1, .int64)
      return ["output": try scope.apply(brick, to: x, at: .variable(before))]
    }
    let interpreter = try Interpreter(model.graph.trainingGraph(), tensors: model.tensors)
    _ = try interpreter(feed(1))
    expectError(.timeStep, mentioning: "-1 is negative") { _ = try interpreter(feed(0)) }
  }

  @Test("a step is an int64 scalar") func stepType() throws {
    let brick = BatchNormalization(timeSteps: 3)
    expectError(.timeStep, mentioning: "/batchnormalization", "int64 scalar", "float32 batch×2") {
      _ = try Model([brick], seed: 1) { scope in
        let x = try scope.input(.features(2))
        return ["output": try scope.apply(brick, to: x, at: .variable(x))]
      }
    }
  }

  @Test("a brick at different steps has pairs for each step, and a brick twice at one step is a duplicate")
  func pairs() throws {
    let brick = BatchNormalization(timeSteps: 3)
    func graph(_ steps: [Int]) throws -> Graph {
      try Model([brick], seed: 1) { scope in
        let x = try scope.input(.features(2))
        return NamedVariables(
          try steps.enumerated().map { ("output_\($0)", try scope.apply(brick, to: x, at: .constant($1))) })
      }.graph.trainingGraph()
    }
    let graphOfThree = try graph([0, 1, 2])
    let pairs = try graphOfThree.updatePairs()
    #expect(pairs.count == 6)
    #expect(pairs.map(\.application) == ["apply", "apply", "apply#1", "apply#1", "apply#2", "apply#2"])
    #expect(
      pairs.compactMap(\.step).map { graphOfThree.variables[$0].source }
        == [0, 0, 1, 1, 2, 2].map { .constant($0) })
    expectError(.duplicate, mentioning: "/batchnormalization.apply", "at the same time step", "allowingDuplicates") {
      _ = try graph([0, 1, 0]).updatePairs()
    }
    #expect(try graph([0, 1, 0]).updatePairs(allowingDuplicates: true).count == 6)
  }

  @Test("the step is inherited by bricks below") func inherited() throws {
    let inner = Sequential([BatchNormalization(timeSteps: 2), Tanh()])
    let model = try Model([inner], scalar: .float64, seed: 1) { scope in
      ["output": try scope.apply(inner, to: scope.input(.features(2)), at: .constant(1))]
    }
    #expect(model.graph.calls.compactMap(\.normalization?.step).count == 1)
  }
}
