import Testing

/// Commands that run one after the other in one session, and the name of their recorded transcript.
struct Scenario: CustomTestStringConvertible {
  let name: String
  let commands: [String]

  var testDescription: String { name }

  init(_ name: String, _ commands: String...) {
    self.name = name
    self.commands = commands
  }
}

private let digits = "fixtures/digits"
private let overTime = "fixtures/digits-over-time"
private let inputs = "Tests/bntoolTests/Fixtures"
private let keys = "Tests/SignaturesTests/Fixtures"

@Suite("The command line prints")
struct SnapshotTests {
  static let scenarios = [
    Scenario("no-arguments", "", "--version"),
    Scenario("help", "--help", "help merge"),
    Scenario("help-inspect", "inspect --help"),
    Scenario("help-run", "run --help"),
    Scenario("help-extract", "extract --help"),
    Scenario("help-merge", "merge --help"),
    Scenario("help-average-stats", "average-stats --help"),
    Scenario("help-diff", "diff --help"),
    Scenario("help-verify", "verify --help"),
    Scenario("help-stats", "stats --help"),
    Scenario("help-report", "report --help"),
    Scenario("help-plot", "plot --help"),
    Scenario(
      "report", "report \(digits)/snapshot-5.h5 --output TMP/page.html --json",
      "report \(digits)/late-1.h5 \(digits)/late-2.h5 \(digits)/late-3.h5 --output TMP/page.html --json",
      "report fixtures/foreign/state.pt fixtures/keras/chain.keras --output TMP/page.html --json",
      "plot \(digits)/late-1.h5 --figure bricks --output TMP/bricks.svg"),
    Scenario("help-average", "average --help"),
    Scenario("help-repack", "repack --help"),
    Scenario("help-convert", "convert --help"),
    Scenario("help-sign", "sign --help"),
    Scenario(
      "foreign", "inspect fixtures/foreign/training.pth", "inspect --json fixtures/foreign/one.safetensors",
      "inspect fixtures/foreign/generic.h5 fixtures/foreign/blocks.tar", "stats fixtures/foreign/state.pt",
      "verify fixtures/foreign/state.pt fixtures/malformed/files/zip-damaged.npz",
      "diff fixtures/foreign/state.pt fixtures/foreign/training.pth",
      "average fixtures/foreign/state.pt fixtures/foreign/training.pth --output TMP/mean.safetensors"),
    Scenario(
      "convert", "convert fixtures/foreign/training.pth TMP/out.safetensors --set state_dict_ema --explain",
      "convert fixtures/foreign/network.pt TMP/net.h5 --architecture fixtures/foreign/network.json --epsilon 1e-5 --explain",
      "inspect TMP/net.h5", "convert TMP/net.h5 TMP/net.safetensors --json", "convert TMP/net.h5 TMP/net.onnx"),
    Scenario(
      "convert-refused", "convert fixtures/foreign/state.pt TMP/out.h5",
      "convert fixtures/foreign/generic.h5 TMP/out.npz",
      "convert fixtures/foreign/network.pt TMP/net.h5 --architecture fixtures/foreign/network.json",
      "convert fixtures/foreign/state.pt TMP/net.h5 --architecture fixtures/foreign/network.json --epsilon 1e-5",
      "convert fixtures/malformed/files/system.pt TMP/out.npz", "convert README.md TMP/out.npz"),
    Scenario(
      "usage", "estimate", "inspect", "--json", "inspect --quick x.h5", "run model.h5", "merge a.h5",
      "average-stats a.h5 --output b.h5 --threads many"),
    Scenario("inspect-model", "inspect \(digits)/snapshot-5.h5"),
    Scenario(
      "inspect-averaged", "average-stats \(digits)/snapshot-5.h5 --output TMP/averaged.h5", "inspect TMP/averaged.h5",
      "inspect --values TMP/averaged.h5"),
    Scenario(
      "inspect-kinds", "inspect fixtures/valid/stale.h5", "inspect fixtures/valid/steps-input.h5",
      "inspect fixtures/valid/mean-only.h5", "inspect fixtures/valid/persistent-tensors.h5",
      "inspect fixtures/valid/spatial-normalization.h5", "inspect fixtures/valid/unicode-names.h5",
      "inspect fixtures/valid/all-operations.h5"),
    Scenario("inspect-edram", "inspect fixtures/edram/reduced.h5"),
    Scenario(
      "inspect-several", "inspect fixtures/valid/plain.h5 fixtures/valid/update-pairs.h5",
      "inspect --values fixtures/valid/update-pairs.h5",
      "inspect --values --json fixtures/valid/plain.h5 fixtures/valid/update-pairs.h5"),
    Scenario(
      "run", "run \(digits)/snapshot-5.h5 \(digits)/test.h5:images --labels \(digits)/test.h5:labels",
      "average-stats \(digits)/snapshot-5.h5 --output TMP/averaged.h5",
      "run TMP/averaged.h5 \(digits)/test.h5:images --labels \(digits)/test.h5:labels",
      "run TMP/averaged.h5 \(digits)/test.h5:images --labels \(digits)/test.h5:labels --json",
      "run TMP/averaged.h5 \(inputs)/images.npy --labels \(inputs)/labels.npy --output TMP/outputs.npy",
      "run TMP/averaged.h5 \(inputs)/digits.npz:images --labels \(inputs)/digits.npz:labels --output TMP/outputs.h5 --json",
      "run TMP/averaged.h5 \(inputs)/images_square.npy", "run TMP/averaged.h5 \(inputs)/images_none.npy --json",
      "run TMP/averaged.h5 \(inputs)/images_none.npy --output TMP/none.npy",
      "run TMP/averaged.h5 TMP/outputs.h5 --json"),
    Scenario(
      "run-steps", "run fixtures/valid/steps-input.h5 \(inputs)/features.npy",
      "run fixtures/valid/steps-input.h5 \(inputs)/features.npy --step 2 --output TMP/outputs.h5",
      "run fixtures/valid/steps-input.h5 \(inputs)/features.npy --step -1",
      "run fixtures/valid/steps-constant.h5 \(inputs)/features.npy --step 2",
      "run fixtures/valid/stale.h5 \(inputs)/features.npy"),
    Scenario(
      "steps-in-loops", "inspect \(overTime)/rows.h5", "average-stats \(overTime)/rows.h5 --output TMP/rows.h5",
      "inspect TMP/rows.h5",
      "run \(overTime)/rows.h5 \(digits)/test.h5:images --labels \(digits)/test.h5:labels",
      "run TMP/rows.h5 \(digits)/test.h5:images --labels \(digits)/test.h5:labels",
      "run TMP/rows.h5 \(overTime)/longer.h5:rows --labels \(overTime)/longer.h5:labels",
      "run TMP/rows.h5 \(digits)/test.h5:images --step 2",
      "extract \(overTime)/rows.h5 --brick */normalized_cells --output TMP/cells.h5", "inspect TMP/cells.h5",
      "average-stats \(overTime)/pixels.h5 --output TMP/pixels.h5",
      "run TMP/pixels.h5 \(digits)/test.h5:images --labels \(digits)/test.h5:labels"),
    Scenario(
      "extract", "extract \(digits)/snapshot-5.h5 --output TMP/pairs.h5",
      "extract \(digits)/snapshot-5.h5 --output TMP/pairs.h5 --json", "inspect TMP/pairs.h5",
      "extract \(digits)/snapshot-5.h5 --brick /mlp/*_0/* --output TMP/first.h5", "inspect TMP/first.h5",
      "extract \(digits)/snapshot-5.h5 --role BATCH_NORM_POPULATION_MEAN --output TMP/means.h5", "inspect TMP/means.h5",
      "extract \(digits)/snapshot-5.h5 --brick /lstm/* --output TMP/none.h5",
      "extract \(digits)/snapshot-5.h5 --role WEIGHT --output TMP/none.h5",
      "extract fixtures/valid/plain.h5 --output TMP/plain.h5",
      "extract fixtures/valid/all-operations.h5 --output TMP/none.h5"),
    Scenario(
      "merge", "merge \(digits)/snapshot-1.h5 \(digits)/snapshot-2.h5 --output TMP/pairs.h5", "inspect TMP/pairs.h5",
      "merge TMP/pairs.h5 \(digits)/snapshot-2.h5 --output TMP/again.h5 --json",
      "merge \(digits)/snapshot-1.h5 fixtures/valid/plain.h5 --output TMP/none.h5",
      "merge \(digits)/snapshot-1.h5 fixtures/valid/update-pairs.h5 --output TMP/none.h5"),
    Scenario(
      "average-stats-methods", "average-stats \(digits)/snapshot-5.h5 --output TMP/a.h5",
      "average-stats \(digits)/snapshot-5.h5 --method mean-of-deviations --output TMP/a.h5",
      "average-stats \(digits)/snapshot-5.h5 --method mean-of-variances --output TMP/a.h5", "inspect TMP/a.h5",
      "average-stats \(digits)/snapshot-5.h5 --method moving-average --smoothing-factor 0.1 --output TMP/a.h5",
      "average-stats \(digits)/snapshot-5.h5 --threads 2 --output TMP/a.h5 --json"),
    Scenario(
      "average-stats-options", "average-stats \(digits)/snapshot-5.h5 --method median --output TMP/a.h5",
      "average-stats \(digits)/snapshot-5.h5 --method moving-average --output TMP/a.h5",
      "average-stats \(digits)/snapshot-5.h5 --method moving-average --smoothing-factor 2 --output TMP/a.h5",
      "average-stats \(digits)/snapshot-5.h5 --method moving-average --smoothing-factor much --output TMP/a.h5",
      "average-stats \(digits)/snapshot-5.h5 --smoothing-factor 0.1 --output TMP/a.h5",
      "average-stats \(digits)/snapshot-5.h5 --weights 1,2 --output TMP/a.h5",
      "average-stats \(digits)/snapshot-5.h5 --weights -1 --output TMP/a.h5",
      "average-stats \(digits)/snapshot-5.h5 --weights 0 --output TMP/a.h5",
      "average-stats \(digits)/snapshot-5.h5 --weights nan --output TMP/a.h5",
      "average-stats \(digits)/snapshot-5.h5 --threads 0 --output TMP/a.h5",
      "average-stats \(digits)/snapshot-5.h5 --weights 1 --method moving-average --smoothing-factor 0.5 --output TMP/a.h5"
    ),
    Scenario(
      "average-stats-regimes", "average-stats \(digits)/snapshot-4.h5 \(digits)/snapshot-5.h5 --output TMP/a.h5",
      "average-stats \(digits)/snapshot-4.h5 \(digits)/snapshot-5.h5 --allow-prior --output TMP/a.h5",
      "inspect TMP/a.h5",
      "average-stats \(digits)/snapshot-4.h5 \(digits)/snapshot-5.h5 --allow-prior --weights 1,3 --output TMP/a.h5 --json",
      "average-stats \(digits)/snapshot-5.h5 --model \(digits)/snapshot-4.h5 --output TMP/a.h5"),
    Scenario(
      "average-stats-pairs", "extract \(digits)/snapshot-5.h5 --output TMP/pairs.h5",
      "average-stats TMP/pairs.h5 --output TMP/a.h5",
      "average-stats TMP/pairs.h5 --model \(digits)/snapshot-5.h5 --output TMP/a.h5",
      "extract \(digits)/snapshot-5.h5 --brick *_0/* --output TMP/first.h5",
      "average-stats TMP/first.h5 --model \(digits)/snapshot-5.h5 --output TMP/a.h5",
      "average-stats TMP/pairs.h5 TMP/first.h5 --weights 1,2 --model \(digits)/snapshot-5.h5 --output TMP/a.h5",
      "extract \(digits)/snapshot-5.h5 --role BATCH_NORM_POPULATION_MEAN --output TMP/means.h5",
      "average-stats TMP/means.h5 --model \(digits)/snapshot-5.h5 --output TMP/a.h5",
      "average-stats fixtures/valid/plain.h5 --output TMP/plain.h5",
      "average-stats fixtures/valid/two-update-groups.h5 --output TMP/two.h5",
      "average-stats fixtures/valid/all-operations.h5 --output TMP/none.h5"),
    Scenario(
      "diff", "diff \(digits)/snapshot-5.h5 \(digits)/snapshot-5.h5",
      "diff \(digits)/snapshot-4.h5 \(digits)/snapshot-5.h5",
      "average-stats \(digits)/snapshot-5.h5 --output TMP/averaged.h5",
      "diff \(digits)/snapshot-5.h5 TMP/averaged.h5",
      "diff \(digits)/snapshot-5.h5 TMP/averaged.h5 --ignore /provenance --ignore batchnormalization.population_*",
      "diff \(digits)/snapshot-4.h5 \(digits)/snapshot-5.h5 --tolerance 3 --ignore /updates",
      "diff fixtures/valid/steps-input.h5 fixtures/valid/steps-constant.h5",
      "diff fixtures/valid/plain.h5 fixtures/valid/mean-only.h5",
      "diff fixtures/valid/plain.h5 fixtures/valid/update-pairs.h5 --json"),
    Scenario(
      "verify", "verify \(digits)/snapshot-5.h5 fixtures/valid/plain.h5", "verify --strict fixtures/valid/stale.h5",
      "average-stats \(digits)/snapshot-5.h5 --output TMP/averaged.h5", "verify --strict TMP/averaged.h5",
      "verify fixtures/malformed/S3-stdev-negative.h5 fixtures/malformed/C1-truncated.h5 fixtures/malformed/C30-table-twice.h5",
      "verify fixtures/none.h5 fixtures/malformed/C29-flipped-bit.h5 \(digits)/test.h5 fixtures/valid/plain.h5",
      "verify --json fixtures/malformed/S13-updates-mean-nan.h5 fixtures/valid/update-pairs.h5"),
    Scenario(
      "stats", "average-stats \(digits)/snapshot-4.h5 --output TMP/four.h5",
      "average-stats \(digits)/snapshot-5.h5 --output TMP/five.h5", "stats TMP/four.h5 TMP/five.h5",
      "stats fixtures/valid/steps-input.h5 fixtures/valid/steps-constant.h5 --stationary-tolerance 2",
      "stats fixtures/valid/mean-only.h5 \(digits)/snapshot-1.h5 fixtures/valid/all-operations.h5",
      "stats --json fixtures/valid/steps-input.h5 fixtures/valid/steps-input.h5"),
  ]

