import Bricks
import Testing

@testable import Checkpoints

/// A defect planted in a clean checkpoint, and all that a verification has to find.
struct PlantedDefect: CustomTestStringConvertible, Sendable {
  let name: String
  let base: CleanCheckpoint
  let edit: @Sendable (inout RawCheckpoint) throws -> Void
  let expected: [String]

  var testDescription: String { name }

  init(
    _ name: String, _ base: CleanCheckpoint = .perceptron, _ expected: String...,
    edit: @escaping @Sendable (inout RawCheckpoint) throws -> Void
  ) {
    (self.name, self.base, self.edit, self.expected) = (name, base, edit, expected)
  }

  static let all = file + graph + values + origins + updates
}

private let norm = CleanCheckpoint.brick
private let secondNorm = "/mlp/batch_norm_activation_1/batchnormalization"
private let group: Name = "/updates\(norm)/apply"
private let stepNorm = CleanCheckpoint.stepBrick
private let stepGroup: Name = "/updates\(stepNorm)/apply"
private let bias: Name = "/parameters/mlp/linear_0/b"
private let weights: Name = "/parameters/mlp/linear_0/W"
private let mean: Name = "/statistics\(norm)/population_mean"
private let deviation: Name = "/statistics\(norm)/population_stdev"
private let others = Digest(of: "others")
private let edited = "the file was edited by another program"
private let otherParameters = "is stale: estimated with other parameters than the file's"
private let prior = "other or unknown parameters: their average is only a prior"

extension PlantedDefect {
  static let file = [
    PlantedDefect(
      "another major version", .perceptron,
      "error file /: has format version 2.0; this version reads 1.x only: read it with the program that wrote it"
    ) { $0.attributes["format_version"] = "2.0" },
    PlantedDefect(
      "another version than the table's", .perceptron,
      "error table /contents: has the kind model and version 1.0, but the root attributes say model, 1.3: \(edited)"
    ) { $0.attributes["format_version"] = "1.3" },
    PlantedDefect("an unknown kind", .perceptron, "error file /: is of the unknown kind \"soup\"") {
      $0.attributes["kind"] = "soup"
    },
    PlantedDefect(
      "entries out of order", .perceptron,
      "error table /contents: lists \(bias) after /parameters/mlp/linear_1/W, out of order"
    ) {
      let index = $0.contents.tensors.firstIndex { $0.path == bias } ?? 0
      let entry = $0.contents.tensors.remove(at: index)
      $0.contents.tensors.insert(entry, at: index + 1)
    },
    PlantedDefect(
      "a negative epsilon", .perceptron, "error table \(mean): has the epsilon -1.0; it must be finite and at least 0"
    ) {
      $0.edit(mean) { $0.statistic?.epsilon = -1 }
    },
    PlantedDefect(
      "two faults of the table", .perceptron,
      "error table \(mean): has the observation count -3; the number must be at least 0",
      "error table \(deviation): has -1 records; the number must be at least 0"
    ) {
      $0.edit(mean) { $0.statistic?.observationCounts = [-3] }
      $0.edit(deviation) { $0.statistic?.records = -1 }
    },
    PlantedDefect(
      "another digest of the parameters", .perceptron,
      "error table /contents: has the parameters_digest \(others.abbreviated), but its entries give ",
      "warning stale \(norm): \(otherParameters)", "warning stale \(secondNorm): \(otherParameters)",
      "note updates /updates: 3 of 3 minibatches were recorded with \(prior)"
    ) { $0.wrongParametersDigest = others },
    PlantedDefect(
      "a graph of another digest", .perceptron, "error document /model/graph: digest does not match its data (read "
    ) {
      $0.wrongDigests["/model/graph"] = others
    },
    PlantedDefect("a tree that is no JSON", .perceptron, "error document /model/bricks: is not valid JSON: ") {
      $0.documents["/model/bricks"] = "{\"bricks\": [}"
    },
    PlantedDefect(
      "a brick whose name no path can have", .perceptron,
      "error document /model/bricks: /mlp: the name \"lin.ear\" contains \".\", "
    ) {
      try $0.editTree { $0["children"][0]["name"] = .text("lin.ear") }
    },
    PlantedDefect(
      "a step of provenance without a name", .perceptron, "error document /provenance: step 1 names no operation"
    ) {
      try $0.edit(document: "/provenance") { $0["steps"][1]["operation"] = .null }
    },
    PlantedDefect(
      "a missing document", .perceptron,
      "error document /provenance: the document is missing or not a dataset; the file is incomplete"
    ) { $0.missing = ["/provenance"] },
    PlantedDefect(
      "a missing tensor", .perceptron,
      "error objects \(weights): is in the table of contents, but not in the file: \(edited)"
    ) {
      $0.missing = [weights]
    },
    PlantedDefect(
      "a tensor more than the table has", .perceptron,
      "error objects /parameters/mlp/stray: is in the file, but not in the table of contents: \(edited)"
    ) { $0.tensors["/parameters/mlp/stray"] = try ramp([3]) },
    PlantedDefect(
      "a tensor of another shape than the table's", .perceptron,
      "error objects \(weights): has the shape [4, 3], but the table of contents says [3, 4]: \(edited)"
    ) { $0.tensors[weights] = try $0.tensor(weights).reshaped(to: [4, 3]) },
    PlantedDefect(
      "a tensor of another type than the table's", .perceptron,
      "error objects \(bias): has the type float64, but the table of contents says float32: \(edited)"
    ) { $0.tensors[bias] = try $0.tensor(bias).converted(to: .float64) },
    PlantedDefect("a damaged parameter", .perceptron, "error digest \(bias): digest does not match its data (read ") {
      $0.tensors[bias] = try ramp([4])
      $0.wrongDigests[bias] = others
    },
    PlantedDefect(
      "three faults that do not hide each other", .perceptron,
      "error objects \(weights): is in the table of contents, but not in the file: \(edited)",
      "error digest \(bias): digest does not match its data (read ",
      "error values \(deviation): element 2 is -0.5; a standard deviation must be finite and above 0"
    ) {
      $0.missing = [weights]
      $0.wrongDigests[bias] = others
      try $0.set(deviation, [2: -0.5])
    },
  ]

