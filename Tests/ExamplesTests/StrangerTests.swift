import Bricks
import Checkpoints
import Foundation
import Interchange
import PopulationStatistics
import Programs
import Testing

/// Reads an image row by row, with a normalization per row in the loop and one around it. No other program knows it.
private struct RowReader: Brick {
  static let attention = Role("ATTENTION_WEIGHT", refining: .weight)
  var name = "row_reader"
  var cell = Linear(8, 8, weightsInitialization: .identity(0.5), name: "cell")
  var perRow = BatchNormalization(timeSteps: 8, name: "per_row")
  var summary = BatchNormalization(epsilon: 1e-3, name: "summary")
  var output = Linear(8, 10, weightsInitialization: .uniform(width: 1), name: "classes")

  func apply(_ input: Variable, in scope: inout Scope) throws -> Variable {
    let rows = try input.reshaped(to: [8, 8]).transposed([1, 0, 2])
    let start = try rows.reduced(.mean, over: [0])
    let states = try scope.scan(sequences: [rows], states: [start]) { inner, step in
      // The role occurs nowhere but in the loop.
      let attention = try inner.parameter(
        "attention", shape: [8], role: Self.attention, initialization: .uniform(mean: 1, width: 1), axes: ["column"])
      let seen = try (step.sequences[0] * attention).named("seen")
      seen.add(.auxiliary)
      let mixed = try inner.apply(cell, to: step.states[0]) + seen
      return ([try inner.apply(perRow, to: mixed).applying(.hyperbolicTangent)], [])
    }.states[0]
    let mean = try states.reduced(.mean, over: [0]).named("mean_state")
    mean.add(.auxiliary)
    return try scope.apply(output, to: scope.apply(summary, to: mean, id: "at the end"))
  }
}

/// A model of a brick that only this process knows goes through programs that were built without it.
@Suite("A user's brick in code that does not know it")
struct StrangerTests {
  private func images(_ name: String) throws -> Examples {
    try Examples(contentsOf: Repository.fixture("digits/\(name).h5:images"))
  }

  /// The model, and the pass over the training set in batches of 128 that the example makes as well.
  private func observed() throws -> (model: Model, pass: PopulationPass) {
    let model = try Model(RowReader(), input: .features(64), output: "logits", seed: 5)
    var pass = try PopulationPass(model)
    let training = try images("train")
    for range in training.batches(of: 128) { try pass.observe(training.rows(range, as: .float32)) }
    return (model, pass)
  }

  @Test("is transformed, observed, averaged, inspected and run, to the same bits") func wholeWay() throws {
    let folder = try temporaryFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    func path(_ name: String) -> String { folder.appendingPathComponent(name).path }
    let (model, pass) = try observed()
    let expected = try pass.estimatedModel(.pooled)
    #expect(expected.statisticStates.values.allSatisfy { $0 == .estimated })
    try model.save(to: path("fresh.h5"))
    try CheckpointPayload(model: model, updates: pass.updates()).save(to: path("recorded.h5"))

    // Training transform, pairs and pass in another process; average of our pairs in a third.
    let example = try Run("digits-example", path("fresh.h5"), Repository.fixture("digits"), path("observed.h5"))
    #expect(example.status == 0, "\(example.lines)")
    #expect(example.lines.contains("/row_reader/per_row: estimated, 1437 observations in 12 batches"))
    let averaging = try Run("bntool", "average-stats", path("recorded.h5"), "--output", path("averaged.h5"))
    #expect(averaging.status == 0, "\(averaging.lines)")
    for name in ["observed.h5", "averaged.h5"] {
      let loaded = try Model(checkpoint: path(name))
      #expect(loaded.tensors == expected.tensors, "\(name)")
      #expect(loaded.graph == model.graph, "\(name)")
      #expect(loaded.bricks == model.bricks, "\(name)")
      #expect(loaded.statisticStates == expected.statisticStates, "\(name)")

      // The user's own parts come back from programs that do not know them.
      let attention = loaded.graph.variables { $0.role(refines: RowReader.attention) }
      #expect(attention.map(\.name) == ["attention"])
      #expect(loaded.graph.variables { $0.role(refines: .weight) }.count == 3)
      #expect(loaded.graph.auxiliaries.map(\.name) == ["mean_state", "seen"])
      #expect(loaded.graph.calls(ofType: "BatchNormalization").compactMap(\.id) == ["at the end"])
      expectUnknownType { _ = try BrickRegistry.standard.brick(loaded.bricks[0]) }
    }

    let run = try Run(
      "bntool", "run", path("averaged.h5"), Repository.fixture("digits/test.h5:images"), "--output", path("outputs.npy")
    )
    #expect(run.status == 0)
    let test = try images("test")
    let evaluator = try Evaluator(expected.graph, tensors: expected.tensors)
    let rows = try test.rows(0..<test.count, as: .float32)
    let outputs = try #require(evaluator([expected.graph.inputs[0].name: rows]).values.first)
    #expect(try NumPyArray(opening: path("outputs.npy")).read() == outputs)

    let inspection = try Run("bntool", "inspect", path("averaged.h5"))
    #expect(inspection.status == 0)
    #expect(inspection.lines.contains { $0.hasPrefix("row_reader") && $0.contains("RowReader") })
    #expect(inspection.lines.contains { $0.contains("attention 8") })
  }

  private func expectUnknownType(_ body: () throws -> Void) {
    let error = #expect(throws: BrickError.self) { try body() }
    #expect(error?.code == .unknownType)
  }
}