  private static let averageScenarios = [
    Scenario(
      "average", "average-stats \(digits)/snapshot-5.h5 --output TMP/averaged.h5",
      "average \(digits)/snapshot-4.h5 TMP/averaged.h5 --output TMP/mean.h5", "inspect TMP/mean.h5",
      "average \(digits)/snapshot-4.h5 TMP/averaged.h5 --ema-decay 0.75 --output TMP/mean.h5 --json",
      "average TMP/averaged.h5 \(digits)/snapshot-4.h5 --weights 3,1 --statistics copy:1 --output TMP/mean.h5",
      "average \(digits)/snapshot-4.h5 \(digits)/snapshot-5.h5 --select /mlp/linear_* --output TMP/mean.h5",
      "average TMP/averaged.h5 TMP/averaged.h5 --output TMP/mean.h5", "inspect TMP/mean.h5"),
    Scenario(
      "average-refused", "average fixtures/valid/plain.h5 fixtures/valid/float64-model.h5 --output TMP/mean.h5",
      "average fixtures/valid/plain.h5 fixtures/valid/mean-only.h5 --output TMP/mean.h5",
      "average \(digits)/snapshot-4.h5 fixtures/valid/update-pairs.h5 --output TMP/mean.h5",
      "average \(digits)/snapshot-4.h5 --select *.V --output TMP/mean.h5",
      "average \(digits)/snapshot-4.h5 --select [ --output TMP/mean.h5",
      "average \(digits)/snapshot-4.h5 --weights 1,2 --output TMP/mean.h5",
      "average \(digits)/snapshot-4.h5 --weights -1 --output TMP/mean.h5",
      "average \(digits)/snapshot-4.h5 --ema-decay 1 --output TMP/mean.h5",
      "average \(digits)/snapshot-4.h5 --ema-decay 0.5 --weights 1 --output TMP/mean.h5",
      "average \(digits)/snapshot-4.h5 --statistics copy:2 --output TMP/mean.h5",
      "average \(digits)/snapshot-4.h5 --statistics best --output TMP/mean.h5"),
    Scenario(
      "repack", "repack \(digits)/snapshot-5.h5 --compress 9 --output TMP/small.h5", "inspect TMP/small.h5",
      "repack TMP/small.h5 --contiguous --output TMP/large.h5 --json",
      "repack \(digits)/snapshot-5.h5 --compress 10 --output TMP/none.h5",
      "repack \(digits)/snapshot-5.h5 --output TMP/none.h5",
      "repack fixtures/malformed/C29-flipped-bit.h5 --contiguous --output TMP/none.h5"),
    Scenario(
      "sign", "sign fixtures/valid/plain.h5 --key \(keys)/ed25519.pem --output TMP/plain.sig",
      "sign fixtures/foreign/one.safetensors --key \(keys)/ed25519.pem --output TMP/one.sig --json",
      "verify fixtures/valid/plain.h5 --signature TMP/plain.sig --key \(keys)/ed25519.pub.pem",
      "verify fixtures/foreign/one.safetensors --signature TMP/one.sig --key \(keys)/ed25519.pub.pem --json",
      "repack fixtures/valid/plain.h5 --compress 1 --output TMP/small.h5 -q",
      "verify TMP/small.h5 --signature TMP/plain.sig --key \(keys)/ed25519.pub.pem",
      "set fixtures/valid/plain.h5 /mlp/linear_0.W --value 1 --output TMP/other.h5 -q",
      "verify TMP/other.h5 --signature TMP/plain.sig --key \(keys)/ed25519.pub.pem",
      "verify fixtures/valid/plain.h5 --signature \(keys)/model-signing-p256.sig --key \(keys)/p256.pub.pem",
      "verify fixtures/valid/stale.h5 --signature \(keys)/model-signing-p256.sig --key \(keys)/p256.pub.pem",
      "verify fixtures/valid/plain.h5 --signature TMP/plain.sig --key \(keys)/p256.pub.pem",
      "verify fixtures/valid/plain.h5 --signature README.md --key \(keys)/p256.pub.pem",
      "verify fixtures/valid/plain.h5 --signature TMP/plain.sig",
      "sign fixtures/valid/plain.h5 --key \(keys)/rsa.pem --output TMP/none.sig",
      "sign fixtures/malformed/C29-flipped-bit.h5 --key \(keys)/p256.pem --output TMP/none.sig",
      "sign none.h5 --key \(keys)/p256.pem", "sign fixtures/valid/plain.h5 --key none.pem --output TMP/none.sig"),
  ]

  @Test("the recorded output", arguments: scenarios + averageScenarios)
  func prints(_ scenario: Scenario) throws {
    let session = try Session()
    for command in scenario.commands { try session.run(command) }
    try session.compare(with: scenario.name)
  }
}