  static let graph = [
    PlantedDefect(
      "a parameter that the graph lacks", .perceptron, "error graph /parameters/mlp/linear_0/c: is unknown to the graph"
    ) {
      $0.add("/parameters/mlp/linear_0/c", like: bias, try ramp([4]))
    },
    PlantedDefect(
      "a parameter that the file lacks", .perceptron,
      "error graph \(bias): is missing: the graph needs it, but the file does not have it"
    ) { $0.remove(bias) },
    PlantedDefect(
      "a parameter of another type", .perceptron, "error graph \(bias): is float64 4, but the graph needs float32 4"
    ) {
      $0.tensors[bias] = try $0.tensor(bias).converted(to: .float64)
      $0.edit(bias) { $0.type = .float64 }
    },
    PlantedDefect(
      "a parameter of another role", .perceptron,
      "error graph \(bias): has the role WEIGHT, but the graph gives it another role"
    ) {
      $0.edit(bias) { $0.role = "WEIGHT" }
    },
    PlantedDefect(
      "another ε in the graph", .perceptron,
      "error graph \(mean): has epsilon 0.0001, but its normalization in the graph has 0.5",
      "error graph \(deviation): has epsilon 0.0001, but its normalization in the graph has 0.5",
      "warning updates \(group): has ε 0.0001, but its normalization in the graph has 0.5"
    ) {
      try $0.editGraph { graph in
        graph["calls"][graph["calls"].index(of: norm.text, in: "brick")]["normalization"]["epsilon"] = .real(0.5)
      }
    },
    PlantedDefect(
      "a graph that contradicts itself", .perceptron,
      "error document /model/graph: node 0 (matrix_product): matrix_product needs (…, k) and (k, n), got "
    ) {
      try $0.editGraph { graph in
        let inputs = graph["nodes"][0]["inputs"]
        graph["nodes"][0]["inputs"] = .list([inputs[1], inputs[0]])
      }
    },
    PlantedDefect(
      "a graph in training mode", .perceptron,
      "error document /model/graph: \(norm).apply normalizes in training mode, with the statistics of each batch; "
    ) {
      try $0.editGraph { graph in
        graph["calls"][graph["calls"].index(of: norm.text, in: "brick")]["normalization"]["training_mode"] = .boolean(
          true)
      }
    },
    PlantedDefect(
      "a brick that the tree lacks", .perceptron,
      "warning bricks /mlp/linear_1: the graph calls it, but the brick tree does not have it",
      "warning bricks /parameters/mlp/linear_1/W: belongs to /mlp/linear_1, which the brick tree does not have",
      "warning bricks /parameters/mlp/linear_1/b: belongs to /mlp/linear_1, which the brick tree does not have"
    ) {
      try $0.editTree { tree in tree["children"].remove(at: tree["children"].index(of: "linear_1", in: "name")) }
    },
    PlantedDefect(
      "a brick of another type", .perceptron,
      "warning bricks /mlp/linear_1: is Bias in the brick tree, Linear in the graph"
    ) {
      try $0.editTree { tree in
        tree["children"][tree["children"].index(of: "linear_1", in: "name")]["type"] = .text("Bias")
      }
    },
    PlantedDefect(
      "parameters and statistics without influence", .perceptron,
      "warning unreachable /parameters\(secondNorm)/batch_norm_scale: no output depends on this parameter",
      "warning unreachable /parameters\(secondNorm)/batch_norm_shift: no output depends on this parameter",
      "warning unreachable /statistics\(secondNorm)/population_mean: no output depends on this statistic",
      "warning unreachable /statistics\(secondNorm)/population_stdev: no output depends on this statistic"
    ) {
      try $0.editGraph { graph in
        graph["outputs"][0]["variable"] =
          graph["calls"][graph["calls"].index(of: "/mlp/linear_1", in: "brick")]["outputs"][0]
      }
    },
  ]

