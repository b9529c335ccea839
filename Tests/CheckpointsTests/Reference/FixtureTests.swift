import Bricks
import Foundation
import HDF5
import PopulationStatistics
import Testing

@testable import Checkpoints

/// The names of the sound checkpoints that another program wrote.
let validFiles = ((try? FileManager.default.contentsOfDirectory(atPath: fixture("valid"))) ?? [])
  .filter { $0.hasSuffix(".h5") && $0 != "expected.h5" }.sorted()

@Suite("A checkpoint that another program wrote")
struct FixtureTests {
  private struct Expectation: Decodable {
    let file: String
    let kind: String
    let notices: [String]
  }

  @Test("loads, reports stale statistics, and stays the same when it is saved and loaded again", arguments: validFiles)
  func loads(_ file: String) throws {
    let path = fixture("valid/\(file)")
    let before = try bytes(path)
    let expectations = try JSONDecoder().decode([Expectation].self, from: bytes(fixture("valid/expectations.json")))
    let expected = try #require(expectations.first { $0.file == file })
    let checkpoint = try Checkpoint(opening: path)
    #expect(checkpoint.kind.rawValue == expected.kind)
    let updates = try checkpoint.updates()
    let model = checkpoint.kind == .model ? try checkpoint.model() : nil
    let notices = model.map(notices) ?? []
    #expect(notices == expected.notices.sorted())
    try withTemporaryFolder { folder in
      try CheckpointPayload(model: model, updates: updates).save(to: "\(folder)/again.h5")
      let again = try Checkpoint(opening: "\(folder)/again.h5")
      #expect(try again.updates() == updates)
      if let model { #expect(try again.model() == model) }
    }
    #expect(try bytes(path) == before)
  }

  /// In the words of `expectations.json`.
  private func notices(_ model: Model) -> [String] {
    model.statisticStates.compactMap { path, state in
      switch state {
      case .estimated, .trainingAverage: nil
      case .stale: "\(path.datasetPath): stale"
      case .neverEstimated: "\(path.datasetPath): never estimated"
      }
    }.sorted()
  }

  @Test("computes what NumPy computes", arguments: validFiles)
  func outputs(_ file: String) throws {
    let expected = try HDF5.File(opening: fixture("valid/expected.h5"))
    let name = String(file.dropLast(3))
    guard try expected.exists("\(name)/outputs") else { return }
    let model = try Model(checkpoint: fixture("valid/\(file)"))
    var inputs: [Name: Tensor] = [:]
    for port in model.graph.inputs {
      inputs[port.name] = try tensor("\(name)/inputs/\(port.name)", in: expected)
    }
    let outputs = try model(inputs)
    #expect(try expected.openGroup("\(name)/outputs").links().map(\.name).sorted() == outputs.keys.sorted().map(\.text))
    for (output, actual) in outputs {
      let wanted = try tensor("\(name)/outputs/\(output)", in: expected)
      #expect(actual.shape == wanted.shape && actual.type == wanted.type, "\(output)")
      let tolerance = wanted.type == .float64 ? 1e-12 : 2e-6
      let isClose = zip(actual.doubles, wanted.doubles).allSatisfy { (actual: Double, wanted: Double) -> Bool in
        if actual == wanted || (actual.isNaN && wanted.isNaN) { return true }
        return abs(actual - wanted) <= tolerance * max(1, abs(wanted))
      }
      #expect(isClose, "\(output): \(actual.doubles) instead of \(wanted.doubles)")
    }
  }

  @Test("has update pairs that pool to the statistics that NumPy computes from the observations", arguments: validFiles)
  func pooled(_ file: String) throws {
    let expected = try HDF5.File(opening: fixture("valid/expected.h5"))
    let root = "\(file.dropLast(3))/pooled"
    let updates = try Checkpoint(opening: fixture("valid/\(file)")).updates()
    for brick in updates.bricks where try expected.exists(root + brick.text) {
      let estimate = try Estimation(.pooled, outputType: .float64).estimate(brick: brick, in: updates)
      let counts = try expected.openDataset("\(root)\(brick)/counts").read(as: Int64.self)
      #expect(estimate.counts == counts)
      let size = estimate.exampleShape.elementCount
      for (name, values) in [("mean", estimate.mean), ("stdev", estimate.standardDeviation)] {
        guard try expected.exists("\(root)\(brick)/\(name)") else {
          #expect(values == nil)
          continue
        }
        let wanted = try expected.openDataset("\(root)\(brick)/\(name)").read(as: Double.self)
        let actual = try #require(values)
        try #require(actual.count == wanted.count)
        for index in wanted.indices where counts[index / size] > 0 {
          #expect(abs(actual[index] - wanted[index]) <= 1e-6 * max(1, abs(wanted[index])), "\(brick) \(name) \(index)")
        }
      }
    }
    #expect(updates.bricks.isEmpty || validFiles.count >= 20)
  }
}
