import Bricks
import Foundation
import HDF5
import PopulationStatistics
import Testing

@testable import Checkpoints

@Suite("Saving")
struct SavingTests {
  @Test(
    "on a full disk is an error, keeps the old file, and leaves no other", arguments: [0, 1000, 5000, 20_000, 65_536])
  func fullDisk(_ limit: Int) async throws {
    let folder = temporaryPath("checkpoints-full")
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try "old".write(toFile: "\(folder)/model.h5", atomically: false, encoding: .utf8)
    await #expect(processExitsWith: .success) { [folder = folder as String, limit = limit as Int] in
      // Beyond this size of a file, writing fails as it does on a full disk.
      signal(SIGXFSZ, SIG_IGN)
      var resource = rlimit(rlim_cur: rlim_t(limit), rlim_max: rlim_t(limit))
      #expect(setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &resource) == 0)
      let model = try Model(Linear(128, 256), input: .features(128), seed: 1)
      let error = #expect(throws: CheckpointError.self) { try model.save(to: "\(folder)/model.h5") }
      #expect(error?.code == .inputOutput, "\(String(describing: error))")
      #expect(error?.message.contains("File too large") == true, "\(String(describing: error))")
      #expect(error?.file == "\(folder)/model.h5")
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["model.h5"])
    #expect(try String(contentsOfFile: "\(folder)/model.h5", encoding: .utf8) == "old")
  }

  @Test("to a folder or into a missing folder is an error that names the file", arguments: ["", "/missing/model.h5"])
  func impossible(_ name: String) throws {
    try withTemporaryFolder { folder in
      let model = try ModelCase.noTensors.model()
      expectFailure(.cannotCreate, folder + name) { try model.save(to: folder + name) }
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty)
    }
  }

  @Test("to the file that the model came from is safe, even while that file is open")
  func ontoInput() throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/model.h5"
      try ModelCase.perceptron.model().save(to: path)
      let checkpoint = try Checkpoint(opening: path)
      var model = try checkpoint.model()
      try model.set(model.path("/mlp/linear_0.W"), to: ramp([3, 4]))
      try model.save(to: path)
      #expect(try Model(checkpoint: path) == model)
      #expect(try checkpoint.model() != model)
    }
  }

  @Test("refuses a statistic that inference cannot use", arguments: [Double.nan, .infinity, 0, -1])
  func meaninglessStatistic(_ value: Double) throws {
    try withTemporaryFolder { folder in
      for (kind, name) in [
        (ModelCase.meanOnly, "population_mean"), (.perceptron, "population_stdev"), (.userStatistic, "spread"),
      ] as [(ModelCase, Name)] {
        var model = try kind.model()
        let path = try #require(model.origins.keys.sorted().first { $0.name == name })
        let origin = try #require(model.origins[path])
        try model.setStatistic(
          path, to: Tensor(repeating: value, shape: model.tensor(path).shape, type: .float32), origin: origin)
        guard name != "population_mean" || !value.isFinite else { continue }
        expectFailure(.unsuitable, path.datasetPath.text, "must be finite") {
          try model.save(to: "\(folder)/model.h5")
        }
      }
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty)
    }
  }

  @Test("refuses a model that could not be loaded again, for example because of the name of an axis")
  func unloadable() throws {
    try withTemporaryFolder { folder in
      let model = try ModelCase.perceptron.model()
      let weights = try model.path("/mlp/linear_0.W")
      var descriptions = model.descriptions
      for axis in ["a/b", "", "a.b"] as [Name] {
        descriptions[weights] = TensorDescription(axes: ["input", axis])
        let misnamed = try Model(
          bricks: model.bricks, graph: model.graph, tensors: model.tensors, descriptions: descriptions,
          origins: model.origins)
        expectFailure(.unsuitable, weights.datasetPath.text, "axis") { try misnamed.save(to: "\(folder)/model.h5") }
      }
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty)
    }
  }

  @Test("refuses a graph in training mode, also in the body of a loop, and says which graph to save")
  func trainingMode() throws {
    try withTemporaryFolder { folder in
      for (model, brick) in [
        (try ModelCase.perceptron.model(), "/mlp/batch_norm_activation_0/batchnormalization"),
        (try LoopingNetwork.model(), "/looping/batchnormalization"),
      ] {
        let training = try Model(
          bricks: model.bricks, graph: model.graph.trainingGraph(), tensors: model.tensors,
          descriptions: model.descriptions, origins: model.origins)
        expectFailure(.unsuitable, "\(brick).apply", "Save the inference graph") {
          try training.save(to: "\(folder)/model.h5")
        }
      }
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty)
    }
  }

  @Test("refuses a history that JSON cannot hold")
  func unwritableProvenance() throws {
    try withTemporaryFolder { folder in
      let content = CheckpointPayload(model: try ModelCase.noTensors.model(), provenance: [["decay": .real(.nan)]])
      expectFailure(.unsuitable, "cannot be saved") { try content.save(to: "\(folder)/model.h5") }
    }
  }

  @Test(
    "writes a time only if SOURCE_DATE_EPOCH gives one",
    arguments: [
      ("0", "1970-01-01T00:00:00Z"), ("1700000000", "2023-11-14T22:13:20Z"), ("951827696", "2000-02-29T12:34:56Z"),
      ("253402300799", "9999-12-31T23:59:59Z"), ("253402300800", nil), ("9223372036854775807", nil), ("-1", nil),
      ("soon", nil), ("", nil), ("99999999999999999999", nil), ("67768036191676799", nil),
    ] as [(String, String?)])
  func creationTime(_ value: String, _ expected: String?) {
    #expect(CreationTime.text(secondsSince1970: value) == expected)
  }

  @Test("writes the time of SOURCE_DATE_EPOCH as the attribute created, without which the bytes are the same")
  func createdAttribute() async throws {
    let path = temporaryPath("checkpoints-created") + ".h5"
    defer { unlink(path) }
    await #expect(processExitsWith: .success) { [path = path as String] in
      setenv("SOURCE_DATE_EPOCH", "1700000000", 1)
      try ModelCase.perceptron.model().save(to: path)
      let file = try HDF5.File(opening: path)
      #expect(try file.text(inAttribute: "created") == "2023-11-14T22:13:20Z")
      #expect(try Model(checkpoint: path) == ModelCase.perceptron.model())
      unsetenv("SOURCE_DATE_EPOCH")
      try ModelCase.perceptron.model().save(to: path)
      #expect(try !HDF5.File(opening: path).hasAttribute("created"))
    }
  }
}
