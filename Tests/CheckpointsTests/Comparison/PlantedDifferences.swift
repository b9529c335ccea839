import Bricks
import Testing

@testable import Checkpoints

/// A difference planted in a copy of a clean checkpoint, and all that a comparison has to find.
struct PlantedDifference: CustomTestStringConvertible, Sendable {
  let name: String
  let base: CleanCheckpoint
  /// The change of both files.
  let before: @Sendable (inout RawCheckpoint) throws -> Void
  /// The change of the first file.
  let first: @Sendable (inout RawCheckpoint) throws -> Void
  /// The change of the second file.
  let edit: @Sendable (inout RawCheckpoint) throws -> Void
  let expected: [String]

  var testDescription: String { name }

  init(
    _ name: String, _ base: CleanCheckpoint = .perceptron, _ expected: String...,
    before: @escaping @Sendable (inout RawCheckpoint) throws -> Void = { _ in },
    first: @escaping @Sendable (inout RawCheckpoint) throws -> Void = { _ in },
    edit: @escaping @Sendable (inout RawCheckpoint) throws -> Void
  ) {
    (self.name, self.base, self.expected) = (name, base, expected)
    (self.before, self.first, self.edit) = (before, first, edit)
  }

  static let all = bricks + graph + tensors + values + statistics + updates
}

private let norm = CleanCheckpoint.brick
private let group: Name = "/updates\(norm)/apply"
private let stepNorm = CleanCheckpoint.stepBrick
private let stepGroup: Name = "/updates\(stepNorm)/apply"
private let bias: Name = "/parameters/mlp/linear_0/b"
private let weights: Name = "/parameters/mlp/linear_0/W"
private let mean: Name = "/statistics\(norm)/population_mean"
private let deviation: Name = "/statistics\(norm)/population_stdev"

extension PlantedDifference {
  static let bricks = [
    PlantedDifference("a brick less", .perceptron, "brick removed /mlp/linear_1: Linear") {
      try $0.editTree { tree in tree["children"].remove(at: tree["children"].index(of: "linear_1", in: "name")) }
    },
    PlantedDifference("a brick more", .perceptron, "brick added /mlp/extra: Tanh") {
      try $0.editTree { $0["children"].append(BrickNode(type: "Tanh", name: "extra").json) }
    },
    PlantedDifference("another type of brick", .perceptron, "brick changed /mlp/linear_0: type Linear → Bias") {
      try $0.editTree { $0["children"][0]["type"] = .text("Bias") }
    },
    PlantedDifference(
      "another setting of a brick", .perceptron, "brick changed /mlp/linear_0: configuration: rank 2 → 3",
      before: { try $0.editTree { $0["children"][0]["configuration"]["rank"] = .integer(2) } },
      edit: { try $0.editTree { $0["children"][0]["configuration"]["rank"] = .integer(3) } }),
    PlantedDifference(
      "a setting more", .perceptron, "brick changed /mlp/linear_0: configuration: bias true added"
    ) { try $0.editTree { $0["children"][0]["configuration"]["bias"] = .boolean(true) } },
    PlantedDifference(
      "a setting less", .perceptron, #"brick changed /mlp/linear_0: configuration: mode ["a"] removed"#,
      before: { try $0.editTree { $0["children"][0]["configuration"]["mode"] = .list([.text("a")]) } },
      edit: { try $0.editTree { $0["children"][0]["configuration"]["mode"] = .null } }),
    PlantedDifference("bricks in another order", .perceptron, "brick changed /mlp: its children are in another order") {
      try $0.editTree { tree in
        let first = tree["children"].remove(at: 0)
        tree["children"].append(first)
      }
    },
  ]

