import Bricks
import HDF5
import Testing

@testable import Checkpoints

@Suite("Loading")
struct StrictnessTests {
  /// Saves a model, lets a closure edit the file in place, and returns what loading it throws.
  private func failure(
    of kind: ModelCase, _ edit: (borrowing HDF5.File) throws -> Void
  ) throws -> CheckpointError? {
    try withTemporaryFolder { folder in
      let path = "\(folder)/model.h5"
      try estimated(kind.model()).save(to: path)
      let file = try HDF5.File(modifying: path)
      try edit(file)
      try file.close()
      return #expect(throws: CheckpointError.self) { _ = try Model(checkpoint: path) }
    }
  }

  @Test("a statistic with another epsilon than its normalization's is not saved")
  func epsilonOfAnotherNormalization() throws {
    var model = try estimated(ModelCase.perceptron.model())
    let path = try model.path("/mlp/batch_norm_activation_0/batchnormalization.population_mean")
    var origin = try #require(model.origins[path])
    origin.epsilon = 0.5
    try model.setStatistic(path, to: try model.tensor(path), origin: origin)
    try withTemporaryFolder { folder in
      let error = #expect(throws: CheckpointError.self) { try model.save(to: "\(folder)/model.h5") }
      #expect(error?.message.hasPrefix("has epsilon 0.5, but its normalization in the graph has ") == true)
    }
  }

  @Test("lists everything that is unknown, mismatched or damaged in one error")
  func everything() throws {
    let error = try failure(of: .perceptron) { file in
      for name in ["parameters/mlp/extra", "statistics/stray", "persistent/other/thing"] {
        _ = try file.createDataset(name, datatype: Float.storedDatatype, dimensions: [1])
      }
      try file.openDataset("parameters/mlp/linear_0/W").write([Float](repeating: 0, count: 12))
      try file.openDataset("statistics/mlp/batch_norm_activation_0/batchnormalization/population_stdev")
        .write([Float](repeating: 1, count: 4))
    }
    let message = try #require(error?.message)
    #expect(message.hasPrefix("5 problems, nothing was loaded:"))
    for path in [
      "/parameters/mlp/extra", "/statistics/stray", "/persistent/other", "/parameters/mlp/linear_0/W",
      "/statistics/mlp/batch_norm_activation_0/batchnormalization/population_stdev",
    ] {
      #expect(message.contains("\n  \(path): "), "\(message)")
    }
    #expect(error?.code == .damaged)
  }

  @Test("lists all contradictions of the table of contents, the graph and the file together")
  func missingUnknownAndMismatched() throws {
    let file = fixture("malformed/G9-graph-tensor-unknown.h5")
    expectFailure(.malformed, "2 problems", "/parameters/net/V: is missing", "linear/W: is unknown to the graph") {
      _ = try Model(checkpoint: file)
    }
  }

  @Test("ignores root groups and attributes that it does not know")
  func unknownOutside() throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/model.h5"
      let model = try ModelCase.perceptron.model()
      try model.save(to: path)
      let file = try HDF5.File(modifying: path)
      _ = try file.createDataset("notes/remark", datatype: Float.storedDatatype, dimensions: [1])
      try file.setAttribute("mood", to: "good")
      try file.openDataset("parameters/mlp/linear_0/W").setAttribute("remark", to: "mine")
      try file.close()
      #expect(try Model(checkpoint: path) == model)
    }
  }

  @Test(
    "a missing file, or one that is not a regular file, gives an error that says so",
    arguments: [("missing.h5", "no such file"), ("", "regular")])
  func wrongPath(_ name: String, _ fragment: String) throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/\(name)"
      expectFailure(name.isEmpty ? .notACheckpoint : .notFound, path, fragment) { _ = try Checkpoint(opening: path) }
    }
  }

  @Test("says which statistics were never estimated, are stale, or can be trusted")
  func states() throws {
    try withTemporaryFolder { folder in
      var model = try ModelCase.perceptron.model()
      func states() throws -> [StatisticState] {
        try model.save(to: "\(folder)/model.h5")
        let loaded = try Model(checkpoint: "\(folder)/model.h5").statisticStates
        #expect(loaded == model.statisticStates)
        return loaded.sorted { $0.key < $1.key }.map(\.value)
      }
      #expect(try states() == [.neverEstimated, .neverEstimated, .neverEstimated, .neverEstimated])
      model = try estimated(model)
      #expect(try states() == [.estimated, .stale, .estimated, .stale])
      try model.set(model.path("/mlp/linear_1.b"), to: ramp([2]))
      #expect(try states() == [.stale, .stale, .stale, .stale])
      try model.resetStatistics()
      #expect(try states() == [.neverEstimated, .neverEstimated, .neverEstimated, .neverEstimated])
    }
  }
}
