import Foundation
import Interchange
import TestSupport
import Testing

private let digits = "fixtures/digits"

@Suite("The digits")
struct CriteriaTests {
  struct Reference: Decodable {
    let accuracyAsSaved: Double
    let accuracyPooled: Double

    private enum CodingKeys: String, CodingKey {
      case accuracyAsSaved = "accuracy_as_saved"
      case accuracyPooled = "accuracy_pooled"
    }
  }

  @Test(
    "reach the reference's accuracy with averaged statistics, and its lower accuracy with the saved statistics",
    arguments: (1...5).map { ("fixtures/digits", "snapshot-\($0)") } + [("fixtures/digits-over-time", "rows")])
  func accuracy(folder: String, snapshot: String) throws {
    let session = try Session()
    let table = try JSONDecoder().decode(
      [String: Reference].self, from: session.contents("\(folder)/reference.json"))
    let reference = try #require(table[snapshot])
    let data = "\(digits)/test.h5:images --labels \(digits)/test.h5:labels --json"
    let model = "\(folder)/\(snapshot).h5"
    #expect(try accuracy(session.run("run \(model) \(data)")) == reference.accuracyAsSaved)
    #expect(try session.run("average-stats \(model) --output TMP/averaged.h5").status == 0)
    #expect(try accuracy(session.run("run TMP/averaged.h5 \(data)")) == reference.accuracyPooled)
    #expect(reference.accuracyPooled > reference.accuracyAsSaved + 0.1)
  }

  private func accuracy(_ outcome: Outcome) throws -> Double {
    struct Report: Decodable {
      let accuracy: Double
      let examples: Int
    }
    let report = try JSONDecoder().decode(Report.self, from: Data(outcome.output.utf8))
    #expect(report.examples == 360)
    return report.accuracy
  }

  @Test("give the reference's logits to 1e-4, and the same bits in every process")
  func logits() throws {
    let session = try Session()
    try session.run("average-stats \(digits)/snapshot-5.h5 --output TMP/averaged.h5")
    for output in ["one.npy", "two.npy", "one.h5", "two.h5"] {
      #expect(try session.run("run TMP/averaged.h5 \(digits)/test.h5:images --output TMP/\(output)").status == 0)
    }
    #expect(try session.contents("TMP/one.npy") == session.contents("TMP/two.npy"))
    #expect(try session.contents("TMP/one.h5") == session.contents("TMP/two.h5"))
    let reference = try Examples(contentsOf: Session.root.appendingPathComponent("\(digits)/test.h5").path + ":logits")
    let outputs = try ["one.npy", "one.h5:logits"].map { try Examples(contentsOf: "\(session.folder)/\($0)") }
    for output in outputs {
      #expect(output.shape == reference.shape)
      try expectClose(
        output.rows(0..<360, as: .float64).doubles, reference.rows(0..<360, as: .float64).doubles, absolute: 1e-4)
    }
  }

  @Test(
    "average to the same bytes with 1 and 2 threads, and in a second run",
    arguments: ["pooled", "mean-of-deviations", "mean-of-variances"])
  func threads(_ method: String) throws {
    let session = try Session()
    let command = "average-stats \(digits)/snapshot-5.h5 --method \(method)"
    for (name, threads) in [("one", 1), ("two", 2), ("again", 1)] {
      #expect(try session.run("\(command) --threads \(threads) --output TMP/\(name).h5").status == 0)
    }
    #expect(try session.contents("TMP/one.h5") == session.contents("TMP/two.h5"))
    #expect(try session.contents("TMP/one.h5") == session.contents("TMP/again.h5"))
  }

  @Test("merge to the same bytes in any order and grouping")
  func merging() throws {
    let session = try Session()
    let (a, b, c) = ("\(digits)/snapshot-1.h5", "\(digits)/snapshot-2.h5", "\(digits)/snapshot-3.h5")
    for command in [
      "\(a) \(b) \(c) --output TMP/abc.h5", "\(c) \(a) \(b) \(a) --output TMP/cab.h5", "\(a) \(b) --output TMP/ab.h5",
      "TMP/ab.h5 \(c) --output TMP/ab-c.h5", "\(b) \(c) --output TMP/bc.h5", "\(a) TMP/bc.h5 --output TMP/a-bc.h5",
      "TMP/abc.h5 --output TMP/abc-again.h5",
    ] { #expect(try session.run("merge \(command)").status == 0) }
    let bytes = try session.contents("TMP/abc.h5")
    for other in ["cab", "ab-c", "a-bc", "abc-again"] {
      #expect(try session.contents("TMP/\(other).h5") == bytes, "\(other)")
    }
  }

  @Test("have the same average of pairs that were extracted and merged as of pairs in the checkpoint")
  func pieces() throws {
    let session = try Session()
    let model = "\(digits)/snapshot-5.h5"
    for layer in 0..<3 { try session.run("extract \(model) --brick *_\(layer)/* --output TMP/\(layer).h5") }
    try session.run("merge TMP/2.h5 TMP/0.h5 TMP/1.h5 --output TMP/merged.h5")
    try session.run("average-stats TMP/merged.h5 --model \(model) --output TMP/pieces.h5")
    try session.run("average-stats \(model) --output TMP/whole.h5")
    for name in ["pieces", "whole"] {
      try session.run("run TMP/\(name).h5 \(digits)/test.h5:images --output TMP/\(name).npy")
    }
    #expect(try session.contents("TMP/pieces.npy") == session.contents("TMP/whole.npy"))
  }

  @Test("count beside the model's own statistics only if the model is an input, with a warning")
  func ownStatistics() throws {
    let session = try Session()
    let (model, data) = ("fixtures/digits/late-1.h5", "fixtures/digits/train.h5:images")
    #expect(try session.run("collect \(model) \(data) --output TMP/pairs.h5").status == 0)
    let both = try session.run("average-stats TMP/pairs.h5 \(model) --output TMP/both.h5")
    #expect(both.status == 0 && both.output.contains("2,874 observations"))
    #expect(both.errors.contains("late-1.h5: its own statistics count as one more pair of each normalization"))
    let named = try session.run("average-stats TMP/pairs.h5 --model \(model) --output TMP/named.h5")
    #expect(named.status == 0 && !named.output.contains("2,874") && !named.errors.contains("own statistics"))
  }

  @Test("have different parameters in all snapshots, and are averaged only if that is allowed")
  func regimes() throws {
    let session = try Session()
    let all = (1...5).map { "\(digits)/snapshot-\($0).h5" }.joined(separator: " ")
    let refusal = try session.run("average-stats \(all) --output TMP/all.h5")
    #expect(refusal.status == 1)
    #expect(refusal.errors.contains("5 different sets of parameters"))
    let outcome = try session.run("average-stats \(all) --allow-prior --output TMP/all.h5")
    #expect(outcome.status == 0)
    #expect(
      outcome.output.hasPrefix(
        "5 inputs: 60 update pairs per normalization, computed with 5 different sets of parameters: the average for "
          + "fixtures/digits/snapshot-5.h5 is marked as stale\n"))
    #expect(
      try session.run("inspect TMP/all.h5").output.contains("⚠ stale: estimated with unknown or mixed parameters"))
  }
}
