import Bricks
import Checkpoints
import Foundation
import PopulationStatistics
import Programs
import Testing

/// The networks of fixtures/random give the numbers of an independent implementation in NumPy and PyTorch.
@Suite struct RandomTests {
  private static let cases = (try? RandomCase.all.get()) ?? []
  private static let normalized = cases.filter { !$0.configuration.updates.isEmpty }
  private static let scalars = [ScalarType.float64, .float32]

  @Test("all 363 cases are there, 202 of them with normalizations") func count() throws {
    #expect(try RandomCase.all.get().count == 363)
    #expect(Self.normalized.count == 202)
  }

  @Test(
    "inference gives the expected outputs, with tensors of the expected paths and shapes", arguments: cases, scalars)
  func inference(_ random: RandomCase, _ scalar: ScalarType) throws {
    let model = try random.model(scalar)
    try random.expectOutputs(model(random.feed(scalar)), "inference", scalar)
    let shapes = Dictionary(uniqueKeysWithValues: model.tensors.map { ($0.key.description, $0.value.shape.dimensions) })
    #expect(shapes == random.configuration.parameters.merging(random.configuration.population ?? [:]) { $1 })
    #expect(Set(model.graph.parameters.map(\.description)) == Set(random.configuration.parameters.keys))
  }

  @Test("a compiled program gives the expected outputs, if there is a program", arguments: cases)
  func compiled(_ random: RandomCase) throws {
    let model = try random.model(.float32)
    try random.expectOutputs(
      Evaluator(model.graph, tensors: model.tensors)(random.feed(.float32)), "inference", .float32)
  }

  @Test("programs are compiled for all cases except those with masks, fed time steps, or a count of steps")
  func compilable() throws {
    for random in Self.cases {
      let model = try random.model(.float32)
      let feed = try random.feed(.float32)
      let inputs = model.graph.inputs.compactMap { feed[$0.name] }
      let program = try Program(
        model.graph, tensors: model.tensors, inputs: inputs.map { VariableType($0) },
        wanted: model.graph.outputs.map(\.variable))
      let isFedOtherwise = inputs.contains { $0.type != .float32 } || feed.keys.contains { $0.text.contains("mask") }
      #expect(program != nil || isFedOtherwise || random.testDescription.hasPrefix("loops"), "\(random)")
    }
  }

  @Test(
    "training mode, by scope and by transform, gives the expected outputs and update pairs", arguments: normalized,
    scalars)
  func training(_ random: RandomCase, _ scalar: ScalarType) throws {
    let model = try random.model(scalar)
    for graph in [try random.model(scalar, inTraining: true).graph, try model.graph.trainingGraph()] {
      let interpreter = try Interpreter(graph, tensors: model.tensors)
      try random.expectTraining(interpreter, random.feed(scalar), scalar)
    }
  }

  @Test("a pass records a row per time step, with its count, or the whole loop pooled", arguments: normalized, scalars)
  func records(_ random: RandomCase, _ scalar: ScalarType) throws {
    var pass = try PopulationPass(random.model(scalar))
    if random.configuration.repeatsTimeStep {
      let error = #expect(throws: StatisticsError.self) { try pass.observe(random.feed(scalar)) }
      #expect(error?.code == .conflict)
    } else {
      try pass.observe(random.feed(scalar))
      try random.expectRecords(of: pass, scalar)
    }
  }

  @Test(
    "a model that was saved and loaded gives the expected numbers in both modes",
    arguments: cases.enumerated().filter { $0.offset % 5 == 0 }.map(\.element))
  func saved(_ random: RandomCase) throws {
    let path = temporaryPath("random.h5")
    defer { try? FileManager.default.removeItem(atPath: path) }
    try random.model(.float64).save(to: path)
    let model = try Model(checkpoint: path)
    let feed = try random.feed(.float64)
    try random.expectOutputs(model(feed), "inference", .float64)
    guard !random.configuration.updates.isEmpty else { return }
    let interpreter = try Interpreter(model.graph.trainingGraph(), tensors: model.tensors)
    try random.expectTraining(interpreter, feed, .float64)
  }
}