  static let graph = [
    PlantedDifference(
      "another name of the input", .perceptron, #"graph removed /model/graph: input "features", float32 batch×3"#,
      #"graph added /model/graph: input "images", float32 batch×3"#,
      #"graph changed /mlp/linear_0: operand 1 of operation 1, matrix_product: input "features" → input "images""#,
      #"graph changed /mlp: input of call apply: input "features" → input "images""#,
      #"graph changed /mlp/linear_0: input of call apply: input "features" → input "images""#
    ) {
      try $0.editGraph { graph in
        graph["inputs"][0]["name"] = .text("images")
        let index = graph["variables"].index(of: "features", in: "name")
        graph["variables"][index]["source"] = ["input": .text("images")]
      }
    },
    PlantedDifference(
      "another name of the output", .perceptron, #"graph removed /model/graph: output "logits", float32 batch×2"#,
      #"graph added /model/graph: output "scores", float32 batch×2"#
    ) { try $0.editGraph { $0["outputs"][0]["name"] = .text("scores") } },
    PlantedDifference("a call less", .perceptron, "graph removed /mlp/linear_1: call apply") {
      try $0.editGraph { graph in
        let index = graph["calls"].index(of: "/mlp/linear_1", in: "brick")
        // Variables name the calls after it by number.
        for variable in 0..<((try? graph["variables"].elements().count) ?? 0) {
          guard case .integer(let call) = graph["variables"][variable]["call"], call >= index else { continue }
          graph["variables"][variable]["call"] = call == index ? .null : .integer(call - 1)
        }
        graph["calls"].remove(at: index)
      }
    },
    PlantedDifference(
      "another application", .perceptron, "graph removed /mlp/linear_1: call apply",
      "graph added /mlp/linear_1: call transform"
    ) {
      try $0.editGraph { graph in
        graph["calls"][graph["calls"].index(of: "/mlp/linear_1", in: "brick")]["application"] = .text("transform")
      }
    },
    PlantedDifference(
      "metadata of a call", .perceptron, "graph changed /mlp/linear_1: call apply: metadata: heads 4 added"
    ) {
      try $0.editGraph { graph in
        graph["calls"][graph["calls"].index(of: "/mlp/linear_1", in: "brick")]["metadata"] = ["heads": .integer(4)]
      }
    },
    PlantedDifference(
      "another ε of a normalization", .perceptron,
      "graph changed \(norm): call apply: normalization: epsilon 0.0001 → 0.5"
    ) {
      try $0.editGraph { graph in
        graph["calls"][graph["calls"].index(of: norm.text, in: "brick")]["normalization"]["epsilon"] = .real(0.5)
      }
    },
    PlantedDifference(
      "a call that no longer normalizes", .perceptron, "graph changed \(norm): call apply: no longer normalizes"
    ) {
      try $0.editGraph { graph in
        graph["calls"][graph["calls"].index(of: norm.text, in: "brick")]["normalization"] = .null
      }
    },
    PlantedDifference(
      "another policy past the last step", .timeSteps,
      "graph changed \(stepNorm): operation 1, take_step: past_end \"clamp_to_last\" → \"strict\"",
      "graph changed \(stepNorm): operation 3, take_step: past_end \"clamp_to_last\" → \"strict\""
    ) {
      try $0.editGraph { graph in
        for ordinal in 0..<2 {
          let node = graph["nodes"].index(of: "take_step", in: "operation", ordinal: ordinal)
          graph["nodes"][node]["attributes"]["past_end"] = .text("strict")
        }
      }
    },
    PlantedDifference(
      "another operation", .perceptron,
      "graph changed /mlp/batch_norm_activation_0/tanh: operation 1: hyperbolic_tangent → rectify"
    ) {
      try $0.editGraph { graph in
        graph["nodes"][graph["nodes"].index(of: "hyperbolic_tangent", in: "operation")]["operation"] = .text("rectify")
      }
    },
    PlantedDifference(
      "operands the other way round", .perceptron,
      "graph changed \(norm): operand 1 of operation 6, multiply: result 4 → result 5",
      "graph changed \(norm): operand 2 of operation 6, multiply: result 5 → result 4"
    ) {
      try $0.editGraph { graph in
        let node = graph["nodes"].index(of: "multiply", in: "operation")
        let inputs = graph["nodes"][node]["inputs"]
        graph["nodes"][node]["inputs"] = .list([inputs[1], inputs[0]])
      }
    },
    PlantedDifference(
      "another role of a result", .perceptron,
      "graph changed /mlp/batch_norm_activation_0/tanh: result of operation 1, hyperbolic_tangent: roles INPUT, OUTPUT → AUXILIARY, INPUT, OUTPUT"
    ) {
      try $0.editGraph { graph in
        let node = graph["nodes"].index(of: "hyperbolic_tangent", in: "operation")
        guard case .integer(let result) = graph["nodes"][node]["outputs"][0] else { return }
        graph["variables"][result]["roles"].append(.text("AUXILIARY"))
      }
    },
    PlantedDifference(
      "another output", .perceptron,
      #"graph changed /model/graph: output "logits": result 8 of /mlp/batch_norm_activation_1/batchnormalization → result 2 of /mlp/linear_1"#
    ) {
      try $0.editGraph { graph in
        let call = graph["calls"].index(of: "/mlp/linear_1", in: "brick")
        graph["outputs"][0]["variable"] = graph["calls"][call]["outputs"][0]
      }
    },
    PlantedDifference("how it came to be", .perceptron, "provenance changed /provenance: the steps that made the file")
    {
      try $0.edit(document: "/provenance") { $0["steps"][0]["operation"] = .text("merge") }
    },
  ]

