import Bricks
import PopulationStatistics
import Testing

/// The layer of arXiv 1603.09025 against the values that the original stack computes in double precision: three steps, a batch of three,
/// one cell; its gates in our order are in .2, forget −.3, cells .5, out .8.
@Suite struct BatchNormalizedLSTMTests {
  private let states = [
    [0.010474828, 0.058151946, -0.061042591], [0.050477356, 0.021623102, -0.064218099],
    [0.017524187, 0.052800479, -0.065494796],
  ]
  private let cells = [
    [0.008044568, 0.053328200, -0.068707805], [0.071206534, 0.030918196, -0.111946715],
    [0.023997408, 0.076356958, -0.115496677],
  ]
  private let variances = [0.002537147, 0.006175405, 0.006556438]

  private func model(steps: Int = 3, pastEnd: PastEndPolicy = .clampToLast) throws -> Model {
    let brick = BatchNormalizedLSTM(1, timeSteps: steps, pastEnd: pastEnd, name: "lstm")
    var model = try Model([brick], scalar: .float64, seed: 1) { scope in
      let x = try scope.builder.input("x", VariableType(.float64, ["time", "batch", 1]))
      let results = try scope.apply(brick, to: RecurrentInputs(x))
      return ["states": results[0], "cells": results[1]]
    }
    try model.set("/lstm.W_state", to: [0.2, -0.3, 0.5, 0.8])
    try model.set("/lstm.W_input", to: [-0.6, 0.4, 1, 0.7])
    return model
  }

  private var input: [Name: Tensor] {
    get throws { ["x": try Tensor([1, 3, -2, 2, -1, 0.5, 0, 1, 1], shape: [3, 3, 1])] }
  }

  private func expectGolden(_ outputs: [Name: Tensor], _ location: SourceLocation = #_sourceLocation) throws {
    for (name, expected) in ["states": states, "cells": cells] as [Name: [[Double]]] {
      for (value, wanted) in zip(try #require(outputs[name]).doubles, expected.flatMap { $0 }) {
        #expect(abs(value - wanted) < 1e-8, "\(name)", sourceLocation: location)
      }
    }
  }

  @Test("starts as the paper says: scales 0.1, the forget gate's bias 1, statistics per step and term") func start()
    throws
  {
    let model = try model()
    #expect(try model.tensor(model.path("/lstm.b")).doubles == [0, 1, 0, 0])
    #expect(try model.tensor(model.path("/lstm/normalized_cells.batch_norm_scale")).doubles == [0.1])
    let shapes = try ["state", "input", "cells"].map {
      try model.tensor(model.path("/lstm/normalized_\($0).population_stdev")).shape.dimensions
    }
    #expect(shapes == [[3, 4], [3, 4], [3, 1]])
    #expect(throws: GraphError.self) { try model.path("/lstm/normalized_state.batch_norm_shift") }
  }

  @Test("in training mode gives the original's states, cells and variances") func training() throws {
    let model = try model()
    let training = try model.graph.trainingGraph()
    try expectGolden(try Interpreter(training, tensors: model.tensors)(input))
    var pass = try PopulationPass(model)
    try pass.observe(input)
    let record = try #require(pass.records.first { $0.identity.brick == "/lstm/normalized_cells" })
    #expect(record.counts == [3, 3, 3])
    for (deviation, variance) in zip(try #require(record.standardDeviation), variances) {
      #expect(abs(deviation * deviation - 1e-5 - variance) < 1e-8)
    }
  }

  @Test("with the statistics of one batch inference repeats training, step by step") func inference() throws {
    var pass = try PopulationPass(try model())
    try pass.observe(input)
    try expectGolden(try pass.estimatedModel()(input))
  }

  @Test("a configuration without a choice for the input's statistics means statistics for each step") func olderFiles()
    throws
  {
    let brick = BatchNormalizedLSTM(1, timeSteps: 3, inputStatistics: .sequenceWise, name: "lstm")
    var node = try brick.node()
    #expect(node.configuration["inputStatistics"] == .text("sequence_wise"))
    #expect(try BrickRegistry.standard.brick(node) as? BatchNormalizedLSTM == brick)
    node.configuration["inputStatistics"] = nil
    let older = BatchNormalizedLSTM(1, timeSteps: 3, name: "lstm")
    #expect(try BrickRegistry.standard.brick(node) as? BatchNormalizedLSTM == older)
  }

  @Test("a single step uses the sequences' statistics in inference, and is refused in training mode") func oneStep()
    throws
  {
    let brick = BatchNormalizedLSTM(1, timeSteps: 3, inputStatistics: .sequenceWise, name: "lstm")
    let model = try Model([brick], scalar: .float64, seed: 1) { scope in
      let (x, state) = (
        try scope.input(.features(1)), try scope.builder.input("s", VariableType(.float64, ["batch", 1]))
      )
      scope.timeStep = .constant(0)
      return ["states": try scope.step(brick, on: RecurrentStepInputs(x, states: [state, state]))[0]]
    }
    let whole = try Model([brick], scalar: .float64, seed: 1) { scope in
      let x = try scope.builder.input("x", VariableType(.float64, ["time", "batch", 1]))
      return ["states": try scope.apply(brick, to: RecurrentInputs(x))[0]]
    }
    #expect(
      model.tensors.keys.filter { $0.name != "initial_state" && $0.name != "initial_cells" }.allSatisfy {
        whole.tensors[$0] == model.tensors[$0]
      })
    let x = [1, -2, 0.5]
    let step = try model([
      "features": Tensor(x, shape: [3, 1]), "s": Tensor(repeating: 0, shape: [3, 1], type: .float64),
    ])
    let sequence = try Interpreter(whole.graph, tensors: whole.tensors)(["x": Tensor(x, shape: [1, 3, 1])])
    #expect(try #require(step["states"]).doubles == #require(sequence["states"]).doubles)
    expectError(GraphError.Code.tooFewObservations, mentioning: "/lstm/normalized_input.apply_to_step") {
      _ = try model.graph.trainingGraph()
    }
  }

  @Test("a sequence that is longer than the statistics uses the last step's, or is refused") func longerSequences()
    throws
  {
    let five: [Name: Tensor] = ["x": try Tensor([Double](repeating: 0.5, count: 15), shape: [5, 3, 1])]
    #expect(try model()(five)["states"]?.shape == [5, 3, 1])
    let strict = try model(pastEnd: .strict)
    expectError(.timeStep, mentioning: "/lstm/normalized", "time step 3") { _ = try strict(five) }
  }
}
