import Foundation
import Testing

private let digits = "fixtures/digits"

@Suite("A report as JSON")
struct ReportTests {
  /// Runs a command and returns its report's members.
  private func report(_ command: String, in session: Session) throws -> [String: Any] {
    let outcome = try session.run("\(command) --json")
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.output.hasSuffix("}\n"))
    return try #require(JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any])
  }

  /// The members that a schema allows, and those that it requires.
  private func members(ofSchema name: String, in session: Session) throws -> (
    allowed: Set<String>, required: Set<String>
  ) {
    let data = try session.contents("schemas/\(name).schema.json")
    let schema = try #require(JSONSerialization.jsonObject(with: data) as? [String: Any])
    #expect(schema["additionalProperties"] as? Bool == false)
    let properties = try #require(schema["properties"] as? [String: Any])
    return (Set(properties.keys), Set(try #require(schema["required"] as? [String])))
  }

  @Test(
    "has the members of its schema",
    arguments: [
      ("inspect", "inspect \(digits)/snapshot-1.h5"), ("run", "run \(digits)/snapshot-1.h5 \(digits)/test.h5:images"),
      ("updates", "extract \(digits)/snapshot-1.h5 --output TMP/pairs.h5"),
      ("updates", "merge \(digits)/snapshot-1.h5 --output TMP/pairs.h5"),
      ("average-stats", "average-stats \(digits)/snapshot-1.h5 --output TMP/averaged.h5"),
      ("diff", "diff \(digits)/snapshot-1.h5 \(digits)/snapshot-1.h5"), ("verify", "verify \(digits)/snapshot-1.h5"),
      ("stats", "stats fixtures/valid/steps-input.h5"),
    ])
  func members(_ schema: String, _ command: String) throws {
    let session = try Session()
    let keys = try Set(report(command, in: session).keys)
    let members = try members(ofSchema: schema, in: session)
    #expect(keys.isSubset(of: members.allowed))
    #expect(keys.isSuperset(of: members.required))
  }

  @Test("of inspect gives each statistic's state, and its values if they were asked for")
  func inspect() throws {
    let session = try Session()
    let files = "\(digits)/snapshot-5.h5 fixtures/valid/stale.h5 fixtures/valid/update-pairs.h5"
    let reports = try #require(report("inspect --values \(files)", in: session)["files"] as? [[String: Any]])
    #expect(reports.map { $0["file"] as? String } == files.split(separator: " ").map(String.init))
    #expect(reports.map { $0["kind"] as? String } == ["model", "model", "update_pairs"])
    // 64·128 + 128·128 + 128·10 weights, scale and shift of 128, 128 and 10.
    #expect(reports[0]["parameter_count"] as? Int == 26_388)
    #expect(reports[0]["statistic_count"] as? Int == 6)
    #expect(reports[0]["updates"] as? [String: Int] == ["batches": 12, "normalizations": 3, "records": 36])
    let states = reports.map { report in
      (report["tensors"] as? [[String: Any]] ?? []).compactMap {
        ($0["statistic"] as? [String: Any])?["state"] as? String
      }
    }
    #expect(states[0] == Array(repeating: "never_estimated", count: 6))
    #expect(states[1] == Array(repeating: "stale", count: 4))
    #expect(states[2] == [])
    let tensors = try #require(reports[0]["tensors"] as? [[String: Any]])
    let deviation = try #require(tensors.first { ($0["path"] as? String)?.hasSuffix("/population_stdev") == true })
    #expect(deviation["shape"] as? [Int] == [128])
    let values = try #require(deviation["values"] as? [String: Double])
    #expect(
      values == ["minimum": 1, "maximum": 1, "mean": 1, "standard_deviation": 0, "not_finite_count": 0])
  }

  @Test("of run gives accuracy and counts if labels are given")
  func run() throws {
    let session = try Session()
    let data = "\(digits)/snapshot-5.h5 \(digits)/test.h5:images"
    let labelled = try report("run \(data) --labels \(digits)/test.h5:labels", in: session)
    #expect(Set(labelled.keys) == ["examples", "correct", "accuracy"])
    #expect(labelled["examples"] as? Int == 360)
    #expect(labelled["correct"] as? Int == 283)
    // JSONSerialization may read the last digit differently; the digits' own tests compare exactly.
    #expect(abs(try #require(labelled["accuracy"] as? Double) - 283.0 / 360) < 1e-15)
    let plain = try report("run \(data) --output TMP/outputs.npy", in: session)
    #expect(Set(plain.keys) == ["examples", "output"])
  }

  @Test("of averaging gives the regime, counts and change of every brick")
  func average() throws {
    let session = try Session()
    let report = try report("average-stats \(digits)/snapshot-5.h5 --output TMP/averaged.h5", in: session)
    #expect(report["regime"] as? String == "same_parameters")
    #expect(report["parameter_sets"] as? Int == 1)
    #expect(report["method"] as? String == "pooled")
    #expect(report["weighted"] as? Bool == false)
    #expect(report["batches"] as? Int == 12)
    let bricks = try #require(report["bricks"] as? [[String: Any]])
    #expect(bricks.map { $0["observations"] as? Int } == [1437, 1437, 1437])
    #expect(bricks.map { $0["observations_before"] as? Int } == [0, 0, 0])
    #expect(bricks.map { $0["records"] as? Int } == [12, 12, 12])
    #expect(bricks.allSatisfy { $0["deviation_ratio"] as? Double ?? 0 > 0 })
  }

  @Test("of extraction and merging gives the numbers of minibatches, sets of parameters, records and observations")
  func updates() throws {
    let session = try Session()
    let pieces = "\(digits)/snapshot-1.h5 \(digits)/snapshot-2.h5"
    for command in ["extract", "merge"] {
      let report = try report("\(command) \(pieces) --output TMP/pairs.h5", in: session)
      #expect(report["batches"] as? Int == 24)
      #expect(report["parameter_sets"] as? Int == 2)
      let bricks = try #require(report["bricks"] as? [[String: Any]])
      #expect(bricks.count == 3)
      #expect(bricks.allSatisfy { $0["records"] as? Int == 24 && $0["observations"] as? Int == 2874 })
    }
  }
}
