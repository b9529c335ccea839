import Bricks
import Checkpoints
import Foundation
import Interchange
import Testing

private let digits = "fixtures/digits"
private let train = "\(digits)/train.h5:images"

@Suite("Averages over several files")
struct AveragingCriteriaTests {
  @Test(
    "of shards that were merged in any order have the bytes of one pass",
    arguments: ["", " --seed 5 --batch-size 50 --batches 17"])
  func shards(_ options: String) throws {
    let session = try Session()
    let model = "\(digits)/snapshot-5.h5"
    func run(_ command: String) throws { #expect(try session.run(command).status == 0, "\(command)") }
    try run("collect \(model) \(train)\(options) --output TMP/whole.h5")
    for number in 1...3 { try run("collect \(model) \(train)\(options) --shard \(number)/3 --output TMP/\(number).h5") }
    try run("merge TMP/1.h5 TMP/2.h5 TMP/3.h5 --output TMP/123.h5")
    try run("merge TMP/3.h5 TMP/1.h5 --output TMP/31.h5")
    try run("merge TMP/2.h5 TMP/31.h5 --output TMP/231.h5")
    for name in ["123", "231"] {
      #expect(try session.contents("TMP/\(name).h5") == session.contents("TMP/whole.h5"))
    }
    // Provenance names the file of the pairs; so both have the same name.
    try FileManager.default.createDirectory(atPath: "\(session.folder)/a", withIntermediateDirectories: true)
    try FileManager.default.createDirectory(atPath: "\(session.folder)/b", withIntermediateDirectories: true)
    for (folder, source) in [("a", "whole"), ("b", "231")] {
      try FileManager.default.copyItem(
        atPath: "\(session.folder)/\(source).h5", toPath: "\(session.folder)/\(folder)/pairs.h5")
      try run("average-stats TMP/\(folder)/pairs.h5 --model \(model) --output TMP/\(folder)/averaged.h5")
    }
    #expect(try session.contents("TMP/a/averaged.h5") == session.contents("TMP/b/averaged.h5"))
  }

  private struct Late: Decodable {
    struct Decision: Decodable {
      let name: String
      let score: Double
      let soup: Double
      let kept: Bool
    }
    let accuracy: [String: Double]
    let accuracyOfAverageWithStatisticsOfTheLast: Double
    let accuracyOfAverageRecalibrated: Double
    let soup: [Decision]

    static func read(_ session: Session) throws -> Late {
      let decoder = JSONDecoder()
      decoder.keyDecodingStrategy = .convertFromSnakeCase
      return try decoder.decode(Late.self, from: session.contents("\(digits)/late.json"))
    }
  }

  private let late = (1...5).map { "\(digits)/late-\($0).h5" }

  private func accuracy(_ model: String, in session: Session) throws -> Double {
    struct Report: Decodable { let accuracy: Double }
    let outcome = try session.run("run \(model) \(digits)/test.h5:images --labels \(digits)/test.h5:labels --json")
    return try JSONDecoder().decode(Report.self, from: Data(outcome.output.utf8)).accuracy
  }

  @Test("of parameters need new statistics to be as good as the best snapshot, as in PyTorch")
  func average() throws {
    let session = try Session()
    let reference = try Late.read(session)
    for (file, path) in late.enumerated() {
      #expect(try accuracy(path, in: session) == reference.accuracy["late-\(file + 1).h5"])
    }
    let best = try #require(reference.accuracy.values.max())
    let worst = try #require(reference.accuracy.values.min())
    let inputs = late.joined(separator: " ")
    #expect(try session.run("average \(inputs) --output TMP/stale.h5").status == 0)
    let stale = try accuracy("TMP/stale.h5", in: session)
    #expect(stale == reference.accuracyOfAverageWithStatisticsOfTheLast)
    #expect(stale < worst - 0.03)
    #expect(try session.run("average \(inputs) --statistics recalibrate:\(train) --output TMP/right.h5").status == 0)
    let right = try accuracy("TMP/right.h5", in: session)
    #expect(right == reference.accuracyOfAverageRecalibrated)
    #expect(right >= best)
    // Recalibrating the stale average gives the same model.
    #expect(try session.run("recalibrate TMP/stale.h5 \(train) --output TMP/recalibrated.h5").status == 0)
    let models = try ["right", "recalibrated"].map { try Model(checkpoint: "\(session.folder)/\($0).h5") }
    #expect(models[0] == models[1])
    #expect(models[0].statisticStates.values.allSatisfy { $0 == .estimated })
  }

  @Test("give the same soup as in PyTorch, decision by decision")
  func soup() throws {
    struct Report: Decodable {
      struct Decision: Decodable {
        let file: String
        let accuracy: Double
        let soupAccuracy: Double
        let kept: Bool
      }
      let decisions: [Decision]
      let accuracy: Double
    }
    let session = try Session()
    let reference = try Late.read(session).soup
    let heldOut = "--held-out \(digits)/test.h5:images --labels \(digits)/test.h5:labels"
    let outcome = try session.run(
      "soup \(late.joined(separator: " ")) \(heldOut) --data \(train) --output TMP/soup.h5 --json")
    #expect(outcome.status == 0, "\(outcome.errors)")
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    let report = try decoder.decode(Report.self, from: Data(outcome.output.utf8))
    #expect(report.decisions.map(\.file) == reference.map { "\(digits)/\($0.name)" })
    #expect(report.decisions.map(\.accuracy) == reference.map(\.score))
    #expect(report.decisions.map(\.soupAccuracy) == reference.map(\.soup))
    #expect(report.decisions.map(\.kept) == reference.map(\.kept))
    #expect(try accuracy("TMP/soup.h5", in: session) == report.accuracy)
  }

  @Test("leave padding out of every statistic if they get the lengths or the mask of sequences")
  func lengths() throws {
    let session = try Session()
    let brick = BatchNormalization([2], epsilon: 0.25, name: "bn")
    let model = try Model([brick], seed: 3) { scope in
      let x = try scope.builder.input("x", VariableType(.float32, ["time", "batch", 2]))
      let mask = try scope.builder.input("mask", VariableType(.float32, ["time", "batch"]))
      return ["y": try scope.apply(brick, toSequence: x, mask: mask)]
    }
    try model.save(to: "\(session.folder)/model.h5")
    // Two sequences, of two steps and of one.
    let rows: [Float] = [1, 10, 5, 20, 3, 30, .nan, .nan]
    try NumPyArray.write(Tensor(rows, shape: [2, 2, 2]), to: "\(session.folder)/rows.npy")
    try NumPyArray.write(Tensor([2, 1] as [Int64], shape: [2]), to: "\(session.folder)/lengths.npy")
    try NumPyArray.write(Tensor([1, 1, 1, 0] as [Float], shape: [2, 2]), to: "\(session.folder)/mask.npy")
    for (name, option) in [("a", "--lengths TMP/lengths.npy"), ("b", "--mask TMP/mask.npy")] {
      let outcome = try session.run("recalibrate TMP/model.h5 TMP/rows.npy \(option) --output TMP/\(name).h5")
      #expect(outcome.status == 0, "\(outcome.errors)")
      let result = try Model(checkpoint: "\(session.folder)/\(name).h5")
      // The values 1, 5, 3 and 10, 20, 30 have the variances 8/3 and 200/3.
      #expect(try result.tensor(result.path("/bn.population_mean")).doubles == [3, 20])
      let deviations = try result.tensor(result.path("/bn.population_stdev")).doubles
      for (deviation, variance) in zip(deviations, [8.0 / 3, 200.0 / 3]) {
        #expect(abs(deviation - (variance + 0.25).squareRoot()) < 1e-6)
      }
      #expect(result.origins.values.allSatisfy { $0.observationCounts == [3] })
      let outputs = try session.run("run TMP/\(name).h5 TMP/rows.npy \(option) --output TMP/\(name).npy")
      #expect(outputs.status == 0, "\(outputs.errors)")
    }
    #expect(try session.contents("TMP/a.npy") == session.contents("TMP/b.npy"))
    let both = try session.run(
      "collect TMP/model.h5 TMP/rows.npy --mask TMP/mask.npy --lengths TMP/lengths.npy --output TMP/none.h5")
    #expect(both.status == 64 && both.errors.contains("give either --mask or --lengths"))
  }
}
