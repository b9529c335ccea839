import Bricks
import Foundation
import PopulationStatistics
import Testing

@testable import Checkpoints

/// A model of one parameter for every type of number, without bricks' code.
private func model(
  single: [Float], double: [Double], integers: [Int64] = [7], single shape: Shape? = nil
) throws -> Model {
  let tensors: [(String, Tensor)] = try [
    ("single", Tensor(single, shape: shape ?? [single.count])), ("double", Tensor(double, shape: [double.count])),
    ("steps", Tensor(integers, shape: [integers.count])),
  ]
  let builder = GraphBuilder()
  var store: TensorStore = [:]
  var descriptions: [TensorPath: TensorDescription] = [:]
  let input = try builder.input("x", VariableType(.float32, [.fixed(1)]))
  for (name, tensor) in tensors {
    let path = try TensorPath(.parameters, brick: "/numbers", name: Name(name))
    _ = try builder.tensor(path, type: VariableType(tensor), roles: [.parameter])
    store[path] = tensor
    descriptions[path] = TensorDescription(axes: tensor.shape.dimensions.indices.map { "axis_\($0)" })
  }
  let graph = try builder.finish(outputs: ["y": input])
  return try Model(
    bricks: [BrickNode(type: "Numbers", name: "numbers")], graph: graph, tensors: store, descriptions: descriptions,
    origins: [:])
}

/// Saves models, averages the files and gives the result, and what was done.
private func averaged(
  _ models: [Model], _ averaging: ParameterAveraging, in folder: String
) throws -> (model: Model, summary: ParameterAveraging.Summary) {
  var paths: [String] = []
  for (index, model) in models.enumerated() {
    paths.append("\(folder)/\(index).h5")
    try model.save(to: paths[index])
  }
  let summary = try averaging.average(paths, to: "\(folder)/mean.h5")
  return (try Model(checkpoint: "\(folder)/mean.h5"), summary)
}

@Suite("Averaging parameters")
struct ParameterAveragingTests {
  @Test(
    "uses the given weights, with results calculated by hand",
    arguments: [
      (.uniform, [1, 2, 6], 3, [1.0 / 3, 1.0 / 3, 1.0 / 3]),
      (.weights([3, 0, 1]), [1, .infinity, 5], 2, [0.75, 0, 0.25]),
      // 1, then (1 − 1/2) · 1 + 1/2 · 2 = 1.5, then 1/2 · 1.5 + 1/2 · 4.
      (.movingAverage(emaDecay: 0.5), [1, 2, 4], 2.75, [0.25, 0.25, 0.5]),
      (.movingAverage(emaDecay: 0), [1, 2, 4], 4, [0, 0, 1]),
    ] as [(ParameterAveraging.Weighting, [Double], Double, [Double])])
  func weighting(
    _ weighting: ParameterAveraging.Weighting, values: [Double], expected: Double, coefficients: [Double]
  ) throws {
    try withTemporaryFolder { folder in
      let models = try values.map { try model(single: [Float($0), 0], double: [$0, 0]) }
      let (result, summary) = try averaged(models, ParameterAveraging(weighting), in: folder)
      #expect(try result.tensor(result.path("/numbers.single")).doubles == [expected, 0])
      #expect(try result.tensor(result.path("/numbers.double")).doubles == [expected, 0])
      #expect(summary.coefficients == coefficients)
    }
  }

  @Test("sums in twice the precision and rounds once, to the type that the parameters have")
  func precision() throws {
    try withTemporaryFolder { folder in
      // In their own precision the sums would be 0; exactly they are 1, so that the means are 1/3.
      let models = try [(Float(1e9), 1e17), (1, 1), (-1e9, -1e17)].map { try model(single: [$0.0], double: [$0.1]) }
      let (result, _) = try averaged(models, ParameterAveraging(), in: folder)
      let tensors = try ["single", "double"].map { try result.tensor(result.path("/numbers.\($0)")) }
      #expect(try tensors == [Tensor([Float(1.0 / 3)], shape: [1]), Tensor([1.0 / 3], shape: [1])])
    }
  }

