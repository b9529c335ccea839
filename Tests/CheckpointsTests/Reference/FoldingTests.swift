import Bricks
import Foundation
import HDF5
import Testing

@testable import Checkpoints

@Suite("A checkpoint's normalizations, folded")
struct FoldingTests {
  /// A fixture of fixtures/valid, how many of its normalizations fold, and which stay and why.
  struct Case: CustomTestStringConvertible {
    let file: String
    let folds: Int
    var kept: [Name: String] = [:]

    var testDescription: String { file }
  }

  private static let perceptrons = [
    "plain", "chunked-deflated", "float64-model", "mean-only", "newer-minor-version", "no-dimension-scales",
    "persistent-tensors", "sixteen-bits", "sixteen-bits-deflated", "stale", "two-update-groups", "unicode-names",
    "variable-length-text",
  ]
  private static func kept(_ reason: String) -> [Name: String] {
    let bricks = (0..<2).map { "/mlp/batch_norm_activation_\($0)/batchnormalization" as Name }
    return Dictionary(uniqueKeysWithValues: bricks.map { ($0, reason) })
  }
  static let cases =
    perceptrons.map { Case(file: $0, folds: 2) } + [
      Case(file: "steps-constant", folds: 0, kept: kept("each time step")),
      Case(file: "steps-input", folds: 0, kept: kept("each time step")),
      Case(file: "spatial-normalization", folds: 0, kept: ["/spatialbatchnormalization": "no linear map"]),
      Case(file: "sequence-wise", folds: 0, kept: ["/masked": "no linear map", "/whole": "no linear map"]),
      Case(file: "all-operations", folds: 0),
      Case(file: "masked-loop", folds: 0, kept: ["/loop/bn": "each time step"]),
      Case(file: "masked-operations", folds: 0), Case(file: "layout-operations", folds: 0),
      Case(file: "image-operations", folds: 0), Case(file: "loops", folds: 0), Case(file: "recurrent-bricks", folds: 0),
      Case(file: "loop-statistics", folds: 0, kept: ["/normalizedloop/normalization": "each time step"]),
      // Its biases are reshaped before they are added.
      Case(file: "convolutional-bricks", folds: 1),
    ]

  @Test("leave a model that gives NumPy's results for the original model, to 1e-5", arguments: cases)
  func fixtures(_ fixed: Case) throws {
    let model = try Model(checkpoint: fixture("valid/\(fixed.file).h5"))
    let folded = try model.foldingNormalizations(allowingPrior: true)
    #expect(folded.folds.count == fixed.folds)
    #expect(Set(folded.refusals.map(\.brick)) == Set(fixed.kept.keys))
    for refusal in folded.refusals {
      #expect(refusal.reason.contains(fixed.kept[refusal.brick] ?? "?"), "\(refusal.reason)")
    }
    let left = Set(folded.model.graph.allCalls.filter { $0.normalization != nil }.map(\.brick))
    #expect(left == Set(fixed.kept.keys))
    let expected = try HDF5.File(opening: fixture("valid/expected.h5"))
    var inputs: [Name: Tensor] = [:]
    for port in model.graph.inputs { inputs[port.name] = try tensor("\(fixed.file)/inputs/\(port.name)", in: expected) }
    for (output, actual) in try folded.model(inputs) {
      try expectClose(actual, tensor("\(fixed.file)/outputs/\(output)", in: expected))
    }
    // The folded model can be saved and loaded.
    try withTemporaryFolder { folder in
      try folded.model.save(to: "\(folder)/folded.h5")
      #expect(try Model(checkpoint: "\(folder)/folded.h5") == folded.model)
    }
  }

  @Test("cover every sound checkpoint")
  func complete() throws {
    let files = try FileManager.default.contentsOfDirectory(atPath: fixture("valid")).filter {
      $0.hasSuffix(".h5") && $0 != "expected.h5"
    }
    let models = try files.filter { try Checkpoint(opening: fixture("valid/\($0)")).kind == .model }
    #expect(Set(models.map { String($0.dropLast(3)) }) == Set(Self.cases.map(\.file)))
  }

  @Test("give PyTorch's logits for the digits", arguments: 1...5)
  func digits(_ number: Int) throws {
    let checkpoint = try Checkpoint(opening: fixture("digits/snapshot-\(number).h5"))
    let model = try checkpoint.model()
    let reference = try HDF5.File(opening: fixture("digits/reference.h5"))
    var estimated = model
    for path in model.origins.keys {
      let name = path.name == "population_mean" ? "pooled_mean" : "pooled_stdev"
      let values = try reference.openDataset("snapshot-\(number)\(path.brick)/\(name)").read(as: Double.self)
      var origin = try #require(model.origins[path])
      (origin.observationCounts, origin.parametersDigest) = ([1437], model.parametersDigest)
      try estimated.setStatistic(
        path, to: Tensor(values, shape: [values.count]).converted(to: .float32), origin: origin)
    }
    let folded = try estimated.foldingNormalizations()
    #expect(folded.folds.count == 3 && folded.refusals == [])
    let test = try HDF5.File(opening: fixture("digits/test.h5"))
    let images = try tensor("images", in: test)
    try expectClose(folded.model(images), tensor("snapshot-\(number)/logits_pooled", in: reference))
  }

  /// Expects agreement to 1e-5 of the largest number.
  private func expectClose(_ actual: Tensor, _ wanted: Tensor, sourceLocation: SourceLocation = #_sourceLocation) throws
  {
    try #require(actual.shape == wanted.shape, sourceLocation: sourceLocation)
    let scale = wanted.doubles.filter(\.isFinite).map(abs).max() ?? 1
    for (actual, wanted) in zip(actual.doubles, wanted.doubles)
    where !(actual.isNaN && wanted.isNaN) && actual != wanted {
      #expect(abs(actual - wanted) <= 1e-5 * scale, sourceLocation: sourceLocation)
    }
  }
}
