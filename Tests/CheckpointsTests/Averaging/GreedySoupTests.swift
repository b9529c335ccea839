import Bricks
import Testing

@testable import Checkpoints

@Suite("A greedy soup")
struct GreedySoupTests {
  /// A model of one number, saved.
  private func save(_ value: Double, to path: String) throws -> String {
    var model = try Model(Linear(1, 1, usesBias: false), input: .features(1), seed: 1)
    try model.set(model.path("/linear.W"), to: Tensor([value], shape: [1, 1]).converted(to: .float32))
    try model.save(to: path)
    return path
  }

  private func value(_ model: Model) throws -> Double { try model.tensor(model.path("/linear.W")).doubles[0] }

  @Test("takes the best first, and then each checkpoint that does not make the average worse")
  func decisions() throws {
    try withTemporaryFolder { folder in
      // The score is the distance from the best number 10 with a minus: −2, −6, −4, −4.5, −2.
      let values = [("a", 12.0), ("b", 4), ("c", 6), ("d", 14.5), ("e", 8)]
      let paths = try values.map { try save($0.1, to: "\(folder)/\($0.0).h5") }
      var prepared = 0
      var seen: [String] = []
      let soup = try GreedySoup(
        paths,
        prepare: {
          prepared += 1; return $0
        }, score: { -abs(try value($0) - 10) }
      ) {
        seen.append($0.file)
      }
      // a (12) comes before e (8), which has the same score. Their mean is 10. With c it is 26/3, with d 11.5, and with b 8.
      #expect(soup.decisions.map(\.file) == ["a", "e", "c", "d", "b"].map { "\(folder)/\($0).h5" })
      #expect(seen == soup.decisions.map(\.file))
      #expect(soup.decisions.map(\.isKept) == [true, true, false, false, false])
      #expect(soup.decisions.map(\.ownScore) == [-2, -2, -4, -4.5, -6])
      #expect(soup.decisions.map(\.soupScore).prefix(2) == [-2, 0])
      #expect(abs(soup.decisions[2].soupScore - (26.0 / 3 - 10)) < 1e-6)
      #expect(abs(soup.decisions[3].soupScore + 1.5) < 1e-6 && soup.decisions[4].soupScore == -2)
      #expect(soup.members == [paths[0], paths[4]])
      #expect(soup.score == 0)
      #expect(try value(soup.model) == 10)
      // Five single checkpoints, the best one again, and four averages.
      #expect(prepared == 5 + 1 + 4)
    }
  }

  @Test("equals a single checkpoint, and keeps a checkpoint that changes nothing")
  func single() throws {
    try withTemporaryFolder { folder in
      let path = try save(3, to: "\(folder)/a.h5")
      let soup = try GreedySoup([path, path], prepare: { $0 }, score: { try value($0) })
      #expect(soup.decisions.map(\.isKept) == [true, true])
      #expect(try soup.model == Model(checkpoint: path))
      #expect(try GreedySoup([path], prepare: { $0 }, score: { _ in 1 }).decisions.count == 1)
    }
  }

  @Test("is refused before anything is scored if the checkpoints have different models")
  func differentModels() throws {
    try withTemporaryFolder { folder in
      let path = try save(3, to: "\(folder)/a.h5")
      try Model(Linear(2, 1, usesBias: false), input: .features(2), seed: 1).save(to: "\(folder)/b.h5")
      var scored = 0
      expectFailure(.unsuitable, "/parameters/linear/W has the shape") {
        _ = try GreedySoup(
          [path, "\(folder)/b.h5"], prepare: { $0 },
          score: { _ in
            scored += 1; return 1
          })
      }
      #expect(scored == 0)
    }
  }

  @Test("averages in memory like averaging to a file")
  func inMemory() throws {
    let paths = (1...5).map { fixture("digits/late-\($0).h5") }
    try withTemporaryFolder { folder in
      for (weighting, source) in [
        (ParameterAveraging.Weighting.uniform, nil), (.weights([1, 0, 2, 3, 1]), 1),
        (.movingAverage(emaDecay: 0.75), nil),
      ] {
        let averaging = ParameterAveraging(weighting, statisticsSource: source)
        let summary = try averaging.average(paths, to: "\(folder)/average.h5")
        let (payload, other) = try averaging.payload(averaging: paths)
        #expect(try payload.model == Model(checkpoint: "\(folder)/average.h5"))
        #expect(try payload.provenance == Checkpoint(opening: "\(folder)/average.h5").provenance())
        #expect(other.averaged == summary.averaged && other.coefficients == summary.coefficients)
        #expect(other.parametersDigest == summary.parametersDigest)
        #expect(other.statisticsFile == summary.statisticsFile)
        #expect(other.statisticStates.count == summary.statisticStates.count)
      }
    }
  }
}
