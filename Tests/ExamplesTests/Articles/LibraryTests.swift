import Bricks
import Checkpoints
import Foundation
import ModelFormats
import PopulationStatistics
import Testing

/// The Swift code of the articles about models, statistics and files, without changes.
@Suite("The articles: models, statistics, files")
struct LibraryArticleTests {
  let folder: TemporaryDirectory
  let images: Tensor
  let batches: [Tensor]

  init() throws {
    folder = try TemporaryDirectory()
    images = try Tensor((0..<256).map { Float($0 * $0 % 13) }, shape: [4, 64])
    batches = [images, try Tensor((0..<128).map { Float($0 % 7) }, shape: [2, 64])]
  }

  private func path(_ name: String) -> String { "\(folder.path)/\(name)" }

  @Test("getting started: a model has a graph in both modes; statistics come from data, and a checkpoint keeps them")
  func gettingStarted() throws {
    let network = BatchNormalizedMLP(activations: [.tanh, .tanh, .softmax], dimensions: [64, 128, 128, 10])
    var model = try Model(network, input: .features(64), seed: 7)

    let probabilities = try model(images)  // inference

    let training = try model.graph.trainingGraph()  // pure: the old graph is untouched
    let pairs = try training.updatePairs()  // population mean ← minibatch mean, …

    #expect(probabilities.shape == [4, 10])
    #expect(pairs.count == 6)
    #expect(model.graph.calls(of: BatchNormalization.self).allSatisfy { !$0.isTraining })
    #expect(training.calls(of: BatchNormalization.self).filter(\.isTraining).count == 3)

    var pass = try PopulationPass(model)  // parameters frozen
    for batch in batches {
      try pass.observe(batch)  // count, mean, deviation per normalization and time step
    }
    model = try pass.estimatedModel(.pooled)  // every statistic knows count, ε and parameters

    try model.save(to: path("epoch-5.h5"))  // atomic, deterministic, checked
    let loaded = try Model(checkpoint: path("epoch-5.h5"))  // strict: loads everything, or throws an error
    let states = loaded.statisticStates  // .estimated / .neverEstimated / .stale

    #expect(loaded == model)
    #expect(states.count == 6 && states.values.allSatisfy { $0 == .estimated })
    #expect(loaded.statistics.allSatisfy { $0.origin.observationCounts == [6] })
  }

  @Test("statistics: a pass keeps records, and a recalibration gives the same numbers with their errors")
  func statistics() throws {
    let model = try Model(BatchNormalization([64]), input: .features(64), seed: 7)

    var pass = try PopulationPass(model)
    for batch in batches { try pass.observe(batch) }
    let records = try pass.updates()  // to save, merge, or average
    let estimated = try pass.estimatedModel(.pooled)

    var recalibration = try Recalibration(model)
    for batch in batches { try recalibration.observe(["features": batch]) }
    let errors = recalibration.standardErrors  // per normalization, in units of σ
    let (recalibrated, changes) = try recalibration.recalibrated()

    #expect(records.records.count == 2 && errors?.count == 1 && changes.count == 1)
    let column = (0..<4).map { images.doubles[64 * $0] } + (0..<2).map { batches[1].doubles[64 * $0] }
    let mean = column.reduce(0, +) / 6
    #expect(abs(estimated.statistics[0].value.doubles[0] - mean) < 1e-6)
    #expect(recalibrated.statistics[0].value == estimated.statistics[0].value)
  }

  @Test("the README: a pass over data gives a model with the right statistics")
  func readme() throws {
    let model = try Model(BatchNormalization([64]), input: .features(64), seed: 7)

    var pass = try PopulationPass(model)
    for batch in batches { try pass.observe(batch) }
    try pass.estimatedModel(.pooled).save(to: path("right.h5"))

    #expect(try Set(Model(checkpoint: path("right.h5")).statisticStates.values) == [.estimated])
  }

