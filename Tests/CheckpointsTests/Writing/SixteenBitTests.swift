import Bricks
import HDF5
import PopulationStatistics
import Testing

@testable import Checkpoints

/// A model whose parameters and statistics are stored in types of 16 bits.
private func model(weights: [Float], as type: ScalarType, mean: [Float] = [0.5]) throws -> Model {
  let model = try Model(
    [Linear(weights.count, 1, name: "linear"), BatchNormalization([1], name: "norm")], seed: 1
  ) { scope in
    let x = try scope.input(.features(weights.count))
    let y = try scope.apply(Linear(weights.count, 1, name: "linear"), to: x)
    return ["y": try scope.apply(BatchNormalization([1], name: "norm"), to: y)]
  }
  var (tensors, descriptions) = (model.tensors, model.descriptions)
  let (weightsPath, meanPath) = try (model.path("/linear.W"), model.path("/norm.population_mean"))
  tensors[weightsPath] = try Tensor(weights, shape: [weights.count, 1])
  tensors[meanPath] = try Tensor(mean, shape: [1])
  for path in [weightsPath, meanPath] { descriptions[path]?.storedType = type }
  return try Model(
    bricks: model.bricks, graph: model.graph, tensors: tensors, descriptions: descriptions, origins: model.origins)
}

private func types(_ path: String) throws -> [String: ScalarType] {
  var types: [String: ScalarType] = [:]
  for entry in try Checkpoint(opening: path).contents.tensors { types[entry.path.text] = entry.type }
  return types
}

@Suite("Tensors of 16 bits")
struct SixteenBitTests {
  private let file = fixture("valid/sixteen-bits.h5")

  @Test("keep their type, bytes and digests when another program's file is loaded and saved") func untouched() throws {
    try withTemporaryFolder { folder in
      let original = try Checkpoint(opening: file)
      let model = try original.model()
      #expect(model.parametersDigest == original.contents.parametersDigest)
      #expect(model.tensors.values.allSatisfy { $0.type == .float32 })
      try model.save(to: "\(folder)/again.h5")
      let again = try Checkpoint(opening: "\(folder)/again.h5")
      #expect(again.formatVersion == "1.1")
      #expect(again.contents.tensors == original.contents.tensors)
      #expect(again.contents.tensors.count { $0.type == .float16 } == 5)
      let dataset = try HDF5.File(opening: "\(folder)/again.h5").openDataset("persistent/mlp/limits_of_bfloat16")
      #expect(dataset.datatype == .brainFloat(byteOrder: .littleEndian))
      // The bytes of 255 · 2¹²⁰ and 2⁻¹²⁶.
      #expect(try Array(dataset.readBytes().prefix(4)) == [0x7F, 0x7F, 0x80, 0x00])
    }
  }

  @Test("are announced by an extension, and files without them stay at version 1.0") func announced() throws {
    try withTemporaryFolder { folder in
      try model(weights: [1, 2], as: .bfloat16).save(to: "\(folder)/half.h5")
      #expect(try HDF5.File(opening: "\(folder)/half.h5").texts(inAttribute: "must_understand") == ["bfloat16"])
      var single = try Model(checkpoint: "\(folder)/half.h5")
      try single.set(single.path("/linear.W"), to: Tensor([1.001, 2] as [Float], shape: [2, 1]))
      let mean = try single.path("/norm.population_mean")
      let origin = try #require(single.origins[mean])
      try single.setStatistic(mean, to: Tensor([0.1] as [Float], shape: [1]), origin: origin)
      try single.save(to: "\(folder)/single.h5")
      let saved = try Checkpoint(opening: "\(folder)/single.h5")
      #expect(saved.formatVersion == "1.0")
      #expect(try !HDF5.File(opening: "\(folder)/single.h5").hasAttribute("must_understand"))
      #expect(try saved.model().tensor(mean).doubles == [Double(0.1 as Float)])
    }
  }

