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
}
