import Bricks
import Foundation
import PopulationStatistics
import Testing

@testable import Checkpoints

@Suite("The comparison of two checkpoints")
struct CheckpointComparisonTests {
  /// Compares a clean checkpoint with a copy that a closure edits.
  private func compare(
    _ planted: PlantedDifference, tolerance: Double = 0, ignoring: [Name] = []
  ) throws -> CheckpointComparison {
    try withTemporaryFolder { folder in
      try planted.base.save(to: "\(folder)/clean.h5")
      for (name, edit) in [("a", planted.first), ("b", planted.edit)] {
        var raw = try RawCheckpoint("\(folder)/clean.h5")
        try planted.before(&raw)
        try edit(&raw)
        try raw.write(to: "\(folder)/\(name).h5")
      }
      return try CheckpointComparison(
        Checkpoint(opening: "\(folder)/a.h5"), Checkpoint(opening: "\(folder)/b.h5"), tolerance: tolerance,
        ignoring: ignoring.map(Selector.init))
    }
  }

  @Test("finds exactly what was planted", arguments: PlantedDifference.all)
  func planted(_ planted: PlantedDifference) throws {
    let comparison = try compare(planted)
    #expect(!comparison.isSame)
    #expect(comparison.lines == planted.expected)
    #expect(try !JSONEncoder().encode(comparison).isEmpty)
  }