  @Test(
    "are averaged in double precision and rounded once, ties to even",
    arguments: [
      // Neighbours differ by 2⁻¹⁰ in float16 and by 2⁻⁷ in bfloat16.
      (ScalarType.float16, [1, 1 + 0x1p-9], [1 + 0x1p-10, 1 + 0x1p-10], [1, 1 + 0x1.8p-9 - 0x1p-10]),
      (.bfloat16, [1, 1 + 0x1p-6], [1 + 0x1p-7, 1 + 0x1p-7], [1, 1 + 0x1.8p-6 - 0x1p-7]),
    ] as [(ScalarType, [Float], [Float], [Float])])
  func averaging(_ type: ScalarType, first: [Float], second: [Float], expected: [Float]) throws {
    try withTemporaryFolder { folder in
      let paths = ["\(folder)/a.h5", "\(folder)/b.h5"]
      for (weights, path) in zip([first, second], paths) { try model(weights: weights, as: type).save(to: path) }
      let summary = try ParameterAveraging().average(paths, to: "\(folder)/mean.h5")
      let mean = try Checkpoint(opening: "\(folder)/mean.h5")
      #expect(try types("\(folder)/mean.h5")["/parameters/linear/W"] == type)
      #expect(
        try mean.model().tensor(TensorPath(.parameters, brick: "/linear", name: "W")).doubles.map { Float($0) }
          == expected)
      let (payload, inMemory) = try ParameterAveraging().payload(averaging: paths)
      #expect(inMemory.parametersDigest == summary.parametersDigest)
      #expect(payload.model?.parametersDigest == mean.contents.parametersDigest)
    }
  }

  @Test("are not averaged if a number is not finite") func notFinite() throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/a.h5"
      try model(weights: [1, .infinity], as: .float16).save(to: path)
      expectFailure(.unsuitable, "element 1 is inf") { try ParameterAveraging().average([path], to: "\(folder)/b.h5") }
    }
  }

  @Test("of statistics become float32 if a new estimate is not exact in 16 bits, and else keep their type")
  func statistics() throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/a.h5"
      try model(weights: [1, 2], as: .float16).save(to: path)
      for (value, type) in [(0.1 as Float, ScalarType.float32), (0.25, .float16)] {
        let checkpoint = try Checkpoint(opening: path)
        var outline = try checkpoint.outline()
        let mean = try TensorPath(.statistics, brick: "/norm", name: "population_mean")
        let origin = try #require(outline.origins[mean])
        try outline.setStatistic(mean, to: Tensor([value], shape: [1]), origin: origin)
        try checkpoint.save(with: outline, provenance: [], to: "\(folder)/b.h5")
        #expect(try types("\(folder)/b.h5") == types(path).merging(["/statistics/norm/population_mean": type]) { $1 })
        #expect(try Checkpoint(opening: "\(folder)/b.h5").model().tensor(mean).doubles == [Double(value)])
      }
    }
  }

  @Test("are compared with other types by value, and another type is reported") func comparison() throws {
    try withTemporaryFolder { folder in
      let half = try model(weights: [1, 2], as: .float16)
      try half.save(to: "\(folder)/half.h5")
      let descriptions = half.descriptions.mapValues {
        TensorDescription(axes: $0.axes, broadcastable: $0.broadcastable)
      }
      try Model(
        bricks: half.bricks, graph: half.graph, tensors: half.tensors, descriptions: descriptions, origins: half.origins
      ).save(to: "\(folder)/single.h5")
      let comparison = try CheckpointComparison(
        Checkpoint(opening: "\(folder)/half.h5"), Checkpoint(opening: "\(folder)/single.h5"))
      #expect(comparison.tensors.isEmpty)
      #expect(comparison.structure.map(\.message).contains("type float16 → float32"))
    }
  }

  @Test("are sound, compressed or not", arguments: ["sixteen-bits", "sixteen-bits-deflated"])
  func verification(_ name: String) throws {
    #expect(try Verification(checkpoint: fixture("valid/\(name).h5")).findings.filter { $0.severity == .error }.isEmpty)
  }
}