  @Test("keeps integers that are equal, and takes others from the last, never divided")
  func integers() throws {
    try withTemporaryFolder { folder in
      let equal = try model(single: [1], double: [1], integers: [3, 5])
      let (kept, first) = try averaged([equal, equal], ParameterAveraging(), in: folder)
      #expect(try kept.tensor(kept.path("/numbers.steps")) == Tensor([3, 5] as [Int64], shape: [2]))
      #expect(first.equalIntegers.map(\.path) == ["/parameters/numbers/steps"] && first.differentIntegers.isEmpty)
      let other = try model(single: [1], double: [1], integers: [3, 8])
      let (taken, second) = try averaged([equal, other], ParameterAveraging(), in: folder)
      #expect(try taken.tensor(taken.path("/numbers.steps")) == Tensor([3, 8] as [Int64], shape: [2]))
      #expect(second.differentIntegers.map(\.path) == ["/parameters/numbers/steps"] && second.equalIntegers.isEmpty)
    }
  }

  @Test("gives the same bytes for any number of threads, with tensors of many blocks")
  func threads() throws {
    try withTemporaryFolder { folder in
      // Three blocks of 262,144 numbers, and a part of one.
      let counts = [3 * 262_144 + 17, 5]
      let models = try (1...3).map { seed in
        try model(
          single: (0..<counts[0]).map { Float(($0 &* 7919 &* seed) % 1000) / 8 },
          double: [Double](repeating: 0.1, count: counts[1]))
      }
      let (result, _) = try averaged(models, ParameterAveraging(threads: 1), in: folder)
      let single = try bytes("\(folder)/mean.h5")
      _ = try averaged(models, ParameterAveraging(threads: 3), in: folder)
      #expect(try bytes("\(folder)/mean.h5") == single)
      // Eighths of integers are summed exactly.
      let values = try result.tensor(result.path("/numbers.single")).doubles
      for index in [0, 1, 262_143, 262_144, 786_431, 786_448] {
        let sum = (1...3).reduce(0) { $0 + (index &* 7919 &* $1) % 1000 }
        #expect(values[index] == Double(Float(Double(sum) / 24)), "element \(index)")
      }
    }
  }

  @Test("selects parameters; the others are the last checkpoint's")
  func selection() throws {
    try withTemporaryFolder { folder in
      let models = try [model(single: [1], double: [1]), model(single: [3], double: [3])]
      let (result, summary) = try averaged(models, ParameterAveraging(selection: Selector("*.single")), in: folder)
      #expect(try result.tensor(result.path("/numbers.single")).doubles == [2])
      #expect(try result.tensor(result.path("/numbers.double")).doubles == [3])
      #expect(summary.unselected.map(\.path) == ["/parameters/numbers/double"])
      expectFailure(.unsuitable, "*.other", "selects no parameter") {
        _ = try averaged(models, ParameterAveraging(selection: Selector("*.other")), in: folder)
      }
    }
  }

