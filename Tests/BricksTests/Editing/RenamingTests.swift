import Bricks
import Testing

@Suite("A renamed model")
struct RenamingTests {
  /// A perceptron whose statistics are estimated, and an input for it.
  private func perceptron() throws -> Model {
    var model = try Model(
      BatchNormalizedMLP(activations: [Tanh(), nil], dimensions: [4, 5, 3]), input: .features(4), scalar: .float64,
      seed: 5)
    try model.randomize()
    return model
  }

  /// The outputs of two models for one input, in inference and in training.
  private func expectSameFunction(
    _ model: Model, _ other: Model, on shape: [Int] = [6, 4], sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let batch = try uniformInput(shape)
    #expect(try model(batch) == other(batch), sourceLocation: sourceLocation)
    #expect(try model.training(batch) == other.training(batch), sourceLocation: sourceLocation)
  }

  @Test("is the same function with equally trustworthy statistics, and with the brick's new name everywhere")
  func brick() throws {
    let model = try perceptron()
    let renamed = try model.renaming("/mlp/batch_norm_activation_0", to: "/mlp/first")
    try expectSameFunction(model, renamed)
    let paths = renamed.tensors.keys.map(\.description).sorted()
    #expect(paths.filter { $0.hasPrefix("/mlp/first/batchnormalization.") }.count == 4)
    #expect(!paths.contains { $0.contains("batch_norm_activation_0") })
    #expect(renamed.statisticStates.values.allSatisfy { $0 == .estimated })
    #expect(renamed.parametersDigest != model.parametersDigest)
    #expect(renamed.graph.allCalls.contains { $0.brick == "/mlp/first/tanh" })
    #expect(!renamed.graph.allCalls.contains { $0.brick.text.contains("batch_norm_activation_0") })
    #expect(try renamed.graph.trainingGraph().updatePairs().map(\.brick).first == "/mlp/first/batchnormalization")
    #expect(renamed.bricks[0].children.map(\.name).contains("first"))
    #expect(renamed.descriptions.count == model.descriptions.count)
    // Its code would give the old name.
    #expect(!model.bricks[0].configuration.isEmpty && renamed.bricks[0].configuration.isEmpty)
    #expect(try renamed.renaming("/mlp/first", to: "/mlp/batch_norm_activation_0").tensors == model.tensors)
  }

  @Test("can have another name at the top, also in its configuration if that has a name")
  func outermost() throws {
    let model = try perceptron()
    let renamed = try model.renaming("/mlp", to: "/net")
    try expectSameFunction(model, renamed)
    #expect(renamed.bricks.map(\.name) == ["net"])
    #expect(renamed.bricks[0].configuration["name"] == .text("net"))
    #expect(renamed.tensors.keys.allSatisfy { $0.brick.hasPrefix("/net/") })
    #expect(try BrickRegistry.standard.brick(renamed.bricks[0]).name == "net")
  }

  @Test("can have another name of a parameter or of a statistic")
  func tensor() throws {
    let model = try perceptron()
    var renamed = try model.renaming("/mlp/linear_1.W", to: "/mlp/linear_1.weight")
    renamed = try renamed.renaming(
      "/mlp/batch_norm_activation_1/batchnormalization.population_mean",
      to: "/mlp/batch_norm_activation_1/batchnormalization.running_mean")
    try expectSameFunction(model, renamed)
    #expect(try renamed.tensor(renamed.path("/mlp/linear_1.weight")) == model.tensor(model.path("/mlp/linear_1.W")))
    #expect(throws: GraphError.self) { try renamed.path("/mlp/linear_1.W") }
    #expect(
      renamed.graph.allCalls.compactMap(\.normalization).map(\.populationMean.name) == [
        "population_mean", "running_mean",
      ])
    #expect(renamed.statisticStates.values.allSatisfy { $0 == .estimated })
    #expect(renamed.bricks[0].configuration.isEmpty)
  }

  @Test("is renamed in the bodies of loops")
  func loop() throws {
    var model = try Model(NormalizedLoop(), input: ModelInput(name: "rows", shape: [3, 4]), scalar: .float64, seed: 1)
    try model.randomize()
    let renamed = try model.renaming("/normalizedloop/linear", to: "/normalizedloop/recurrent")
      .renaming("/normalizedloop/batchnormalization.batch_norm_scale", to: "/normalizedloop/batchnormalization.gamma")
    try expectSameFunction(model, renamed, on: [2, 3, 4])
    #expect(renamed.graph.allCalls.contains { $0.brick == "/normalizedloop/recurrent" })
    #expect(try renamed.path("/normalizedloop/recurrent.W").brick == "/normalizedloop/recurrent")
    #expect(try renamed.path("/normalizedloop/batchnormalization.gamma").collection == .parameters)
  }

  @Test(
    "is refused if the old name is missing, or the new one is invalid, taken, or below another brick",
    arguments: [
      ("/mlp/linear_7", "/mlp/first", GraphError.Code.missingValue, "no brick /mlp/linear_7"),
      ("/mlp/linear_0.V", "/mlp/linear_0.U", .missingValue, "no tensor /mlp/linear_0.V"),
      ("/mlp/linear_0", "/mlp/linear_1", .duplicate, "has /mlp/linear_1 already"),
      (
        "/mlp/batch_norm_activation_0/batchnormalization.batch_norm_scale",
        "/mlp/batch_norm_activation_0/batchnormalization.population_mean", .duplicate, "already"
      ),
      ("/mlp/linear_0", "/other/linear_0", .invalidName, "has another parent"),
      ("/mlp/linear_0.W", "/mlp/linear_1.V", .invalidName, "has another parent"),
      ("/mlp/linear_0", "/mlp/li|near", .invalidName, "li|near"),
      ("/mlp/linear_0", "/mlp/", .invalidName, "a brick or tensor has a"),
      ("/mlp/linear_0", "first", .invalidName, "is not a brick, such as /mlp"),
      ("mlp", "net", .invalidName, "is not a brick, such as /mlp"),
      ("/mlp/linear_0.W", "/mlp/linear_0", .invalidName, "is not a tensor"),
    ])
  func refusals(_ old: Name, _ new: Name, _ code: GraphError.Code, _ text: String) throws {
    let model = try perceptron()
    expectError(code, mentioning: text) { _ = try model.renaming(old, to: new) }
  }
}