  static let values = [
    PlantedDefect(
      "NaN in a parameter", .perceptron, "error values \(weights): element 7 is nan; outputs become NaN"
    ) {
      try $0.set(weights, [7: .nan])
    },
    PlantedDefect(
      "NaN and infinities in a parameter", .perceptron,
      "error values \(weights): element 3 is nan, the first of 2 such elements; outputs become NaN",
      "warning values \(weights): element 0 is -inf"
    ) { try $0.set(weights, [0: -.infinity, 3: .nan, 11: .nan]) },
    PlantedDefect("NaN in a mean", .perceptron, "error values \(mean): element 1 is nan; a mean must be finite") {
      try $0.set(mean, [1: .nan])
    },
    PlantedDefect(
      "an infinite mean", .timeSteps,
      "error values /statistics\(stepNorm)/population_mean: element 11 is inf; a mean must be finite"
    ) {
      try $0.set("/statistics\(stepNorm)/population_mean", [11: .infinity])
    },
    PlantedDefect(
      "NaN in a standard deviation", .perceptron,
      "error values \(deviation): element 0 is nan; a standard deviation must be finite and above 0"
    ) {
      try $0.set(deviation, [0: .nan])
    },
    PlantedDefect(
      "an infinite standard deviation", .perceptron,
      "error values \(deviation): element 3 is inf; a standard deviation must be finite and above 0"
    ) { try $0.set(deviation, [3: .infinity]) },
    PlantedDefect(
      "standard deviations of zero", .perceptron,
      "error values \(deviation): element 1 is 0.0, the first of 3 such elements; a standard deviation must be finite and above 0"
    ) { try $0.set(deviation, [1: 0, 2: -0.0, 3: 0]) },
    PlantedDefect(
      "a standard deviation without ε inside", .perceptron,
      "warning values \(deviation): element 2 is 0.0078125, below sqrt(ε) = 0.01: the stored deviation does not include ε, or it includes a different ε"
    ) { try $0.set(deviation, [2: 0x1p-7]) },
    PlantedDefect(
      "NaN in another saved tensor", .perceptron, "error graph /persistent/mlp/linear_0/n: is unknown to the graph",
      "note values /persistent/mlp/linear_0/n: element 1 is nan"
    ) {
      $0.add("/persistent/mlp/linear_0/n", like: bias, try Tensor([1, Float.nan], shape: [2]))
      $0.edit("/persistent/mlp/linear_0/n") { $0.role = "PERSISTENT" }
    },
  ]
}

/// Changes the origins of the mean and the standard deviation of a normalization.
@Sendable private func origin(
  _ brick: Name, _ body: @escaping @Sendable (inout Contents.Statistic) -> Void
) -> @Sendable (inout RawCheckpoint) throws -> Void {
  { raw in
    for name in ["mean", "stdev"] {
      raw.edit("/statistics\(brick)/population_\(name)") { entry in
        guard var statistic = entry.statistic else { return }
        body(&statistic)
        entry.statistic = statistic
      }
    }
  }
}

extension PlantedDefect {
  private static let never = "warning never_estimated \(norm): was never estimated: inference would use initial values"

