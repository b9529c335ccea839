import Bricks
import PopulationStatistics
import Testing

/// One set of statistics over time and batch, and masks that scopes hand down.
@Suite struct SequenceNormalizationTests {
  private let brick = BatchNormalization([2], epsilon: 0.25, name: "bn")
  /// Two steps, two sequences; the second one ends after the first step.
  private let x = try? Tensor([1, 10, 3, 30, 5, 20, .nan, .nan] as [Double], shape: [2, 2, 2])
  private let mask = try? Tensor([1, 0.5, 1, 0] as [Double], shape: [2, 2])

  /// The brick over a sequence, with or without a mask, in a loop of one step or not.
  private func model(masked: Bool, inLoop: Bool = false, inTraining: Bool = false) throws -> Model {
    try Model([brick], scalar: .float64, seed: 1) { scope in
      let x = try scope.builder.input("x", VariableType(.float64, ["time", "batch", 2]))
      let mask = masked ? try scope.builder.input("mask", VariableType(.float64, ["time", "batch"])) : nil
      func record(_ scope: Scope) throws -> Variable { try scope.apply(brick, toSequence: x, mask: mask) }
      func output(_ scope: Scope) throws -> Variable {
        guard inLoop else { return try record(scope) }
        return try scope.scan(stepCount: 1) { inner, _ in ([], [try record(inner)]) }.outputs[0]
      }
      let scope = scope
      return ["y": try inTraining ? scope.builder.inTraining { try output(scope) } : output(scope)]
    }
  }

