import Bricks
import Checkpoints
import Foundation
import Interchange
import PopulationStatistics
import Testing

@Suite("Examples that would count twice")
struct OverlapTests {
  private let session: Session

  /// A model of one normalization, and an array x of 200 examples: 100 times 0 and 100 times 32.
  init() throws {
    session = try Session()
    let norm = BatchNormalization()
    try Model(norm, input: .features(1), seed: 1).save(to: "\(session.folder)/model.h5")
    try write((0..<200).map { $0 < 100 ? 0 : 32 }, to: "x.npy")
  }

  private func write(_ numbers: [Float], to file: String) throws {
    let path = "\(session.folder)/\(file)"
    try FileManager.default.createDirectory(
      at: URL(fileURLWithPath: path).deletingLastPathComponent(), withIntermediateDirectories: true)
    try NumPyArray.write(Tensor(numbers, shape: Shape([numbers.count, 1])), to: path)
  }

  private func collect(_ data: String, _ options: String, to output: String) throws {
    let outcome = try session.run("collect TMP/model.h5 TMP/\(data) \(options) --output TMP/\(output)")
    #expect(outcome.status == 0, "\(outcome.errors)")
  }

  /// The mean and the number of observations after averaging.
  private func averaged(_ inputs: String) throws -> (mean: Double, observations: Int64) {
    let outcome = try session.run(
      "average-stats \(inputs) --model TMP/model.h5 --output TMP/averaged.h5")
    #expect(outcome.status == 0, "\(outcome.errors)")
    let model = try Model(checkpoint: "\(session.folder)/averaged.h5")
    let mean = try #require(model.normalizationStatistics.first?.mean)
    return (try model.tensor(mean).doubles[0], try #require(model.origins[mean]?.observationCounts[0]))
  }

  @Test("are refused by merge, extract and average-stats, reported by verify, and counted only on request")
  func batchesOfTwoSizes() throws {
    try collect("x.npy", "--batch-size 100", to: "a.h5")
    try collect("x.npy", "--batch-size 64 --batches 1", to: "b.h5")
    for command in ["merge", "extract", "average-stats --model TMP/model.h5"] {
      for inputs in ["TMP/a.h5 TMP/b.h5", "TMP/b.h5 TMP/a.h5"] {
        let outcome = try session.run("\(command) \(inputs) --output TMP/c.h5")
        #expect(outcome.status == 1)
        #expect(
          outcome.errors.contains(
            "the minibatches \"x.npy[0:100]\" and \"x.npy[0:64]\" have examples in common, so these examples would count twice "
              + "(in TMP/a.h5 and TMP/b.h5). Leave out one of the two minibatches, or pass --allow-overlap"),
          "\(outcome.errors)")
        #expect(!FileManager.default.fileExists(atPath: "\(session.folder)/c.h5"))
      }
    }
    let allowed = try session.run("merge TMP/a.h5 TMP/b.h5 --allow-overlap --output TMP/c.h5")
    #expect(allowed.status == 0 && allowed.errors.contains("warning: the minibatches"))
    let verified = try session.run("verify TMP/c.h5")
    #expect(verified.output.contains("have examples in common"))
    #expect(try averaged("TMP/a.h5") == (16, 200))
  }

  @Test("are refused if two passes have different seeds, and united if they have the same seed")
  func seeds() throws {
    for seed in 1...2 { try collect("x.npy", "--seed \(seed)", to: "\(seed).h5") }
    let outcome = try session.run("merge TMP/1.h5 TMP/2.h5 --output TMP/c.h5")
    #expect(outcome.status == 1)
    #expect(outcome.errors.contains("are from the same data in different orders"))
    try collect("x.npy", "--seed 1 --shard 2/2", to: "shard.h5")
    #expect(try session.run("merge TMP/shard.h5 TMP/1.h5 --output TMP/c.h5").status == 0)
    #expect(try session.contents("TMP/c.h5") == session.contents("TMP/1.h5"))
  }

  @Test("are not found in files with equal names and different bytes, whose pairs are all kept")
  func equalNames() throws {
    try write([Float](repeating: 1, count: 100), to: "gpu0/x.npy")
    try write([Float](repeating: 3, count: 100), to: "gpu1/x.npy")
    for number in 0...1 { try collect("gpu\(number)/x.npy", "", to: "p\(number).h5") }
    for inputs in ["TMP/p0.h5 TMP/p1.h5", "TMP/p1.h5 TMP/p0.h5 TMP/p0.h5"] {
      #expect(try session.run("merge \(inputs) --output TMP/p.h5").status == 0)
      #expect(try averaged("TMP/p.h5") == (2, 200))
    }
    // The same bytes under another name are the same examples.
    try write([Float](repeating: 1, count: 100), to: "copy.npy")
    try collect("copy.npy", "", to: "copy.h5")
    #expect(try session.run("merge TMP/p0.h5 TMP/copy.h5 --output TMP/p.h5").status == 1)
  }
}