  static let tensors = [
    PlantedDifference("a parameter less", .perceptron, "tensor removed /mlp/linear_0.b: float32 4, BIAS") {
      $0.remove(bias)
    },
    PlantedDifference("a parameter more", .perceptron, "tensor added /mlp/linear_0.c: float32 2, BIAS") {
      $0.add("/parameters/mlp/linear_0/c", like: bias, try ramp([2]))
    },
    PlantedDifference("another shape", .perceptron, "tensor changed /mlp/linear_0.W: shape 3×4 → 4×3") {
      $0.tensors[weights] = try $0.tensor(weights).reshaped(to: [4, 3])
      $0.edit(weights) { $0.shape = [4, 3] }
    },
    PlantedDifference(
      "another type with the same values", .perceptron, "tensor changed /mlp/linear_0.W: type float32 → float64"
    ) {
      $0.tensors[weights] = try $0.tensor(weights).converted(to: .float64)
      $0.edit(weights) { $0.type = .float64 }
    },
    PlantedDifference("another role", .perceptron, "tensor changed /mlp/linear_0.W: role WEIGHT → FILTER") {
      $0.edit(weights) { $0.role = "FILTER" }
    },
    PlantedDifference("other axes", .perceptron, "tensor changed /mlp/linear_0.W: axes input, output → from, to") {
      $0.edit(weights) { $0.axes = ["from", "to"] }
    },
    PlantedDifference(
      "flags of broadcasting", .perceptron, "tensor changed /mlp/linear_0.W: broadcastable none → false, false"
    ) {
      $0.edit(weights) { $0.broadcastable = [false, false] }
    },
    PlantedDifference(
      "a parameter that is none any longer", .perceptron, "tensor removed /mlp/linear_0.b: float32 4, BIAS",
      "tensor added /mlp/linear_0.b: float32 4, PERSISTENT"
    ) {
      let tensor = try $0.tensor(bias)
      $0.add("/persistent/mlp/linear_0/b", like: bias, tensor)
      $0.remove(bias)
      $0.edit("/persistent/mlp/linear_0/b") { $0.role = "PERSISTENT" }
    },
  ]

  static let values = [
    PlantedDifference("one element", .perceptron, "values /mlp/linear_0.b: 1 of 4, max 0.5 at 1, 2 of scale") {
      try $0.set(bias, [1: 0.5])
    },
    PlantedDifference("one bit", .perceptron, "values /mlp/linear_0.W: 1 of 12, max 5.96e-08 at 5, 5.78e-08 of scale") {
      try $0.set(weights, [5: Double(Float(0.875).nextUp)])
    },
    PlantedDifference("the sign of a zero", .perceptron, "values /mlp/linear_0.b: 1 of 4, max 0 at 0, 0 of scale") {
      try $0.set(bias, [0: -0.0])
    },
    PlantedDifference(
      "NaN for a number", .perceptron, "values /mlp/linear_0.b: 2 of 4, max 0.25 at 0, 1.73 of scale, 1 not finite at 2"
    ) {
      try $0.set(bias, [0: 0.25, 2: .nan])
    },
    PlantedDifference(
      "infinities of different signs", .perceptron,
      "values /mlp/linear_0.b: 1 of 4, max 0 at 0, 0 of scale, 1 not finite at 3",
      before: { try $0.set(bias, [3: .infinity]) }, edit: { try $0.set(bias, [3: -.infinity]) }),
    PlantedDifference(
      "a number for NaN beside NaN for NaN", .perceptron,
      "values /mlp/linear_0.b: 1 of 4, max 0 at 0, 0 of scale, 1 not finite at 1",
      before: { try $0.set(bias, [0: .nan, 1: .nan]) }, edit: { try $0.set(bias, [1: 0]) }),
    PlantedDifference(
      "two layers", .perceptron, "values /mlp/linear_0.b: 4 of 4, max 1 at 0, 1 of scale",
      "values /mlp/linear_1.b: 1 of 2, max 3 at 1, 1.41 of scale"
    ) {
      try $0.set(bias, [0: 1, 1: 1, 2: -1, 3: 1])
      try $0.set("/parameters/mlp/linear_1/b", [1: 3])
    },
    PlantedDifference(
      "an integer beyond the precision of doubles", .perceptron,
      "values /mlp/linear_0.n: 1 of 2, max 1 at 0, 1.53e-19 of scale",
      before: {
        $0.add("/persistent/mlp/linear_0/n", like: bias, try Tensor([Int64.max - 1, 7], shape: [2]))
        $0.edit("/persistent/mlp/linear_0/n") { $0.role = "PERSISTENT" }
      }, edit: { $0.tensors["/persistent/mlp/linear_0/n"] = try Tensor([Int64.max, 7], shape: [2]) }),
  ]
}

