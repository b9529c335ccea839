import ComputationGraphs
import HDF5
import Interchange
import ModelFormats
import Names
import Tensors
import TestSupport
import Testing

@Suite("A Keras model that is written again") struct KerasExportTests {
  /// All datasets of a file, by path.
  private static func datasets(_ path: String) throws -> [String: [UInt8]] {
    let file = try HDF5.File(opening: path)
    var found: [String: [UInt8]] = [:]
    var pending: [String] = try file.links().map(\.name)
    while let path = pending.popLast() {
      if try file.objectKind(path) == .group {
        pending += try file.openGroup(path).links().map { "\(path)/\($0.name)" }
      } else {
        found[path] = try file.openDataset(path).readBytes()
      }
    }
    return found
  }

  @Test(
    "has every weight in Keras's place, with Keras's bits",
    arguments: KerasCase.weights.filter { $0.configuration?.hasSuffix(".json") ?? false })
  func weights(_ case: KerasCase) throws {
    let model = try `case`.load().model
    let directory = try TemporaryDirectory()
    let path = try directory.file("again.weights.h5")
    try KerasFormat.write(model, to: path)
    let (old, new) = try (Self.datasets(Repository.fixture("keras/\(`case`.file)")), Self.datasets(path))
    let weights = old.filter { !$0.key.contains("seed_generator") }
    #expect(!weights.isEmpty)
    for (place, bytes) in weights { #expect(new[place] == bytes, "\(place)") }
    #expect(Set(new.keys) == Set(old.keys))
  }

  @Test("has every weight of a legacy file in its place", arguments: KerasCase.legacy + KerasCase.older)
  func legacy(_ case: KerasCase) throws {
    let model = try `case`.load().model
    let directory = try TemporaryDirectory()
    let path = try directory.file("again.h5")
    try KerasFormat.write(model, to: path)
    let (old, new) = try (Self.datasets(Repository.fixture("keras/\(`case`.file)")), Self.datasets(path))
    // The names of datasets may differ, because Keras numbers classes again. Their order in the attributes decides.
    #expect(old.values.map { $0.count }.sorted() == new.values.map { $0.count }.sorted())
    try expectOutputs(`case`, of: KerasFormat.model(at: path).model)
  }

  @Test("is the same model when it is read again", arguments: KerasCase.all)
  func again(_ case: KerasCase) throws {
    let model = try `case`.load().model
    let directory = try TemporaryDirectory()
    // Archives are of Keras 3.
    let ends = KerasCase.older.contains { $0.file == `case`.file } ? [".h5", ".weights.h5"] : [".keras", ".h5"]
    for end in ends {
      let path = try directory.file("again\(end)")
      try KerasFormat.write(model, to: path)
      let read = try KerasFormat.model(
        at: path, configuration: end == ".weights.h5" ? Repository.fixture("keras/\(`case`.file)") : nil
      ).model
      // Legacy files have no states of random generators.
      let tensors = model.tensors.filter { end != ".h5" || $0.key.name != "seed_generator_state" }
      #expect(read.tensors == tensors)
      try expectOutputs(`case`, of: read)
      guard `case`.file.hasSuffix(".keras") else { continue }
      // The first brick keeps the file's own metadata.
      #expect(read.bricks.dropFirst() == model.bricks.dropFirst())
      #expect(read.bricks[0].configuration["keras"] == model.bricks[0].configuration["keras"])
    }
  }

  @Test("of Keras 2 is refused as an archive") func older() throws {
    let model = try KerasCase.older[0].load().model
    let directory = try TemporaryDirectory()
    let path = try directory.file("model.keras")
    _ = expectError(ModelFormatError.self, mentioning: ["Keras 2.", ".weights.h5"], sourceLocation: #_sourceLocation) {
      try KerasFormat.write(model, to: path)
    } where: {
      $0.code == .notRepresentable
    }
  }

  @Test("has the variance of changed statistics") func statistics() throws {
    var model = try #require(KerasCase.archives.first { $0.name == "dense" }).load().model
    let path = try model.path("/norm.population_stdev")
    var origin = try #require(model.origins[path])
    origin.estimator = .given
    let deviations: [Float] = [1, 2, 0.5, 3, 1, 1, 0.01]
    try model.setStatistic(path, to: Tensor(deviations, shape: [7]), origin: origin)
    let directory = try TemporaryDirectory()
    let file = try directory.file("new.weights.h5")
    try KerasFormat.write(model, to: file)
    let variances = try HDF5.File(opening: file).openDataset("layers/batch_normalization/vars/3").readTensor().doubles
    for (variance, deviation) in zip(variances, deviations) {
      #expect(abs(variance - max(0, Double(deviation) * Double(deviation) - 0.001)) < 1e-6)
    }
  }

  @Test("is refused if a variance is beyond float32", arguments: ["new.weights.h5", "new.keras", "new.h5"])
  func overflow(_ name: String) throws {
    var model = try #require(KerasCase.archives.first { $0.name == "dense" }).load().model
    let path = try model.path("/norm.population_stdev")
    var origin = try #require(model.origins[path])
    origin.estimator = .given
    try model.setStatistic(path, to: Tensor([1, 2, 0.5, 3, 1e20, 1, 1] as [Float], shape: [7]), origin: origin)
    let directory = try TemporaryDirectory()
    let file = try directory.file(name)
    _ = expectError(ModelFormatError.self, mentioning: ["/norm", "channel 4"], sourceLocation: #_sourceLocation) {
      try KerasFormat.write(model, to: file)
    } where: {
      $0.code == .notRepresentable
    }
    #expect(try directory.names.isEmpty)
  }

  @Test("is refused if it no longer fits its configuration") func changed() throws {
    let model = try #require(KerasCase.archives.first { $0.name == "dense" }).load().model
    let folded = try model.foldingNormalizations(allowingPrior: true).model
    let directory = try TemporaryDirectory()
    let path = try directory.file("folded.keras")
    _ = expectError(ModelFormatError.self, mentioning: ["/norm", ".onnx"], sourceLocation: #_sourceLocation) {
      try KerasFormat.write(folded, to: path)
    } where: {
      $0.code == .notRepresentable
    }
    #expect(try directory.names.isEmpty)
  }

  @Test("needs a file name that determines the format") func name() throws {
    let model = try #require(KerasCase.archives.first { $0.name == "dense" }).load().model
    let directory = try TemporaryDirectory()
    let path = try directory.file("model.bin")
    _ = expectError(ModelFormatError.self, mentioning: [".keras"], sourceLocation: #_sourceLocation) {
      try KerasFormat.write(model, to: path)
    } where: {
      $0.code == .notRepresentable
    }
  }

  @Test("needs a configuration of Keras") func foreign() throws {
    let builder = GraphBuilder()
    let x = try builder.input("x", VariableType(.float32, ["batch", 2]))
    let model = try Model(
      bricks: [], graph: builder.finish(outputs: ["y": x]), tensors: [:], descriptions: [:], origins: [:])
    let directory = try TemporaryDirectory()
    let path = try directory.file("model.keras")
    _ = expectError(
      ModelFormatError.self, mentioning: ["only models that came from Keras"], sourceLocation: #_sourceLocation
    ) {
      try KerasFormat.write(model, to: path)
    } where: {
      $0.code == .notRepresentable
    }
  }
}