  private func feed(masked: Bool) throws -> [Name: Tensor] {
    let x = try #require(x)
    return masked ? ["x": x, "mask": try #require(mask)] : ["x": try x.clipped(minimum: 0, maximum: 99)]
  }

  @Test("statistics have no time axis, and are used for every step") func inference() throws {
    var model = try model(masked: true)
    try model.set("/bn.population_mean", to: [1, 2])
    try model.set("/bn.population_stdev", to: [2, 4])
    let output = try #require(try model(feed(masked: true))["y"])
    #expect(Array(output.doubles.prefix(6)) == [0, 2, 1, 7, 2, 4.5])
    #expect(model.graph.calls.map(\.application) == ["apply_to_sequence"])
    #expect(model.graph.calls[0].normalization?.axes == [0, 1])
  }

  @Test(
    "training mode normalizes by the valid samples of all steps, whether built or transformed, in a loop or not",
    arguments: [false, true], [false, true])
  func training(_ inLoop: Bool, _ inTraining: Bool) throws {
    let model = try model(masked: true, inLoop: inLoop, inTraining: inTraining)
    let graph = try model.graph.trainingGraph()
    let output = try #require(try Interpreter(graph, tensors: model.tensors)(feed(masked: true))["y"])
    // The values 1, 3, 5 and 10, 30, 20 have the means 3 and 20 and the variances 8/3 and 200/3.
    let deviations = [(8 / 3.0 + 0.25).squareRoot(), (200 / 3.0 + 0.25).squareRoot()]
    let expected = [(1.0 - 3) / deviations[0], -10 / deviations[1], 0, 10 / deviations[1], 2 / deviations[0], 0]
    for (value, wanted) in zip(output.doubles, expected) { #expect(abs(value - wanted) < 1e-14) }
    var pass = try PopulationPass(model)
    try pass.observe(feed(masked: true))
    let record = try #require(pass.records.first)
    #expect(record.identity.application == "apply_to_sequence")
    #expect(record.counts == [3] && record.values.exampleShape == [2])
    #expect(record.mean == [3, 20])
  }

  @Test("without a mask every sample counts") func unmasked() throws {
    var pass = try PopulationPass(model(masked: false))
    let values = try Tensor([1, 10, 3, 30, 5, 20, 7, 40] as [Double], shape: [2, 2, 2])
    try pass.observe(["x": values])
    #expect(pass.records.map(\.counts) == [[4]])
    #expect(pass.records[0].mean == [4, 25])
    #expect(pass.records[0].standardDeviation == [(5.25 as Double).squareRoot(), (125.25 as Double).squareRoot()])
  }

  @Test("statistics for each time step cannot normalize a sequence, and a vector is not a sequence") func refused()
    throws
  {
    let steps = BatchNormalization(timeSteps: 3, name: "bn")
    expectError(.invalidConfiguration, mentioning: "/bn", "3 time steps", "step by step") {
      _ = try Model([steps], seed: 1) { scope in
        let x = try scope.builder.input("x", VariableType(.float32, ["time", "batch", 2]))
        return ["y": try scope.apply(steps, toSequence: x)]
      }
    }
    expectError(.invalidConfiguration, mentioning: "(time, batch, …)") {
      _ = try Model([brick], seed: 1) { scope in
        ["y": try scope.apply(brick, toSequence: scope.input(.features(2)))]
      }
    }
  }

  @Test("one step of a sequence uses the sequence's statistics, and has no training mode") func singleSteps() throws {
    func model(inTraining: Bool) throws -> Model {
      try Model([brick], scalar: .float64, seed: 1) { scope in
        let x = try scope.input(.features(2))
        let scope = scope
        func record() throws -> Variable { try scope.apply(brick, toStepOfSequence: x) }
        return ["y": try inTraining ? scope.builder.inTraining(record) : record()]
      }
    }
    var inference = try model(inTraining: false)
    try inference.set("/bn.population_mean", to: [1, 2])
    try inference.set("/bn.population_stdev", to: [2, 4])
    #expect(try inference(Tensor([3, 4] as [Double], shape: [1, 2])).doubles == [1, 0.5])
    expectError(GraphError.Code.tooFewObservations, mentioning: "/bn.apply_to_step", "whole sequences") {
      _ = try inference.graph.trainingGraph()
    }
    expectError(GraphError.Code.tooFewObservations, mentioning: "/bn.apply_to_step", "whole sequences") {
      _ = try model(inTraining: true)
    }
  }
}

/// A mask of examples, handed down by scopes.
@Suite struct ScopeMaskTests {
  struct Outer: Brick {
    var name = "outer"
    var inner = BatchNormalization([2], epsilon: 0.25, name: "bn")
    func apply(_ input: Variable, in scope: inout Scope) throws -> Variable { try scope.apply(inner, to: input) }
  }

  private func model(mask type: VariableType = VariableType(.float64, ["batch"]), inLoop: Bool = false) throws -> Model
  {
    let outer = Outer()
    return try Model([outer], scalar: .float64, seed: 1) { scope in
      let x = try scope.input(.features(2))
      let mask = try scope.builder.input("mask", type)
      guard inLoop else { return ["y": try scope.apply(outer, to: x, mask: mask)] }
      scope.mask = mask
      let result = try scope.scan(stepCount: 1) { inner, _ in ([], [try inner.apply(outer, to: x)]) }
      return ["y": result.outputs[0]]
    }
  }

  @Test("reaches every normalization below, and loops", arguments: [false, true]) func inherited(_ inLoop: Bool) throws
  {
    let model = try model(inLoop: inLoop)
    var pass = try PopulationPass(model)
    let x = try Tensor([1, 10, .nan, 7, 3, 20] as [Double], shape: [3, 2])
    try pass.observe(["features": x, "mask": Tensor([1, 0, 1] as [Double], shape: [3])])
    #expect(pass.records.map(\.counts) == [[2]])
    #expect(pass.records[0].mean == [2, 15])
  }

  @Test("is recorded in inference mode, but not needed") func inference() throws {
    let model = try model()
    let x = try Tensor([1, 2] as [Double], shape: [1, 2])
    #expect(try model(["features": x]) == model(["features": x, "mask": Tensor([0] as [Double], shape: [1])]))
    #expect(model.graph.calls.last?.normalization?.mask != nil)
  }

  @Test(
    "a mask of another shape or type is refused, and the error names the brick",
    arguments: [
      VariableType(.float64, ["batch", 2]), VariableType(.float64, ["time"]), VariableType(.int64, ["batch"]),
    ])
  func misfit(_ type: VariableType) {
    expectError(.invalidConfiguration, mentioning: "/outer/bn", "needs a mask of type float64 batch", "\(type)") {
      _ = try model(mask: type)
    }
  }

  @Test("without a mask, fewer than two samples are an error; with a mask, they are processed but not recorded")
  func few() throws {
    let model = try model()
    let graph = try model.graph.trainingGraph()
    let x = try Tensor([1, 10, 3, 20] as [Double], shape: [2, 2])
    let one: [Name: Tensor] = ["features": x, "mask": try Tensor([0, 1] as [Double], shape: [2])]
    // Both are shifted by the only valid sample and divided by sqrt(ε).
    #expect(try Interpreter(graph, tensors: model.tensors)(one)["y"]?.doubles == [-4, -20, 0, 0])
    var pass = try PopulationPass(model)
    expectError(.tooFewObservations, mentioning: "/outer/bn.apply", "fewer than 2 observations") {
      try pass.observe(one)
    }
    #expect(pass.records.isEmpty)
    let plain = try Model(brick: Outer())
    var unmasked = try PopulationPass(plain)
    expectError(.tooFewObservations, mentioning: "at least 2") {
      try unmasked.observe(Tensor([1, 10] as [Double], shape: [1, 2]))
    }
  }
}

extension Model {
  fileprivate init(brick: any Brick) throws {
    try self.init(brick, input: .features(2), scalar: .float64, seed: 1)
  }
}