extension PlantedDifference {
  static let statistics = [
    PlantedDifference("a mean", .perceptron, "statistics \(norm): |Δμ|/σ 2 at 2, log 0 at 0, KL 2 at 2") {
      try $0.set(mean, [2: 0.36])
    },
    // log 2 + 1/8 − 1/2 of a σ twice as large.
    PlantedDifference(
      "a standard deviation", .perceptron, "statistics \(norm): |Δμ|/σ 0 at 0, log 0.693 at 1, KL 0.318 at 1"
    ) {
      try $0.set(deviation, [1: 0.22])
    },
    PlantedDifference(
      "a standard deviation that is none", .perceptron,
      "statistics \(norm): |Δμ|/σ 0 at 0, log 0 at 0, KL 0 at 0, 1 invalid"
    ) { try $0.set(deviation, [3: .nan]) },
    PlantedDifference(
      "at one time step", .timeSteps,
      "statistics \(stepNorm): |Δμ|/σ 3 at 1 of step 1, log 0 at 0 of step 0, KL 4.5 at 1 of step 1, worst step 1"
    ) { try $0.set("/statistics\(stepNorm)/population_mean", [5: 0.6]) },
    PlantedDifference("counts", .perceptron, "statistics \(norm): counts 640 → 641") {
      for path in [mean, deviation] { $0.edit(path) { $0.statistic?.observationCounts = [641] } }
    },
    PlantedDifference(
      "counts of one step", .timeSteps, "statistics \(stepNorm): counts of 1 of 3 steps, first at step 2: 640 → 0"
    ) {
      for name in ["mean", "stdev"] {
        $0.edit("/statistics\(stepNorm)/population_\(name)") { $0.statistic?.observationCounts[2] = 0 }
      }
    },
    PlantedDifference("the counts of the mean alone", .perceptron, "statistics \(norm): mean: counts 640 → 1") {
      $0.edit(mean) { $0.statistic?.observationCounts = [1] }
    },
    PlantedDifference(
      "the estimator and records", .perceptron,
      "statistics \(norm): estimator pooled → mean-of-variances; records 5 → 6"
    ) {
      for path in [mean, deviation] {
        $0.edit(path) {
          $0.statistic?.estimator = "mean-of-variances"
          $0.statistic?.records = 6
        }
      }
    },
    PlantedDifference(
      "unknown parameters", .perceptron, "statistics \(norm): estimated with the file's parameters → unknown parameters"
    ) {
      for path in [mean, deviation] { $0.edit(path) { $0.statistic?.parametersDigest = nil } }
    },
    PlantedDifference(
      "other parameters", .perceptron,
      "statistics \(norm): estimated with the file's parameters → other parameters (\(Digest(of: "others").abbreviated))"
    ) { for path in [mean, deviation] { $0.edit(path) { $0.statistic?.parametersDigest = Digest(of: "others") } } },
    PlantedDifference("ε of the statistics", .perceptron, "statistics \(norm): ε 0.0001 → 0.001") {
      for path in [mean, deviation] { $0.edit(path) { $0.statistic?.epsilon = 1e-3 } }
    },
  ]