  @Test("names file, tensor and element of a number that is not finite", arguments: [Float.nan, .infinity, -.infinity])
  func notFinite(_ value: Float) throws {
    try withTemporaryFolder { folder in
      let models = try [model(single: [1, 1], double: [1]), model(single: [1, value], double: [1])]
      expectFailure(.unsuitable, "1.h5", "/parameters/numbers/single", "element 1 is") {
        _ = try averaged(models, ParameterAveraging(), in: folder)
      }
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder).sorted() == ["0.h5", "1.h5"])
      // Values that are not averaged may be invalid.
      #expect(throws: Never.self) {
        _ = try averaged(models, ParameterAveraging(selection: Selector("*.double")), in: folder)
      }
      let huge = try [model(single: [1], double: [1.7e308]), model(single: [1], double: [1.7e308])]
      expectFailure(.unsuitable, "/parameters/numbers/double", "beyond the range of float64") {
        _ = try averaged(huge, ParameterAveraging(), in: folder)
      }
    }
  }

  @Test("lists every difference of the models, by file")
  func mismatches() throws {
    try withTemporaryFolder { folder in
      let base = try model(single: [1, 2], double: [1])
      let reshaped = try model(single: [1, 2], double: [1], single: [1, 2])
      let longer = try model(single: [1, 2], double: [1, 2], integers: [1, 2])
      let error = expectFailure(.unsuitable, "3 differences from \(folder)/2.h5", "nothing was written") {
        _ = try averaged([reshaped, longer, base], ParameterAveraging(), in: folder)
      }
      for line in [
        "0.h5: /parameters/numbers/single has the shape 1×2, not 2",
        "1.h5: /parameters/numbers/double has the shape 2, not 1",
        "1.h5: /parameters/numbers/steps has the shape 2, not 1",
      ] { #expect(error?.message.contains(line) == true, "\(String(describing: error))") }
      expectFailure(.unsuitable, "/parameters/numbers/double is not in ", "/parameters/mlp/linear_0/W is missing") {
        _ = try averaged([base, ModelCase.perceptron.model()], ParameterAveraging(), in: folder)
      }
      // The same tensors, another configuration and another graph.
      let mlps = try [Tanh() as any Brick, Rectifier()].map { activation in
        try Model(MLP(activations: [activation], dimensions: [3, 2]), input: .features(3), seed: 1)
      }
      expectFailure(.unsuitable, "the brick /mlp/tanh") {
        _ = try averaged([mlps[1], mlps[0]], ParameterAveraging(), in: folder)
      }
      #expect(!FileManager.default.fileExists(atPath: "\(folder)/mean.h5"))
    }
  }

  @Test("leaves statistics as they are, with their origin, which makes them stale", arguments: [nil, 0])
  func statistics(source: Int?) throws {
    try withTemporaryFolder { folder in
      let first = try estimated(ModelCase.perceptron.model())
      var second = try ModelCase.perceptron.model()
      for path in second.graph.parameters {
        let tensor = try second.tensor(path)
        try second.set(path, to: ramp(tensor.shape, type: tensor.type))
      }
      let (result, summary) = try averaged([first, second], ParameterAveraging(statisticsSource: source), in: folder)
      let expected = source == nil ? second : first
      for path in expected.origins.keys {
        #expect(try result.tensor(path) == expected.tensor(path))
        #expect(result.origins[path] == expected.origins[path])
      }
      #expect(Set(result.statisticStates.values) == [source == nil ? .neverEstimated : .stale])
      #expect(Set(summary.statisticStates) == Set(result.statisticStates.values))
      #expect(summary.parametersDigest == result.parametersDigest)
      // The average of a model with itself is that model, down to its statistics.
      let (same, _) = try averaged([first, first], ParameterAveraging(), in: folder)
      #expect(same == first)
    }
  }

  @Test("leaves out update pairs, reports that, and keeps the provenance")
  func provenance() throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/in.h5"
      try CheckpointPayload(
        model: ModelCase.perceptron.model(), updates: UpdateSet(someRecords()),
        provenance: [["operation": .text("training")]]
      ).save(to: path)
      let summary = try ParameterAveraging(.movingAverage(emaDecay: 0.75)).average([path, path], to: path)
      #expect(summary.droppedUpdates == [path, path])
      let checkpoint = try Checkpoint(opening: path)
      #expect(checkpoint.contents.updates == nil)
      let steps = try checkpoint.provenance()
      #expect(steps.map { $0["operation"] } == [.text("training"), .text("average")])
      #expect(steps[1]["ema_decay"] == .real(0.75) && steps[1]["method"] == .text("moving-average"))
    }
  }

  @Test("refuses damaged inputs and can be stopped, and leaves no files behind")
  func interruption() throws {
    try withTemporaryFolder { folder in
      struct Interrupted: Error {}
      let path = "\(folder)/model.h5"
      try ModelCase.perceptron.model().save(to: path)
      #expect(throws: Interrupted.self) {
        _ = try ParameterAveraging().average([path], to: "\(folder)/mean.h5") { _ in throw Interrupted() }
      }
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["model.h5"])
      for name in ["C29-flipped-bit", "C1-truncated", "C36-attribute-digest"] {
        let damaged = fixture("malformed/\(name).h5")
        #expect(throws: CheckpointError.self) {
          _ = try ParameterAveraging().average([damaged], to: "\(folder)/mean.h5")
        }
      }
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["model.h5"])
    }
  }

  @Test(
    "refuses invalid weights",
    arguments: [
      ParameterAveraging.Weighting.weights([1]), .weights([0, 0]), .weights([-1, 2]), .weights([.nan, 1]),
      .movingAverage(emaDecay: -0.5), .movingAverage(emaDecay: 1), .movingAverage(emaDecay: .nan),
    ])
  func invalidWeights(_ weighting: ParameterAveraging.Weighting) {
    let error = #expect(throws: StatisticsError.self) { try weighting.coefficients(count: 2) }
    #expect(error?.code == .invalidOption)
  }
}
