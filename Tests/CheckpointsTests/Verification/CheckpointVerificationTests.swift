import Bricks
import Foundation
import Testing

@testable import Checkpoints

@Suite("The verification of a checkpoint")
struct CheckpointVerificationTests {
  /// Verifies a clean checkpoint after a closure edited it.
  private func verify(
    _ base: CleanCheckpoint, _ edit: (inout RawCheckpoint) throws -> Void
  ) throws -> Verification {
    try withTemporaryFolder { folder in
      let path = "\(folder)/model.h5"
      try base.save(to: path)
      var raw = try RawCheckpoint(path)
      try edit(&raw)
      try raw.write(to: "\(folder)/edited.h5", movesRecords: true)
      return try Verification(checkpoint: "\(folder)/edited.h5")
    }
  }

  @Test("finds exactly what was planted", arguments: PlantedDefect.all)
  func planted(_ planted: PlantedDefect) throws {
    let verification = try verify(planted.base, planted.edit)
    let lines = verification.findings.map(\.line)
    // A text that ends in a blank continues with digests or with words of other modules.
    let expected = planted.expected.enumerated().map { index, line in
      line.hasSuffix(" ") && index < lines.count && lines[index].hasPrefix(line) ? lines[index] : line
    }
    #expect(lines == expected)
    #expect(try !JSONEncoder().encode(verification).isEmpty)
  }

  @Test("has at least forty planted defects of different names to find")
  func enough() { #expect(Set(PlantedDefect.all.map(\.name)).count >= 40) }

  @Test("finds nothing in a clean file of any writer", arguments: CleanCheckpoint.allCases)
  func clean(_ base: CleanCheckpoint) throws {
    #expect(try verify(base) { _ in }.findings == [])
    try withTemporaryFolder { folder in
      try base.save(to: "\(folder)/model.h5")
      let verification = try Verification(checkpoint: "\(folder)/model.h5")
      #expect(verification.findings == [])
      #expect(verification.tensorCount == (base == .perceptron ? 15 : 9))
    }
  }

  @Test("on several threads gives the findings in the order of paths, and counts every byte once")
  func severalThreads() throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/model.h5"
      let brick = BatchNormalizedMLP(activations: [Tanh(), Tanh(), nil], dimensions: [1200, 1200, 1200, 1200])
      var model = try Model(brick, input: .features(1200), output: "y", seed: 1)
      for layer in [2, 0] {
        var numbers = [Float](repeating: 0.5, count: 1200 * 1200)
        numbers[7 + layer] = .nan
        let weights = try TensorPath(.parameters, brick: "/mlp/linear_\(layer)", name: "W")
        try model.set(weights, to: Tensor(numbers, shape: [1200, 1200]))
      }
      try model.save(to: path)
      var byteCount = 0
      let findings = try Verification(checkpoint: path) { byteCount += $0 }.findings
      #expect(
        findings.filter { $0.check == .values }.map(\.line) == [
          "error values /parameters/mlp/linear_0/W: element 7 is nan; outputs become NaN",
          "error values /parameters/mlp/linear_2/W: element 9 is nan; outputs become NaN",
        ])
      // Three matrices, and four vectors for each of three normalizations.
      #expect(byteCount == 4 * (3 * 1200 * 1200 + 3 * 4 * 1200))
    }
  }

  @Test("finds only stale or never estimated statistics in a sound file", arguments: soundFiles)
  func sound(_ file: String) throws {
    let findings = try Verification(checkpoint: fixture(file)).findings
    struct Expectation: Decodable {
      let file: String
      let notices: [String]
    }
    let table = try JSONDecoder().decode([Expectation].self, from: bytes(fixture("valid/expectations.json")))
    let notices =
      file.hasPrefix("digits")
      ? (0..<3).map { "/mlp/batch_norm_activation_\($0)/batchnormalization: never estimated" }
      : try #require(table.first { "valid/\($0.file)" == file }).notices.map { notice in
        // `/statistics/BRICK/population_mean: stale`, of both statistics.
        let parts = notice.components(separatedBy: ": ")
        let brick = parts[0].dropFirst("/statistics".count).split(separator: "/").dropLast().joined(separator: "/")
        return "/\(brick): \(parts[1])"
      }
    #expect(findings.allSatisfy { $0.severity == .warning })
    #expect(
      Set(findings.map { "\($0.path): \($0.check == .stale ? "stale" : "never estimated")" }) == Set(notices))
    #expect(findings.allSatisfy { $0.check == .stale || $0.check == .neverEstimated })
  }

  @Test(
    "finds an error in every malformed file that readers refuse, reports what readers accept, and says where",
    arguments: try MalformedFile.all())
  func malformed(_ malformed: MalformedFile) throws {
    let expected = expectedErrors["\(malformed.name).h5"]
    switch Result(catching: { try Verification(checkpoint: fixture("malformed/\(malformed.file)")) }) {
    case .success(let verification):
      // An operation of a later version is not a fault of the file. Types do not tell the faults that depend on values, on the number
      // of steps or on memory.
      let isFault = malformed.refused && evaluationErrors["\(malformed.name).h5"] == nil
      let messages = verification.findings.map { $0.path == "/" ? "\($0.message)" : "\($0.path): \($0.message)" }
      guard malformed.answer != .report else {
        let wanted = try #require(reportedFindings["\(malformed.name).h5"])
        #expect(messages.contains { $0.contains(wanted) }, "\(messages)")
        return
      }
      // Stale statistics and missing estimates are not faults of a file.
      let isNotice: (Finding) -> Bool = { [.stale, .trainingAverage, .neverEstimated].contains($0.check) }
      #expect(malformed.answer != .accept || verification.findings.allSatisfy(isNotice), "\(messages)")
      #expect((verification.count(.error) > 0) == isFault, "\(verification.findings)")
      // A reader puts several problems into one error, and knows of records rather than of elements.
      guard isFault, malformed.at != .average, let expected, !expected.fragment.contains(" problems") else { return }
      #expect(messages.contains { expected.fragment.hasPrefix($0) || $0.contains(expected.fragment) }, "\(messages)")
    case .failure(let error):
      #expect((error as? CheckpointError)?.code == .notACheckpoint)
      #expect("\(error)".contains(try #require(expected).fragment))
    }
  }

  @Test("throws if the file is missing or is not a checkpoint")
  func noCheckpoint() throws {
    expectFailure(.notFound, "no such file") { _ = try Verification(checkpoint: fixture("none.h5")) }
    expectFailure(.notACheckpoint, "not a checkpoint") { _ = try Verification(checkpoint: fixture("digits/test.h5")) }
  }

  @Test("says how many bytes it has read, and so does a comparison")
  func progress() throws {
    let checkpoint = try Checkpoint(opening: fixture("digits/snapshot-1.h5"))
    let entries = checkpoint.contents.tensors
    var count = 0
    _ = try Verification(checkpoint: fixture("digits/snapshot-1.h5")) { count += $0 }
    #expect(count == entries.reduce(0) { $0 + $1.byteCount })
    count = 0
    _ = try CheckpointComparison(checkpoint, Checkpoint(opening: fixture("digits/snapshot-2.h5"))) { count += $0 }
    #expect(count == entries.filter { !$0.isUpdate }.reduce(0) { $0 + $1.byteCount })
  }
}

extension Finding {
  /// `error values /parameters/mlp/linear_0/W: element 7 is nan`.
  fileprivate var line: String { "\(severity.rawValue) \(check.rawValue) \(path): \(message)" }
}