  static let origins = [
    PlantedDefect(
      "a statistic that was never estimated", .perceptron, never,
      edit: origin(norm) {
        ($0.observationCounts, $0.estimator, $0.records, $0.parametersDigest) = ([0], "none", 0, nil)
      }),
    PlantedDefect(
      "an estimator of nothing", .perceptron,
      "error origin \(norm): was never estimated, but names the estimator \"pooled\"", never,
      edit: origin(norm) { ($0.observationCounts, $0.records, $0.parametersDigest) = ([0], 0, nil) }),
    PlantedDefect(
      "records of nothing", .perceptron, "error origin \(norm): was never estimated, but claims 5 records", never,
      edit: origin(norm) { ($0.observationCounts, $0.estimator, $0.parametersDigest) = ([0], "none", nil) }),
    PlantedDefect(
      "parameters of nothing", .perceptron,
      "error origin \(norm): was never estimated, but names parameters that it was estimated with", never,
      edit: origin(norm) { ($0.observationCounts, $0.estimator, $0.records) = ([0], "none", 0) }),
    PlantedDefect(
      "observations without an estimator", .perceptron,
      "error origin \(norm): has 640 observations, but no estimator",
      edit: origin(norm) { $0.estimator = "none" }),
    PlantedDefect(
      "other parameters", .perceptron, "warning stale \(norm): \(otherParameters)",
      edit: origin(norm) { $0.parametersDigest = others }),
    PlantedDefect(
      "unknown parameters", .perceptron, "warning stale \(norm): is stale: estimated with unknown or mixed parameters",
      edit: origin(norm) { $0.parametersDigest = nil }),
    PlantedDefect(
      "a mean and a standard deviation of different observations", .perceptron,
      "warning origin \(norm): its mean and standard deviation come from different observations or parameters; estimate both again"
    ) { $0.edit(mean) { $0.statistic?.observationCounts = [12] } },
    PlantedDefect(
      "a variance of one value", .perceptron,
      "warning origin \(norm): has a single observation, so its variance is 0",
      edit: origin(norm) { $0.observationCounts = [1] }),
    PlantedDefect(
      "a variance of one value at a step", .timeSteps,
      "warning origin \(stepNorm): has a single observation at time step 2, so its variance is 0",
      edit: origin(stepNorm) { $0.observationCounts[2] = 1 }),
    PlantedDefect(
      "steps that were never observed", .timeSteps,
      "note origin \(stepNorm): was never observed at 2 of 3 time steps, the first of them step 1",
      edit: origin(stepNorm) { $0.observationCounts = [640, 0, 0] }),
  ]

