import Bricks
import Foundation
import PopulationStatistics
import Testing

@testable import Checkpoints

@Suite("A model saved and loaded")
struct RoundTripTests {
  @Test("is the same model", arguments: ModelCase.allCases)
  func equalModel(_ kind: ModelCase) throws {
    try withTemporaryFolder { folder in
      let model = try estimated(kind.model())
      try model.save(to: "\(folder)/model.h5")
      let loaded = try Model(checkpoint: "\(folder)/model.h5")
      #expect(loaded.bricks == model.bricks)
      #expect(loaded.graph == model.graph)
      #expect(loaded.tensors == model.tensors)
      #expect(loaded.descriptions == model.descriptions)
      #expect(loaded.origins == model.origins)
      #expect(loaded.statisticStates == model.statisticStates)
      #expect(loaded == model)
    }
  }

  @Test("computes the same bits", arguments: ModelCase.allCases)
  func equalOutputs(_ kind: ModelCase) throws {
    try withTemporaryFolder { folder in
      let model = try estimated(kind.model())
      try model.save(to: "\(folder)/model.h5")
      let inputs = try kind.inputs(of: model)
      let outputs = try Model(checkpoint: "\(folder)/model.h5")(inputs)
      #expect(outputs.mapValues(\.digest) == (try model(inputs)).mapValues(\.digest))
      #expect(!outputs.isEmpty)
    }
  }

  @Test(
    "computes the same bits in a fresh process",
    arguments: [ModelCase.perceptron, .float64, .timeStepInput, .images, .convolutional])
  func equalOutputsInFreshProcess(_ kind: ModelCase) async throws {
    let folder = temporaryPath("checkpoints-fresh-\(kind.rawValue)")
    let path = folder + ".h5"
    defer { unlink(path) }
    let model = try estimated(kind.model())
    try model.save(to: path)
    let expected = try model(kind.inputs(of: model)).mapValues(\.digest.description)
    await #expect(processExitsWith: .success) {
      [kind = kind as ModelCase, path = path as String, expected = expected as [Name: String]] in
      let loaded = try Model(checkpoint: path)
      #expect(try loaded(kind.inputs(of: loaded)).mapValues(\.digest.description) == expected)
    }
  }

  @Test("gives the same bytes every time", arguments: ModelCase.allCases)
  func equalBytes(_ kind: ModelCase) throws {
    try withTemporaryFolder { folder in
      let model = try estimated(kind.model())
      let content = try CheckpointPayload(model: model, updates: UpdateSet(someRecords()))
      for name in ["first", "second"] { try content.save(to: "\(folder)/\(name).h5") }
      let loaded = try Checkpoint(opening: "\(folder)/first.h5")
      try CheckpointPayload(model: loaded.model(), updates: loaded.updates()).save(to: "\(folder)/third.h5")
      #expect(try bytes("\(folder)/first.h5") == bytes("\(folder)/second.h5"))
      #expect(try bytes("\(folder)/first.h5") == bytes("\(folder)/third.h5"))
    }
  }

  @Test("gives the same bytes in another process, where dictionaries have another order")
  func equalBytesInFreshProcess() async throws {
    let path = temporaryPath("checkpoints-bytes")
    defer {
      unlink(path + "-1.h5")
      unlink(path + "-2.h5")
    }
    let content = try CheckpointPayload(
      model: estimated(ModelCase.unusedTensors.model()), updates: UpdateSet(someRecords()), provenance: someProvenance)
    try content.save(to: path + "-1.h5")
    await #expect(processExitsWith: .success) { [path = path as String] in
      let content = try CheckpointPayload(
        model: estimated(ModelCase.unusedTensors.model()), updates: UpdateSet(someRecords()), provenance: someProvenance
      )
      try content.save(to: path + "-2.h5")
    }
    #expect(try bytes(path + "-1.h5") == bytes(path + "-2.h5"))
  }

  @Test("gives the same bytes for any order in which the tensors were set")
  func orderOfInsertion() throws {
    try withTemporaryFolder { folder in
      let model = try estimated(ModelCase.perceptron.model())
      func rebuilt(_ paths: [TensorPath]) throws -> Model {
        var tensors: TensorStore = [:]
        var origins: [TensorPath: StatisticOrigin] = [:]
        for path in paths {
          tensors[path] = model.tensors[path]
          origins[path] = model.origins[path]
        }
        return try Model(
          bricks: model.bricks, graph: model.graph, tensors: tensors, descriptions: model.descriptions,
          origins: origins)
      }
      let paths = model.tensors.keys.sorted()
      try rebuilt(paths).save(to: "\(folder)/up.h5")
      try rebuilt(paths.reversed()).save(to: "\(folder)/down.h5")
      #expect(try bytes("\(folder)/up.h5") == bytes("\(folder)/down.h5"))
    }
  }

  @Test("keeps its provenance")
  func provenance() throws {
    try withTemporaryFolder { folder in
      let model = try ModelCase.perceptron.model()
      try CheckpointPayload(model: model, provenance: someProvenance).save(to: "\(folder)/a.h5")
      #expect(try Checkpoint(opening: "\(folder)/a.h5").provenance() == someProvenance)
      try model.save(to: "\(folder)/b.h5")
      #expect(try Checkpoint(opening: "\(folder)/b.h5").provenance().isEmpty)
    }
  }

  @Test("shows kind, version, producer and a content digest that changes with the content")
  func facts() throws {
    try withTemporaryFolder { folder in
      var model = try ModelCase.perceptron.model()
      try model.save(to: "\(folder)/a.h5")
      let first = try Checkpoint(opening: "\(folder)/a.h5")
      #expect(first.kind == .model)
      #expect(first.formatVersion == "1.0")
      #expect(first.producer == "swift-bricks \(Version.current)")
      #expect(first.contents.parametersDigest == model.parametersDigest)
      let path = try model.path("/mlp/linear_0.W")
      #expect(first.entry(path.datasetPath)?.axes == ["input", "output"])
      #expect(first.tensors(role: .weight).map(\.path) == ["/parameters/mlp/linear_0/W", "/parameters/mlp/linear_1/W"])
      try model.set(path, to: ramp(Shape([3, 4])))
      try model.save(to: "\(folder)/b.h5")
      #expect(try Checkpoint(opening: "\(folder)/b.h5").contentDigest != first.contentDigest)
    }
  }
}

/// A history of two steps.
let someProvenance: [ProvenanceStep] = [
  ["operation": .text("extract"), "inputs": .list([.object(["name": .text("snapshot-5.h5")])])],
  [
    "operation": .text("average-stats"), "decay": .real(0.1), "records": .integer(12), "exact": .boolean(true),
    "note": .null,
  ],
]