  @Test("has at least forty planted differences of different names to find")
  func enough() { #expect(Set(PlantedDifference.all.map(\.name)).count >= 40) }

  @Test("finds nothing if documents have the same values in another spelling", arguments: CleanCheckpoint.allCases)
  func documents(_ base: CleanCheckpoint) throws {
    let planted = PlantedDifference("nothing", base) { $0.documents = $0.documents.mapValues { " \($0)\n" } }
    let comparison = try compare(planted)
    #expect(comparison.old.contentDigest != comparison.new.contentDigest)
    #expect(comparison.isSame && comparison.lines.isEmpty)
  }

  @Test("finds nothing between a sound file and itself", arguments: soundFiles)
  func itself(_ file: String) throws {
    let comparison = try CheckpointComparison(
      Checkpoint(opening: fixture(file)), Checkpoint(opening: fixture(file)))
    #expect(comparison.isSame)
  }

  @Test("finds nothing if update pairs differ only in values without observations")
  func unobserved() throws {
    let comparison = try CheckpointComparison(
      Checkpoint(opening: fixture("valid/update-pairs.h5")),
      Checkpoint(opening: fixture("valid/update-pairs-unobserved-nan.h5")))
    #expect(comparison.old.contentDigest != comparison.new.contentDigest)
    #expect(comparison.lines.isEmpty && comparison.isSame)
  }

  @Test("distinguishes a model from update pairs")
  func kinds() throws {
    let comparison = try CheckpointComparison(
      Checkpoint(opening: fixture("valid/plain.h5")), Checkpoint(opening: fixture("valid/update-pairs.h5")))
    #expect(comparison.lines.first == "file changed /: kind model → update_pairs")
    #expect(comparison.structure.count { $0.subject == .tensor && $0.change == .removed } == 10)
    #expect(comparison.structure.count { $0.subject == .updates && $0.change == .added } == 2)
  }

  @Test(
    "finds only differences beyond the tolerance",
    arguments: [
      // The scale of b is 0.5 · 2⁻¹⁰ if one of four elements is 2⁻¹⁰.
      ("value", 2.01, true), ("value", 1.99, false), ("mean", 2.01, true), ("mean", 1.99, false),
      ("deviation", 0.694, true), ("deviation", 0.692, false), ("record", 0.9, true), ("record", 0.1, false),
      ("not finite", 1e30, false), ("sign of zero", 1e-300, true),
    ])
  func tolerance(_ name: String, _ tolerance: Double, _ isSame: Bool) throws {
    let bias: Name = "/parameters/mlp/linear_0/b"
    let planted = PlantedDifference("within a tolerance") { raw in
      switch name {
      case "value": try raw.set(bias, [1: 0x1p-10])
      case "mean": try raw.set("/statistics\(CleanCheckpoint.brick)/population_mean", [2: 0.36])
      case "deviation": try raw.set("/statistics\(CleanCheckpoint.brick)/population_stdev", [1: 0.22])
      case "record": try raw.set("/updates\(CleanCheckpoint.brick)/apply/minibatch_mean", [5: -2.25])
      case "not finite": try raw.set(bias, [1: .infinity])
      default: try raw.set(bias, [1: -0.0])
      }
    }
    #expect(try compare(planted, tolerance: tolerance).isSame == isSame)
  }

  @Test(
    "leaves out everything that a pattern selects",
    arguments: [
      (["/mlp/linear_0.b"], 3), (["*.b", "/mlp/linear_0.W"], 2), (["/mlp"], 0), (["/statistics/**"], 3),
      (["/updates"], 3),
      (["/mlp/linear_0", "batchnormalization"], 0), (["/mlp/linear_1"], 4), (["/parameters/**"], 2),
    ] as [([Name], Int)])
  func ignoring(_ patterns: [Name], _ remaining: Int) throws {
    let planted = PlantedDifference("four things") {
      try $0.set("/parameters/mlp/linear_0/b", [1: 1])
      try $0.set("/parameters/mlp/linear_0/W", [1: 1])
      try $0.set("/statistics\(CleanCheckpoint.brick)/population_mean", [1: 1])
      try $0.set("/updates\(CleanCheckpoint.brick)/apply/minibatch_mean", [1: 1])
    }
    #expect(try compare(planted, ignoring: patterns).lines.count == remaining)
  }

  @Test(
    "leaves out documents by their paths", arguments: ["/provenance", "/model/graph", "/mlp/batch_norm_activation_*"])
  func ignoringDocuments(_ pattern: Name) throws {
    let planted = PlantedDifference("documents") {
      try $0.edit(document: "/provenance") { $0["steps"][0]["operation"] = .text("merge") }
      try $0.editGraph { graph in
        graph["outputs"][0]["name"] = .text("scores")
        graph["nodes"][graph["nodes"].index(of: "hyperbolic_tangent", in: "operation")]["operation"] = .text("rectify")
      }
    }
    #expect(try compare(planted).lines.count == 4)
    #expect(try compare(planted, ignoring: [pattern]).lines.count == (pattern == "/model/graph" ? 2 : 3))
    #expect(try compare(planted, ignoring: ["/provenance", "/model/graph", "/mlp"]).isSame)
  }

  @Test("finds other bodies of loops")
  func loops() throws {
    try withTemporaryFolder { folder in
      try estimated(ModelCase.loops.model()).save(to: "\(folder)/a.h5")
      var raw = try RawCheckpoint("\(folder)/a.h5")
      try raw.editGraph { graph in
        let node = graph["nodes"].index(of: "scan", in: "operation", ordinal: 0)
        let body = graph["nodes"][node]["attributes"]["body"]["nodes"]
        let inner = body.index(of: "logistic", in: "operation")
        graph["nodes"][node]["attributes"]["body"]["nodes"][inner]["operation"] = .text("rectify")
      }
      try raw.write(to: "\(folder)/b.h5")
      let comparison = try CheckpointComparison(
        Checkpoint(opening: "\(folder)/a.h5"), Checkpoint(opening: "\(folder)/b.h5"))
      #expect(comparison.structure.count == 1)
      #expect(comparison.structure.first?.message.hasPrefix("in a loop: operation ") == true)
      #expect(comparison.structure.first?.message.hasSuffix(": logistic → rectify") == true)
    }
  }

  @Test("refuses damaged data that it has to read")
  func damaged() throws {
    let planted = PlantedDifference("damage") { $0.wrongDigests["/parameters/mlp/linear_0/W"] = Digest(of: "W") }
    let error = #expect(throws: CheckpointError.self) { _ = try compare(planted) }
    #expect(error?.code == .damaged && error?.object == "/parameters/mlp/linear_0/W")
  }
}

/// Every sound checkpoint of the fixtures.
let soundFiles =
  (1...5).map { "digits/snapshot-\($0).h5" }
  + ((try? FileManager.default.contentsOfDirectory(atPath: fixture("valid"))) ?? [])
  .filter { $0.hasSuffix(".h5") && $0 != "expected.h5" }.sorted().map { "valid/\($0)" }

extension CheckpointComparison {
  /// The findings, one on each line, with numbers in three digits.
  fileprivate var lines: [String] {
    func short(_ number: Double) -> String { String(format: "%.3g", number) }
    func words(_ label: String, _ measure: StatisticDistance.Measure) -> String {
      "\(label) \(short(measure.worst)) at \(measure.channel)" + (measure.step.map { " of step \($0)" } ?? "")
    }
    var lines = structure.map { "\($0.subject) \($0.change) \($0.path): \($0.message)" }
    lines += tensors.map { tensor in
      let distance = tensor.distance
      return
        "values \(tensor.path): \(distance.differingCount) of \(distance.elementCount), max \(short(distance.maximum)) at "
        + "\(distance.maximumIndex), \(short(distance.relative)) of scale"
        + (distance.firstNotFinite.map { ", \(distance.notFiniteCount) not finite at \($0)" } ?? "")
    }
    lines += statistics.map { statistic in
      var facts = statistic.origin
      if let distance = statistic.distance {
        var measures = [words("|Δμ|/σ", distance.meanShift), words("log", distance.logarithmicRatio)]
        measures.append(words("KL", distance.divergence))
        if let step = distance.worstStep { measures.append("worst step \(step)") }
        if distance.invalidCount > 0 { measures.append("\(distance.invalidCount) invalid") }
        facts.insert(measures.joined(separator: ", "), at: 0)
      }
      return "statistics \(statistic.path): \(facts.joined(separator: "; "))"
    }
    lines += updates.map { update in
      let parts =
        update.added.map { "+ \($0)" } + update.removed.map { "- \($0)" }
        + update.changed.map { "~ \($0.batch): \($0.message)" }
      return "updates \(update.path): \((["\(update.sameCount) same"] + parts).joined(separator: ", "))"
    }
    return lines
  }
}