  static let updates = [
    PlantedDefect(
      "NaN in a record", .perceptron,
      "error updates \(group)/minibatch_mean: element 5, of the minibatch \"train.h5:images[1]\", is nan; a mean must be finite"
    ) { try $0.set("\(group)/minibatch_mean", [5: .nan]) },
    PlantedDefect(
      "negative standard deviations in records", .perceptron,
      "error updates \(group)/minibatch_stdev: element 2, of the minibatch \"train.h5:images[0]\", is -1.0, the first of 2 such elements; a standard deviation must be finite and at least 0"
    ) { try $0.set("\(group)/minibatch_stdev", [2: -1, 11: -2]) },
    PlantedDefect(
      "a standard deviation without ε in a record", .timeSteps,
      "warning updates \(stepGroup)/minibatch_stdev: element 15, of the minibatch \"train.h5:images[1]\", is 0.015625, below sqrt(ε) = 0.03162277660168379: the stored deviation does not include ε, or it includes a different ε"
    ) { try $0.set("\(stepGroup)/minibatch_stdev", [15: 0x1p-6]) },
    PlantedDefect(
      "a negative count", .perceptron,
      "error updates \(group)/counts: element 1 is -4; a count must be at least 0"
    ) { try $0.set("\(group)/counts", [1: -4]) },
    PlantedDefect(
      "a record of no observation", .perceptron,
      "note updates \(group): the record of the minibatch \"train.h5:images[2]\" has no observations"
    ) { try $0.set("\(group)/counts", [2: 0]) },
    PlantedDefect(
      "a minibatch without records", .perceptron,
      "note updates /updates: no record belongs to the minibatch \"train.h5:images[2]\""
    ) {
      let batch = $0.contents.updates?.batches[2]
      try $0.keepRows([0, 1], of: group)
      if let batch { $0.editUpdates { $0.batches.append(batch) } }
    },
    PlantedDefect(
      "minibatches of other parameters", .perceptron,
      "note updates /updates: 2 of 3 minibatches were recorded with \(prior)"
    ) { $0.editUpdates { ($0.batches[0].parametersDigest, $0.batches[2].parametersDigest) = (others, nil) } },
    PlantedDefect(
      "records of no normalization", .perceptron,
      "warning updates /updates/mlp/linear_0/apply: no normalization of the graph belongs to /mlp/linear_0"
    ) {
      for name in ["minibatch_mean", "minibatch_stdev", "counts"] {
        $0.add(
          "/updates/mlp/linear_0/apply/\(name)", like: "\(group)/\(name)", try $0.tensor("\(group)/\(name)"),
          brick: "/mlp/linear_0")
        $0.remove("\(group)/\(name)")
      }
      $0.editUpdates { ($0.groups[0].path, $0.groups[0].brick) = ("/updates/mlp/linear_0/apply", "/mlp/linear_0") }
    },
    PlantedDefect(
      "another ε of records", .perceptron,
      "warning updates \(group): has ε 0.0025, but its normalization in the graph has 0.0001"
    ) { $0.editUpdates { $0.groups[0].epsilon = 0.0025 } },
    PlantedDefect(
      "records of another shape", .perceptron,
      "warning updates \(group): has the example shape 2×2, but its normalization in the graph has 4"
    ) {
      for name in ["minibatch_mean", "minibatch_stdev"] {
        let path: Name = "\(group)/\(name)"
        $0.tensors[path] = try $0.tensor(path).reshaped(to: [3, 2, 2])
        $0.edit(path) { ($0.shape, $0.axes) = ([3, 2, 2], ["batch", "channel", "height"]) }
      }
    },
    PlantedDefect(
      "more steps than the model has", .timeSteps,
      "warning updates \(stepGroup): has 6 time steps, but its normalization in the graph has 3",
      "warning updates \(stepGroup): has the example shape 2, but its normalization in the graph has 4"
    ) {
      for name in ["minibatch_mean", "minibatch_stdev"] {
        let path: Name = "\(stepGroup)/\(name)"
        $0.tensors[path] = try $0.tensor(path).reshaped(to: [2, 6, 2])
        $0.edit(path) { $0.shape = [2, 6, 2] }
      }
      $0.tensors["\(stepGroup)/counts"] = try Tensor([1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0] as [Int64], shape: [2, 6])
      $0.edit("\(stepGroup)/counts") { $0.shape = [2, 6] }
    },
    PlantedDefect(
      "records per step of a normalization that is not", .perceptron,
      "warning updates \(group): has the example shape scalar, but its normalization in the graph has 4",
      "warning updates \(group): is per time step, but its normalization in the graph is not"
    ) {
      $0.editUpdates { $0.groups[0].timeSteps = true }
      $0.tensors["\(group)/counts"] = try Tensor([Int64](repeating: 1, count: 12), shape: [3, 4])
      $0.edit("\(group)/counts") { ($0.shape, $0.axes) = ([3, 4], ["batch", "time"]) }
      for name in ["minibatch_mean", "minibatch_stdev"] { $0.edit("\(group)/\(name)") { $0.axes = ["batch", "time"] } }
    },
    PlantedDefect(
      "applications of one brick that disagree", .perceptron,
      "error updates \(group)#1: differs from \(group) in shape, time steps, ε or statistics; all records of one brick must agree in these",
      "warning updates \(group)#1: has ε 0.0025, but its normalization in the graph has 0.0001"
    ) {
      for name in ["minibatch_mean", "minibatch_stdev", "counts"] {
        $0.add("\(group)#1/\(name)", like: "\(group)/\(name)", try $0.tensor("\(group)/\(name)"))
      }
      $0.editUpdates { updates in
        var other = updates.groups[0]
        (other.path, other.application, other.epsilon) = ("\(group)#1", "apply#1", 0.0025)
        updates.groups.append(other)
      }
    },
    PlantedDefect(
      "damaged records", .perceptron, "error digest \(group)/minibatch_mean: digest does not match its data (read "
    ) {
      $0.wrongDigests["\(group)/minibatch_mean"] = others
    },
    PlantedDefect(
      "records without counts", .perceptron,
      "error table \(group): has no counts, or has neither minibatch_mean nor minibatch_stdev"
    ) {
      $0.remove("\(group)/counts")
    },
    PlantedDefect(
      "datasets of no group", .perceptron, "error table \(group)/counts: does not belong to a group of update pairs",
      "error table \(group)/minibatch_mean: does not belong to a group of update pairs",
      "error table \(group)/minibatch_stdev: does not belong to a group of update pairs"
    ) {
      $0.contents.updates = nil
    },
  ]
}