  @Test("checkpoints: update pairs are saved with a model or alone, parts are read, and values are set")
  func checkpoints() throws {
    let network = BatchNormalizedMLP(activations: [.tanh, nil], dimensions: [3, 4, 2])
    var model = try Model(network, input: .features(3), seed: 7)
    let small = try Tensor([1, 2, 3, 4, 5, 7] as [Float], shape: [2, 3])
    let records = try UpdateSet(model.updatePairs(for: ["features": small]))
    let weights = try Tensor((0..<12).map(Float.init), shape: [3, 4])

    try model.save(to: path("epoch-5.h5"))  // atomic, deterministic, checked
    let loaded = try Model(checkpoint: path("epoch-5.h5"))  // strict: loads everything, or throws an error
    #expect(loaded == model)

    try CheckpointPayload(model: model, updates: records).save(to: path("recorded.h5"))
    try records.save(to: path("pairs.h5"))
    #expect(try UpdateSet(checkpoint: path("recorded.h5")) == UpdateSet(checkpoint: path("pairs.h5")))

    let file = try Checkpoint(opening: path("epoch-5.h5"))  // reads no tensor
    let shape = file.entry("/parameters/mlp/linear_0/W")?.shape
    for entry in file.tensors(role: .populationStandardDeviation) {
      print(entry.path, try file.read(entry))  // checks the digest
    }
    #expect(shape == [3, 4] && file.tensors(role: .populationStandardDeviation).count == 2)

    try model.set("/mlp/linear_0.W", to: weights)  // statistics become stale
    try model.setStatistic(
      "/mlp/batch_norm_activation_0/batchnormalization.population_mean", to: [0, 1, 0.5, 0], observations: 1437)
    #expect(try model.tensor("/mlp/linear_0.W") == weights)
    #expect(model.statistics[0].value.doubles == [0, 1, 0.5, 0] && model.statistics[0].state == .estimated)
  }

  @Test("averaging: checkpoints are averaged, and a soup keeps the best")
  func averaging() throws {
    try FileManager.default.copyItem(atPath: Repository.fixture("digits/late-4.h5"), toPath: path("late-4.h5"))
    try FileManager.default.copyItem(atPath: Repository.fixture("digits/late-5.h5"), toPath: path("late-5.h5"))
    let (payload, summary) = try ParameterAveraging(.weights([1, 3])).payload(averaging: [
      path("late-4.h5"), path("late-5.h5"),
    ])
    let weights = try ["late-4.h5", "late-5.h5"].map {
      try Model(checkpoint: path($0)).tensor("/mlp/linear_0.W").doubles[0]
    }
    let average = try #require(payload.model).tensor("/mlp/linear_0.W").doubles[0]
    #expect(summary.coefficients == [0.25, 0.75])
    #expect(abs(average - (0.25 * weights[0] + 0.75 * weights[1])) < 1e-6)

    let snapshots = [path("late-4.h5"), path("late-5.h5")]
    func accuracy(_ model: Model) throws -> Double { -(try model(images).doubles[0]) }
    let soup = try GreedySoup(
      snapshots,
      prepare: { model in
        var recalibration = try Recalibration(model)
        try recalibration.observe(["features": images])
        return try recalibration.recalibrated().model
      },
      score: { model in try accuracy(model) })
    try soup.model.save(to: path("soup.h5"))
    #expect(try Model(checkpoint: path("soup.h5")) == soup.model && !soup.members.isEmpty)
  }

  @Test("your own model: files of Keras and ONNX become models")
  func ownModel() throws {
    try FileManager.default.copyItem(atPath: Repository.fixture("keras/dense.keras"), toPath: path("model.keras"))
    do {
      let imported = try KerasFormat.model(at: path("model.keras"))
      let model = imported.model
      for tensor in imported.mapping { print(tensor.source, tensor.target, tensor.conversion) }
      #expect(!model.tensors.isEmpty)
      #expect(imported.mapping.contains { $0.source == "layers/dense/vars/0" && $0.target == "/first.W" })
    }
    try FileManager.default.copyItem(
      atPath: Repository.fixture("onnx/densenet-torchscript.onnx"), toPath: path("resnet18.onnx"))
    let known = try ONNXFormat.model(at: path("resnet18.onnx")).model
    let input = known.graph.variables[known.graph.inputs[0].variable].type
    let images = try Tensor(
      Array(repeating: Float(0.5), count: input.shape.dropFirst().compactMap(\.fixed).reduce(2, *)),
      shape: Shape(checking: [2] + input.shape.dropFirst().compactMap(\.fixed)))

    let imported = try ONNXFormat.model(at: path("resnet18.onnx"))
    let outputs = try imported.model(["images": images])
    try ONNXFormat.write(imported.model, to: path("copy.onnx"))
    #expect(try ONNXFormat.model(at: path("copy.onnx")).model(["images": images]) == outputs)
  }
}
