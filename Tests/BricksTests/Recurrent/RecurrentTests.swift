import Bricks
import Testing

/// Recurrent bricks beyond the original's cases: configuration, errors, masks, and use inside other bricks.
@Suite struct RecurrentTests {
  private func sequenceModel(
    _ brick: some Recurrent, width: Int, inputs: (inout RecurrentInputs, Scope) throws -> Void = { _, _ in }
  ) throws -> Model {
    try Model([brick], scalar: .float64, seed: 3) { scope in
      let x = try scope.builder.input("x", VariableType(.float64, ["time", "batch", .fixed(width)]))
      var given = RecurrentInputs(x)
      try inputs(&given, scope)
      return NamedVariables(try scope.apply(brick, to: given).enumerated().map { (name: "y\($0)", variable: $1) })
    }
  }

  @Test("an LSTM without peepholes has no peephole parameters, and equals an LSTM whose peepholes are 0")
  func peepholes() throws {
    let plain = try sequenceModel(LSTM(2, hasPeepholes: false), width: 8)
    #expect(plain.graph.parameters.map(\.name) == ["W_state", "initial_cells", "initial_state"])
    var full = try sequenceModel(LSTM(2), width: 8)
    for name in ["W_cell_to_in", "W_cell_to_forget", "W_cell_to_out"] { try full.set("/lstm.\(name)", to: [0, 0]) }
    for path in plain.tensors.keys { try full.set(path, to: plain.tensor(path)) }
    let input: [Name: Tensor] = ["x": try uniformInput([3, 2, 8])]
    #expect(try plain(input) == full(input))
  }

  @Test("a model on sequences has axes of time and batch in front")
  func sequenceInput() throws {
    let model = try Model(LSTM(2), input: .sequences(8), scalar: .float64, seed: 1)
    let input = model.graph.variables[model.graph.inputs[0].variable]
    #expect(input.type == VariableType(.float64, ["time", "batch", 8]))
    #expect(try model(uniformInput([3, 2, 8])).shape == [3, 2, 2])
  }

  @Test(
    "a recurrent brick comes back from its description",
    arguments: [
      SimpleRecurrent(3, activation: Rectifier()), LSTM(2, hasPeepholes: false), GatedRecurrent(4, name: "unit"),
      Bidirectional(LSTM(2, gateActivation: Softplus())), BatchNormalizedLSTM(2, timeSteps: 5, pastEnd: .strict),
    ] as [any Brick])
  func descriptions(_ brick: any Brick) throws {
    let node = try brick.node()
    let again = try BrickRegistry.standard.brick(node)
    #expect(try again.node() == node)
    #expect(AnyBrick(again) == AnyBrick(brick))
  }

  @Test("inputs of another width or rank, and states that do not fit, are errors that name the brick")
  func misfits() throws {
    func refused(_ path: String, _ text: String, _ body: () throws -> Model) {
      expectError(.invalidConfiguration, mentioning: path, text) { _ = try body() }
    }
    refused("/lstm", "(…, batch, 8)") { try sequenceModel(LSTM(2), width: 2) }
    refused("/simplerecurrent", "(…, batch, 2)") { try sequenceModel(SimpleRecurrent(2), width: 3) }
    refused("/gatedrecurrent", "a second sequence for its gates") { try sequenceModel(GatedRecurrent(2), width: 2) }
    refused("/lstm", "needs 2 states") {
      try sequenceModel(LSTM(2), width: 8) { inputs, scope in
        inputs.initialStates = [try scope.builder.input("s", VariableType(.float64, ["batch", 2]))]
      }
    }
    refused("/simplerecurrent", "states (batch, 2)") {
      try sequenceModel(SimpleRecurrent(2), width: 2) { inputs, scope in
        inputs.initialStates = [try scope.builder.input("s", VariableType(.float64, ["batch", 3]))]
      }
    }
    refused("/simplerecurrent", "(time, batch, features)") {
      try Model(SimpleRecurrent(2), input: .features(2), seed: 1)
    }
    for shape: [Extent] in [["batch", "time"], ["time"], ["time", "batch", 1], ["time", 1], ["steps", "batch"]] {
      refused("/simplerecurrent", "a mask (time, batch) for each step of the sequence, float64 time×batch, got") {
        try sequenceModel(SimpleRecurrent(2), width: 2) { inputs, scope in
          inputs.mask = try scope.builder.input("mask", VariableType(.float64, shape))
        }
      }
    }
    let both = Bidirectional(SimpleRecurrent(2))
    refused("/bidirectional", "cannot be reversed") {
      try Model([both], seed: 1) { scope in
        let x = try scope.builder.input("x", VariableType(.float32, ["time", "batch", 2]))
        return ["y": try scope.apply(both, to: RecurrentInputs(x, isReversed: true))[0]]
      }
    }
  }

