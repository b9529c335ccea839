import ComputationGraphs
import Interchange
import Tensors
import Testing

@testable import ModelFormats

@Suite("A normalization of another framework") struct ModelAssemblyTests {
  private func normalized(
    mean: [Float], variance: [Float]
  ) throws -> (model: Model, mapping: [TensorMapping]) {
    let assembly = ModelAssembly(file: "m.onnx")
    let input = try assembly.builder.input("x", VariableType(.float32, ["batch", 2, 1, 2]))
    let output = try assembly.normalize(
      input, axis: 1,
      by: ForeignNormalization(
        brick: "/layer1/0/bn1", epsilon: 0.5,
        scale: .init(Tensor([2, 1] as [Float], shape: [2]), source: "layer1.0.bn1.weight"),
        shift: .init(Tensor([1, 0] as [Float], shape: [2]), source: "layer1.0.bn1.bias"),
        mean: .init(Tensor(mean, shape: [2])), variance: .init(Tensor(variance, shape: [2]))))
    let imported = try assembly.finish(outputs: ["y": output])
    return (imported.model, imported.mapping)
  }

  @Test("computes with the deviation, which includes ε, and keeps its variance") func values() throws {
    // σ = √(3.5 + 0.5) = 2 and √(0.5 + 0.5) = 1, y = (x − μ) / σ · γ + β.
    let (model, mapping) = try normalized(mean: [1, 4], variance: [3.5, 0.5])
    let output = try model(Tensor([1, 3, 4, 6] as [Float], shape: [1, 2, 1, 2]))
    #expect(output.doubles == [1, 3, 0, 2])
    let normalization = try #require(model.graph.allCalls.first?.normalization)
    #expect(normalization.epsilon == 0.5)
    #expect(normalization.axes == [0, 2, 3])
    #expect(try model.tensor(normalization.populationMean).doubles == [1, 4])
    #expect(try ModelAssembly.variance(of: normalization, in: model, for: "m.keras")?.doubles == [3.5, 0.5])
    #expect(mapping.map(\.target) == ["/layer1/0/bn1.batch_norm_scale", "/layer1/0/bn1.batch_norm_shift"])
  }

  @Test("is a training average, which other parameters make stale, or never estimated") func origins() throws {
    var (average, _) = try normalized(mean: [1, 4], variance: [3.5, 0.5])
    #expect(average.origins.values.allSatisfy { $0.estimator.name == "training-average" && $0.records == 0 })
    #expect(Set(average.statisticStates.values) == [.trainingAverage])
    try average.set(average.path("/layer1/0/bn1.batch_norm_scale"), to: Tensor([2, 3] as [Float], shape: [2, 1, 1]))
    #expect(Set(average.statisticStates.values) == [.stale])
    let (initial, _) = try normalized(mean: [0, 0], variance: [1, 1])
    #expect(Set(initial.statisticStates.values) == [.neverEstimated])
    let statistics = try MovingStatistics(
      mean: Tensor([1] as [Float], shape: [1]), variance: Tensor([4] as [Float], shape: [1]))
    #expect(statistics.origin(epsilon: 0.5, batchCount: 20).observationCounts == [20])
    #expect(statistics.origin(epsilon: 0.5, batchCount: 0).estimator == .notEstimated)
  }

  @Test("writes a variance for a deviation that was estimated again") func variance() throws {
    var (model, _) = try normalized(mean: [1, 4], variance: [3.5, 0.5])
    let normalization = try #require(model.graph.allCalls.first?.normalization)
    let path = try #require(normalization.populationStandardDeviation)
    let origin = try #require(model.origins[path])
    try model.setStatistic(path, to: Tensor([3, 1] as [Float], shape: [2, 1, 1]), origin: origin)
    #expect(try ModelAssembly.variance(of: normalization, in: model, for: "m.keras")?.doubles == [8.5, 0.5])
  }

  @Test(
    "is not written with a variance beyond the range of its type",
    // The greatest float32 is 3.4028e38, the square of 1.8447e19.
    arguments: [(1.8e19, true), (1.9e19, false), (1e20, false)] as [(Float, Bool)])
  func overflow(_ deviation: Float, _ fits: Bool) throws {
    var (model, _) = try normalized(mean: [1, 4], variance: [3.5, 0.5])
    let normalization = try #require(model.graph.allCalls.first?.normalization)
    let path = try #require(normalization.populationStandardDeviation)
    let origin = try #require(model.origins[path])
    try model.setStatistic(path, to: Tensor([3, deviation], shape: [2, 1, 1]), origin: origin)
    func variance() throws -> Double? {
      try ModelAssembly.variance(of: normalization, in: model, for: "m.keras")?.doubles[1]
    }
    guard !fits else {
      #expect(try variance() == Double(deviation * deviation))
      return
    }
    let error = try #require(throws: ModelFormatError.self) { try variance() }
    #expect(error.code == .notRepresentable && error.path == "m.keras" && error.object == "/layer1/0/bn1")
    for part in ["channel 1", "float32", ".safetensors"] { #expect(error.message.contains(part), "\(part)") }
  }

  @Test("refuses a variance without a deviation") func negative() throws {
    let error = try #require(throws: ModelFormatError.self) { try normalized(mean: [0, 0], variance: [-1, 1]) }
    #expect(error.object == "/layer1/0/bn1")
    #expect(error.message.contains("variance that is not above −ε"))
  }
}
