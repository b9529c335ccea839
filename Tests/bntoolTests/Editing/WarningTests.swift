import Foundation
import Interchange
import Tensors
import Testing

private let late = "fixtures/digits/late"

/// Results that a user could trust by mistake.
@Suite("A warning")
struct WarningTests {
  private let session: Session

  init() throws { session = try Session() }

  @Test("says that statistics become stale because a parameter changes")
  func stale() throws {
    let changed = try session.run("set \(late)-2.h5 /mlp/linear_0.W --value 0.1 --output TMP/a.h5")
    #expect(changed.status == 0)
    #expect(changed.errors.contains("TMP/a.h5: 6 of 6 population statistics become stale"))
    #expect(changed.errors.contains("bntool recalibrate TMP/a.h5 DATA --output FILE"))
    // They are stale already.
    #expect(try session.run("set TMP/a.h5 /mlp/linear_0.W --value 0.2 --output TMP/b.h5").errors.isEmpty)
    let statistic = "/mlp/batch_norm_activation_0/batchnormalization.population_mean"
    #expect(
      try session.run("set \(late)-2.h5 \(statistic) --value 0.2 --observations 9 --output TMP/c.h5").errors.isEmpty)
    #expect(try session.run("rename \(late)-2.h5 /mlp/linear_0 /mlp/first --output TMP/d.h5").errors.isEmpty)
  }

  @Test("says that average counts a repeated file twice")
  func repeated() throws {
    let twice = try session.run("average \(late)-1.h5 \(late)-1.h5 \(late)-2.h5 --output TMP/a.h5")
    #expect(twice.status == 0 && twice.errors.contains("\(late)-1.h5: is given twice, and counts twice"))
    #expect(try session.shell("cp \(late)-1.h5 TMP/c.h5; ln -s c.h5 TMP/l.h5").status == 0)
    let linked = try session.run("average TMP/c.h5 TMP/l.h5 --output TMP/a.h5")
    #expect(linked.errors.contains("TMP/l.h5: is the same file as TMP/c.h5, and counts twice"))
    let different = try session.run("average \(late)-1.h5 \(late)-2.h5 --output TMP/a.h5")
    #expect(!different.errors.contains("twice"))
  }

  @Test("is not needed for weights of average-stats, because inspect shows them")
  func weights() throws {
    #expect(try session.run("collect \(late)-1.h5 fixtures/digits/train.h5:images --output TMP/p.h5").status == 0)
    let averaged = try session.run("average-stats TMP/p.h5 \(late)-1.h5 --weights 1,1e-9 --output TMP/w.h5")
    #expect(averaged.output.contains("pooled with unequal weights (equal weights would be exact)"))
    #expect(
      try session.run("inspect TMP/w.h5").output.contains("made by average-stats (pooled, weights 1,1e-9) from p.h5"))
  }

  @Test("says that a normalization with ε = 0 cannot use a channel whose numbers are all equal")
  func zeroDeviation() throws {
    let (data, brick) = ("fixtures/digits/train.h5:images", "/mlp/batch_norm_activation_2/batchnormalization")
    _ = try session.run("set \(late)-1.h5 /mlp/linear_2.W --value 0 --output TMP/c.h5")
    _ = try session.run("set-epsilon TMP/c.h5 0 --output TMP/m.h5")
    let advice = "bntool set-epsilon TMP/m.h5 EPSILON --output FILE"
    let problem =
      "\(brick): the standard deviation of channel 0 would be 0, because its numbers are all equal and ε is 0"
    let recalibrated = try session.run("recalibrate TMP/m.h5 \(data) --output TMP/r.h5")
    #expect(recalibrated.status == 65 && recalibrated.errors.contains("TMP/m.h5: \(problem)"))
    #expect(recalibrated.errors.contains(advice) && !recalibrated.errors.contains("r.h5"))
    let collected = try session.run("collect TMP/m.h5 \(data) --output TMP/p.h5")
    #expect(collected.status == 0 && collected.errors.contains("\(brick): the numbers of channel 0 are all equal"))
    #expect(collected.errors.contains(advice))
    let averaged = try session.run("average-stats TMP/p.h5 --model TMP/m.h5 --output TMP/a.h5")
    #expect(averaged.status == 65 && averaged.errors.contains("TMP/p.h5, for TMP/m.h5: \(problem)"))
    #expect(averaged.errors.contains(advice) && !averaged.errors.contains("a.h5"))
    let checked = try session.run("check TMP/m.h5 \(data) --report TMP/page.html")
    #expect(checked.status == 1 && checked.output.contains("log σ-ratio -∞ in channel 0"))
    #expect(checked.output.contains(advice) && !checked.output.contains("recalibrate"))
    #expect(!String(decoding: try session.contents("TMP/page.html"), as: UTF8.self).contains("e+308"))
  }

  @Test("says which normalization makes the numbers after it NaN, because ε is 0 and its numbers are all equal")
  func divisionByZero() throws {
    _ = try session.run("set \(late)-1.h5 /mlp/linear_0.W --value 0 --output TMP/c.h5")
    _ = try session.run("set-epsilon TMP/c.h5 0 --output TMP/m.h5")
    let brick = "/mlp/batch_norm_activation_0/batchnormalization"
    let problem = "TMP/m.h5: \(brick): the numbers of channel 0 are all equal in batch 0"
    for command in ["recalibrate --output TMP/r.h5", "check"] {
      let words = command.split(separator: " ", maxSplits: 1)
      let outcome = try session.run(
        "\(words[0]) TMP/m.h5 fixtures/digits/train.h5:images \(words.dropFirst().joined())")
      #expect(outcome.status == 65 && outcome.errors.contains(problem))
      #expect(outcome.errors.contains("bntool set-epsilon TMP/m.h5 EPSILON --output FILE"))
    }
  }

  @Test("says that fold loses precision if a mean is much greater than its deviation")
  func foldedOffset() throws {
    let text = """
      {"brick": {"type": "Sequence", "bricks": [
        {"type": "BatchNormalization"}, {"type": "Linear", "inputDimension": 4, "outputDimension": 3}]},
       "input": {"name": "x", "shape": [4]}, "output": "y"}
      """
    try Data(text.utf8).write(to: URL(fileURLWithPath: "\(session.folder)/m.json"))
    #expect(try session.run("init TMP/m.json --seed 1 --output TMP/m.h5").status == 0)
    let statistic = "/sequence/batchnormalization.population"
    _ = try session.run("set TMP/m.h5 \(statistic)_mean --value 1e6 --observations 9 --output TMP/a.h5")
    _ = try session.run("set TMP/a.h5 \(statistic)_stdev --value 2 --observations 9 --output TMP/b.h5")
    let folded = try session.run("fold TMP/b.h5 --allow-prior --output TMP/f.h5")
    // 500,000 · 2⁻²⁴ = 0.0298.
    #expect(folded.status == 0)
    #expect(folded.errors.contains("/sequence/batchnormalization: |μ|/σ of channel 0 is 500,000, so the folded map"))
    #expect(folded.errors.contains("loses about 0.0298 "))
    _ = try session.run("set TMP/a.h5 \(statistic)_stdev --value 200 --observations 9 --output TMP/b.h5")
    #expect(try session.run("fold TMP/b.h5 --allow-prior --output TMP/f.h5").errors.isEmpty)
  }

  @Test(
    "is an error if no example is left without numbers that are not finite",
    arguments: ["recalibrate --output TMP/o.h5", "check", "collect --output TMP/o.h5"], [0, 1])
  func nothingLeft(_ command: String, _ finite: Int) throws {
    let numbers = [Float](repeating: 1, count: 64 * finite) + [Float](repeating: .nan, count: 64 * (5 - finite))
    try NumPyArray.write(Tensor(numbers, shape: [5, 64]), to: "\(session.folder)/n.npy")
    let words = command.split(separator: " ", maxSplits: 1)
    let options = words.dropFirst().joined()
    let outcome = try session.run("\(words[0]) \(late)-1.h5 TMP/n.npy --skip-nonfinite \(options)")
    #expect(outcome.status == 65)
    let reason = finite == 0 ? "all 5 examples have" : "4 of 5 examples have"
    #expect(outcome.errors.hasPrefix("bntool: TMP/n.npy: there is nothing to observe, because \(reason)"))
  }
}
