import Bricks
import Checkpoints
import PopulationStatistics
import Testing

@Suite("Tensors of a checkpoint")
struct SelectionTests {
  @Test(
    "are selected by pattern without being read",
    arguments: [
      ("*.W", ["/parameters/mlp/linear_0/W", "/parameters/mlp/linear_1/W"]),
      (
        "batchnormalization.population_*",
        (0..<2).flatMap { layer in
          ["mean", "stdev"].map {
            "/statistics/mlp/batch_norm_activation_\(layer)/batchnormalization/population_\($0)"
          }
        }
      ),
      ("/parameters/mlp/linear_?/b", ["/parameters/mlp/linear_0/b", "/parameters/mlp/linear_1/b"]),
      ("/mlp/linear_1", ["/parameters/mlp/linear_1/W", "/parameters/mlp/linear_1/b"]), ("/updates/**", []),
    ])
  func selected(_ pattern: String, _ expected: [String]) throws {
    try withTemporaryFolder { folder in
      let model = try ModelCase.perceptron.model()
      try CheckpointPayload(model: model, updates: UpdateSet(someRecords())).save(to: "\(folder)/model.h5")
      let checkpoint = try Checkpoint(opening: "\(folder)/model.h5")
      #expect(try checkpoint.tensors(matching: Selector(Name(pattern))).map(\.path.text) == expected)
      #expect(
        try model.graph.savedTensors(matching: Selector(Name(pattern))).map(\.path.datasetPath.text) == expected)
    }
  }
}