  static let updates = [
    PlantedDifference("a record less", .perceptron, "updates \(norm).apply: 2 same, - train.h5:images[2]") {
      try $0.keepRows([0, 1], of: group)
    },
    PlantedDifference(
      "a record more", .perceptron, "updates \(norm).apply: 2 same, + train.h5:images[1]",
      first: { try $0.keepRows([0, 2], of: group) }, edit: { _ in }),
    PlantedDifference(
      "another minibatch", .perceptron, "updates \(norm).apply: 2 same, + test.h5:images[1], - train.h5:images[1]"
    ) { $0.editUpdates { $0.batches[1].batch = "test.h5:images[1]" } },
    PlantedDifference(
      "a record of other parameters", .perceptron,
      "updates \(norm).apply: 2 same, + train.h5:images[1], - train.h5:images[1]"
    ) { $0.editUpdates { $0.batches[1].parametersDigest = Digest(of: "others") } },
    PlantedDifference(
      "a value of a record", .perceptron,
      "updates \(norm).apply: 2 same, ~ train.h5:images[1]: minibatch_mean: greatest |Δ| 0.75"
    ) { try $0.set("\(group)/minibatch_mean", [5: -2.25]) },
    PlantedDifference(
      "both values and the count of a record", .perceptron,
      "updates \(norm).apply: 2 same, ~ train.h5:images[2]: count 3 → 5; minibatch_mean: greatest |Δ| 1.0; minibatch_stdev: greatest |Δ| 2.0"
    ) {
      try $0.set("\(group)/minibatch_mean", [8: -2.5])
      try $0.set("\(group)/minibatch_stdev", [11: 7.5])
      try $0.set("\(group)/counts", [2: 5])
    },
    PlantedDifference(
      "a record that is not finite", .perceptron,
      "updates \(norm).apply: 2 same, ~ train.h5:images[0]: minibatch_mean: differing elements that are not finite: 1"
    ) { try $0.set("\(group)/minibatch_mean", [0: .nan]) },
    PlantedDifference(
      "the order of recording", .perceptron, "updates \(norm).apply: 2 same, ~ train.h5:images[2]: sequence 2 → 7"
    ) { $0.editUpdates { $0.batches[2].sequence = 7 } },
    PlantedDifference(
      "a count at a step", .timeSteps, "updates \(stepNorm).apply: 1 same, ~ train.h5:images[0]: count at step 2 2 → 1"
    ) { try $0.set("\(stepGroup)/counts", [2: 1]) },
    PlantedDifference("ε of update pairs", .perceptron, "updates changed \(norm).apply: ε 0.0001 → 0.5") {
      $0.editUpdates { $0.groups[0].epsilon = 0.5 }
    },
    PlantedDifference("no standard deviations", .perceptron, "updates changed \(norm).apply: minibatch_stdev removed") {
      $0.remove("\(group)/minibatch_stdev")
    },
    PlantedDifference(
      "rounded update pairs", .perceptron, "updates changed \(norm).apply: minibatch_mean: type float64 → float32",
      "updates changed \(norm).apply: minibatch_stdev: type float64 → float32"
    ) {
      for path in ["\(group)/minibatch_mean", "\(group)/minibatch_stdev"] as [Name] {
        $0.tensors[path] = try $0.tensor(path).converted(to: .float32)
        $0.edit(path) { $0.type = .float32 }
      }
    },
    PlantedDifference("no update pairs", .perceptron, "updates removed \(norm).apply: 3 records") {
      $0.remove("\(group)/minibatch_mean", "\(group)/minibatch_stdev", "\(group)/counts")
      $0.contents.updates = nil
    },
    PlantedDifference(
      "another application's update pairs", .perceptron, "updates removed \(norm).apply: 3 records",
      "updates added \(norm).apply#1: 3 records"
    ) {
      for name in ["minibatch_mean", "minibatch_stdev", "counts"] {
        $0.add("\(group)#1/\(name)", like: "\(group)/\(name)", try $0.tensor("\(group)/\(name)"))
        $0.remove("\(group)/\(name)")
      }
      $0.editUpdates { ($0.groups[0].path, $0.groups[0].application) = ("\(group)#1", "apply#1") }
    },
    PlantedDifference(
      "another shape of update pairs", .perceptron, "updates changed \(norm).apply: example shape 4 → 2×2"
    ) {
      for name in ["minibatch_mean", "minibatch_stdev"] {
        let path: Name = "\(group)/\(name)"
        $0.tensors[path] = try $0.tensor(path).reshaped(to: [3, 2, 2])
        $0.edit(path) { ($0.shape, $0.axes) = ([3, 2, 2], ["batch", "channel", "height"]) }
      }
    },
  ]
}