  @Test("the state stays exactly the same if the mask is 0, for any input") func masked() throws {
    let model = try sequenceModel(SimpleRecurrent(2), width: 2) { inputs, scope in
      inputs.mask = try scope.builder.input("mask", VariableType(.float64, ["time", "batch"]))
    }
    let x = try uniformInput([3, 2, 2])
    let other = try Tensor(
      x.doubles.enumerated().map { $0.offset < 8 && $0.offset != 6 ? $0.element : 7 }, shape: [3, 2, 2])
    // The second example's sequence has one step, the first one's two.
    let mask = try Tensor([1.0, 1, 1, 0, 0, 0], shape: [3, 2])
    let states = try #require(try model(["x": x, "mask": mask])["y0"]).doubles
    #expect(Array(states[6..<8]) == Array(states[2..<4]))
    #expect(Array(states[8..<10]) == Array(states[4..<6]))
    #expect(try #require(try model(["x": other, "mask": mask])["y0"]).doubles == states)
  }

  @Test("a brick is applied within a loop to a value from around it, normalization included") func captured() throws {
    let normalization = BatchNormalization([2], epsilon: 0.25, timeSteps: 2)
    let cell = SimpleRecurrent(2)
    let model = try Model([normalization, cell], scalar: .float64, seed: 3) { scope in
      let x = try scope.builder.input("x", VariableType(.float64, ["batch", 2]))
      let states = try scope.scan(states: [x], stepCount: 3) { inner, step in
        let normalized = try inner.apply(normalization, to: x)
        return (try inner.step(cell, on: RecurrentStepInputs(normalized, states: step.states)), [normalized])
      }
      return ["normalized": states.outputs[0], "states": states.states[0]]
    }
    let input: [Name: Tensor] = ["x": try uniformInput([4, 2])]
    let training = try model.graph.trainingGraph()
    let outputs = try Interpreter(training, tensors: model.tensors)(input)
    let reference = NaiveNormalization(shape: [2], broadcastable: [false])
    let moments = reference.moments(try #require(input["x"]).doubles)
    let expected = reference.normalized(
      try #require(input["x"]).doubles, means: moments.means,
      deviations: moments.variances.map { ($0 + 0.25).squareRoot() })
    let normalized = try #require(outputs["normalized"]).doubles
    #expect(normalized.count == 24)
    for (index, value) in normalized.enumerated() { #expect(abs(value - expected[index % 8]) < 1e-12) }
    #expect(try training.updatePairs().map(\.brick) == ["/batchnormalization", "/batchnormalization"])
  }

  @Test("variables in a loop's body belong to the brick that records it, and its calls are found") func ownership()
    throws
  {
    let model = try sequenceModel(LSTM(2), width: 8)
    #expect(model.graph.calls(ofType: "Logistic").count == 3)
    #expect(model.graph.calls(ofType: "LSTM").count == 1)
    #expect(model.graph.variables { $0.brick(isAt: "/lstm") && $0.role(refines: .parameter) == false }.count > 5)
    #expect(model.graph.variables { $0.role(refines: .initialState) }.count == 2)
  }
}
