import Testing

private let digits = "fixtures/digits"
private let valid = "fixtures/valid"
private let inputs = "Tests/bntoolTests/Fixtures"
private let train = "\(digits)/train.h5:images"

/// The commands that estimate from data, transform whole models, and edit.
@Suite("Streaming and editing commands print")
struct StreamingSnapshotTests {
  static let scenarios = [
    Scenario("help-collect", "collect --help"), Scenario("help-recalibrate", "recalibrate --help"),
    Scenario("help-check", "check --help"),
    Scenario(
      "check", "check \(digits)/snapshot-5.h5 \(train)",
      "recalibrate \(digits)/snapshot-5.h5 \(train) --output TMP/a.h5",
      "check TMP/a.h5 \(digits)/test.h5:images --batch-size 30",
      "check TMP/a.h5 \(train) --batch-size 2000", "check TMP/a.h5 \(train) --max-drift 0"),
    Scenario("help-soup", "soup --help"), Scenario("help-fold", "fold --help"),
    Scenario("help-set-epsilon", "set-epsilon --help"),
    Scenario("help-init", "init --help"), Scenario("help-set", "set --help"), Scenario("help-rename", "rename --help"),
    Scenario("help-drop", "drop --help"), Scenario("help-copy-statistics", "copy-statistics --help"),
    Scenario(
      "collect", "collect \(digits)/snapshot-5.h5 \(train) --output TMP/pairs.h5", "inspect TMP/pairs.h5",
      "collect \(digits)/snapshot-5.h5 \(train) --shard 2/4 --seed 7 --batch-size 64 --batches 9 --output TMP/s.h5 --json",
      "average-stats TMP/pairs.h5 --model \(digits)/snapshot-5.h5 --output TMP/averaged.h5",
      "collect \(valid)/steps-input.h5 \(inputs)/features.npy --step 1 --output TMP/one.h5",
      "collect \(valid)/steps-input.h5 \(inputs)/features.npy --step 0 --output TMP/zero.h5",
      "merge TMP/one.h5 TMP/zero.h5 --output TMP/steps.h5", "inspect TMP/steps.h5",
      "collect \(valid)/steps-input.h5 \(inputs)/features.npy --step 9 --output TMP/nine.h5",
      "collect \(valid)/all-operations.h5 \(inputs)/features.npy --step 0 --output TMP/none.h5",
      "collect \(digits)/snapshot-5.h5 \(inputs)/images_none.npy --output TMP/none.h5",
      "collect \(digits)/snapshot-5.h5 \(inputs)/images.npy --batch-size 19 --output TMP/left.h5"),
    Scenario(
      "collect-refused", "collect \(digits)/snapshot-5.h5 \(train) --shard 5/4 --output TMP/none.h5",
      "collect \(digits)/snapshot-5.h5 \(train) --shard half --output TMP/none.h5",
      "collect \(digits)/snapshot-5.h5 \(train) --batch-size 1 --output TMP/none.h5",
      "collect \(digits)/snapshot-5.h5 \(train) --batches 0 --output TMP/none.h5",
      "collect \(digits)/snapshot-5.h5 \(train) --seed -1 --output TMP/none.h5",
      "collect \(digits)/snapshot-5.h5 \(train) --lengths \(inputs)/labels.npy --output TMP/none.h5",
      "collect \(digits)/snapshot-5.h5 \(inputs)/images.npy --shard 3/3 --output TMP/none.h5",
      "collect \(digits)/snapshot-5.h5 \(train) --output TMP/none/pairs.h5"),
    Scenario(
      "recalibrate",
      "recalibrate \(digits)/snapshot-5.h5 \(train) --labels \(digits)/train.h5:labels --output TMP/a.h5",
      "inspect TMP/a.h5",
      "run TMP/a.h5 \(digits)/test.h5:images --labels \(digits)/test.h5:labels",
      "recalibrate TMP/a.h5 \(train) --seed 1 --batch-size 32 --until-error 0.1 --output TMP/b.h5",
      "recalibrate TMP/a.h5 \(train) --until-error 0.001 --output TMP/b.h5 --json",
      "recalibrate TMP/a.h5 \(train) --method moving-average --smoothing-factor 0.1 --output TMP/b.h5",
      "recalibrate \(valid)/mean-only.h5 \(inputs)/features.npy --batch-size 2 --output TMP/c.h5",
      "recalibrate \(valid)/steps-input.h5 \(inputs)/features.npy --step 1 --output TMP/d.h5"),
    Scenario(
      "recalibrate-refused", "recalibrate \(digits)/snapshot-5.h5 \(train) --until-error 0 --output TMP/a.h5",
      "recalibrate \(digits)/snapshot-5.h5 \(train) --until-error 0.1 --method mean-of-variances --output TMP/a.h5",
      "recalibrate \(digits)/snapshot-5.h5 \(train) --smoothing-factor 0.1 --output TMP/a.h5",
      "recalibrate \(digits)/snapshot-5.h5 \(train) --labels \(inputs)/labels.npy --output TMP/a.h5",
      "recalibrate \(valid)/update-pairs.h5 \(train) --output TMP/a.h5",
      "recalibrate \(valid)/plain.h5 \(train) --output TMP/a.h5",
      "recalibrate \(valid)/steps-input.h5 \(inputs)/features.npy --output TMP/a.h5"),
    Scenario(
      "soup",
      "soup \(digits)/late-1.h5 \(digits)/late-2.h5 \(digits)/late-3.h5 \(digits)/late-4.h5 \(digits)/late-5.h5 --held-out \(digits)/test.h5:images --labels \(digits)/test.h5:labels --data \(train) --output TMP/soup.h5",
      "inspect TMP/soup.h5",
      "soup \(digits)/snapshot-3.h5 \(digits)/snapshot-4.h5 \(digits)/snapshot-5.h5 --held-out \(digits)/test.h5:images --labels \(digits)/test.h5:labels --output TMP/soup.h5",
      "soup \(digits)/late-1.h5 --held-out \(inputs)/images.npy --labels \(inputs)/labels.npy --output TMP/soup.h5 --json",
      "soup \(digits)/late-1.h5 \(valid)/plain.h5 --held-out \(inputs)/images.npy --labels \(inputs)/labels.npy --output TMP/none.h5",
      "soup \(digits)/late-1.h5 --held-out \(inputs)/images.npy --labels \(inputs)/labels_short.npy --output TMP/none.h5",
      "soup \(digits)/late-1.h5 --held-out \(inputs)/images_none.npy --labels \(inputs)/labels.npy --output TMP/none.h5"
    ),
    Scenario(
      "average-recalibrate",
      "average \(digits)/late-1.h5 \(digits)/late-2.h5 --statistics recalibrate:\(train) --output TMP/mean.h5",
      "inspect TMP/mean.h5",
      "average \(digits)/late-1.h5 \(digits)/late-2.h5 --statistics recalibrate:\(train) --output TMP/mean.h5 --json",
      "average \(digits)/late-1.h5 --statistics recalibrate: --output TMP/none.h5",
      "average \(digits)/late-1.h5 --statistics recalibrate:\(inputs)/images_wide.npy --output TMP/none.h5"),
    Scenario(
      "fold", "average-stats \(digits)/snapshot-5.h5 --output TMP/a.h5", "fold TMP/a.h5 --output TMP/b.h5",
      "inspect TMP/b.h5", "run TMP/b.h5 \(digits)/test.h5:images --labels \(digits)/test.h5:labels",
      "fold TMP/b.h5 --output TMP/c.h5", "fold \(digits)/snapshot-5.h5 --output TMP/c.h5",
      "fold \(valid)/spatial-normalization.h5 --allow-prior --output TMP/c.h5",
      "fold \(valid)/steps-input.h5 --output TMP/c.h5",
      "fold fixtures/edram/reduced.h5 --output TMP/c.h5",
      "fold fixtures/edram/reduced.h5 --partial --output TMP/c.h5"),
    Scenario(
      "set-epsilon", "average-stats \(digits)/snapshot-5.h5 --output TMP/a.h5",
      "set-epsilon TMP/a.h5 0.001 --output TMP/b.h5", "inspect TMP/b.h5",
      "run TMP/b.h5 \(digits)/test.h5:images --labels \(digits)/test.h5:labels",
      "set-epsilon TMP/a.h5 10 --output TMP/c.h5", "set-epsilon TMP/a.h5 -1 --output TMP/d.h5",
      "set-epsilon TMP/a.h5 nan --output TMP/d.h5", "set-epsilon \(valid)/all-operations.h5 1 --output TMP/d.h5"
    ),
    Scenario(
      "init", "init \(inputs)/mlp.json --seed 7 --output TMP/fresh.h5", "inspect TMP/fresh.h5",
      "init \(inputs)/mlp.json --output TMP/none.h5", "init \(inputs)/none.json --seed 7 --output TMP/none.h5",
      "init \(inputs)/init-not-json.json --seed 7 --output TMP/none.h5",
      "init \(inputs)/init-unknown-key.json --seed 7 --output TMP/none.h5",
      "init \(inputs)/init-unknown-brick.json --seed 7 --output TMP/none.h5",
      "init \(inputs)/init-negative.json --seed 7 --output TMP/none.h5",
      "init \(inputs)/init-huge.json --seed 7 --output TMP/none.h5",
      "init \(inputs)/init-half.json --seed 7 --output TMP/none.h5"),
    Scenario(
      "set", "set \(digits)/late-1.h5 /mlp/linear_0.W --value 0 --dry-run",
      "set \(digits)/late-1.h5 /mlp/linear_0.W --value 0 --output TMP/a.h5", "inspect TMP/a.h5",
      "set \(digits)/late-1.h5 /mlp/linear_0.W --from \(inputs)/images.npy --output TMP/b.h5",
      "set \(digits)/late-1.h5 /mlp/batch_norm_activation_2/batchnormalization.population_mean --value 1.5 --observations 20 --output TMP/c.h5",
      "inspect TMP/c.h5",
      "set \(digits)/late-1.h5 /mlp/batch_norm_activation_2/batchnormalization.population_stdev --value 0 --observations 20 --output TMP/d.h5",
      "set \(digits)/late-1.h5 /mlp/batch_norm_activation_2/batchnormalization.population_stdev --value 1 --output TMP/d.h5",
      "set \(digits)/late-1.h5 /mlp/linear_0.W --value 1 --observations 3 --output TMP/d.h5",
      "set \(digits)/late-1.h5 /mlp/linear_7.W --value 1 --output TMP/d.h5",
      "set \(digits)/late-1.h5 /mlp/linear_0.W --value 1", "set \(digits)/late-1.h5 /mlp/linear_0.W --output TMP/d.h5"),
    Scenario(
      "rename", "rename \(digits)/snapshot-5.h5 /mlp/batch_norm_activation_0 /mlp/first --output TMP/a.h5",
      "inspect TMP/a.h5", "average-stats TMP/a.h5 --output TMP/b.h5",
      "run TMP/b.h5 \(digits)/test.h5:images --labels \(digits)/test.h5:labels",
      "rename \(digits)/late-1.h5 /mlp/linear_0.W /mlp/linear_0.weight --dry-run --json",
      "rename \(digits)/late-1.h5 /mlp/linear_7 /mlp/first --output TMP/c.h5",
      "rename \(digits)/late-1.h5 /mlp/linear_0 /mlp/linear_1 --output TMP/c.h5",
      "rename \(digits)/late-1.h5 /mlp/linear_0 /net/linear_0 --output TMP/c.h5",
      "rename \(digits)/late-1.h5 /mlp/linear_0 /mlp/a.b --output TMP/c.h5"),
    Scenario(
      "drop", "drop \(digits)/snapshot-5.h5 --updates --output TMP/a.h5", "inspect TMP/a.h5",
      "drop TMP/a.h5 --updates --output TMP/b.h5", "drop TMP/a.h5 *.W --output TMP/b.h5",
      "drop TMP/a.h5 *.V --output TMP/b.h5", "drop TMP/a.h5 --output TMP/b.h5",
      "drop \(valid)/persistent-tensors.h5 *.temperature --dry-run", "inspect \(valid)/persistent-tensors.h5",
      "drop \(valid)/persistent-tensors.h5 *.temperature *.nothing --output TMP/c.h5", "inspect TMP/c.h5"),
    Scenario(
      "copy-statistics", "copy-statistics \(digits)/late-1.h5 \(digits)/late-2.h5 --output TMP/a.h5",
      "copy-statistics \(digits)/late-1.h5 \(digits)/late-1.h5 --select *_0/**.population_mean --dry-run",
      "copy-statistics \(digits)/late-1.h5 \(digits)/late-1.h5 --select *.none --output TMP/b.h5",
      "copy-statistics \(valid)/plain.h5 \(digits)/late-1.h5 --output TMP/b.h5"),
  ]

  @Test("the recorded output", arguments: scenarios)
  func prints(_ scenario: Scenario) throws {
    let session = try Session()
    for command in scenario.commands { try session.run(command) }
    try session.compare(with: scenario.name)
  }
}
