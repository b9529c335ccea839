import ComputationGraphs
import JSON
import Testing

/// One damaged document for every check of a graph that comes from a file.
@Suite struct GraphValidationTests {
  struct Damage: Sendable, CustomTestStringConvertible {
    let name: String
    let code: GraphError.Code
    let message: String
    let apply: @Sendable (inout JSONValue) -> Void
    var testDescription: String { name }

    init(
      _ name: String, _ code: GraphError.Code = .malformed, _ message: String,
      _ apply: @escaping @Sendable (inout JSONValue) -> Void
    ) {
      (self.name, self.code, self.message, self.apply) = (name, code, message, apply)
    }
  }

  // The sample's variables: 0 x, 1 W, 2 mean, 3 stdev, 4 product, 5 offset, 6 divisor, 7 difference, 8 y.
  static let damages: [Damage] = [
    Damage("operand beyond the end", "the operand of node 0 (matrix_product) is 99, but there are 9") {
      $0["nodes"]?[0]?["inputs"]?[0] = .integer(99)
    },
    Damage("negative operand", "the operand of node 0 (matrix_product) is -1") {
      $0["nodes"]?[0]?["inputs"]?[0] = .integer(-1)
    },
    Damage("operand before its node", "node 0 (matrix_product) uses variable 8 before it is computed") {
      $0["nodes"]?[0]?["inputs"]?[0] = .integer(8)
    },
    Damage("result beyond the end", "the result of node 0 (matrix_product) is 9, but there are 9") {
      $0["nodes"]?[0]?["outputs"]?[0] = .integer(9)
    },
    Damage("result computed twice", "computes variable 4 a second time") {
      $0["nodes"]?[1]?["outputs"]?[0] = .integer(4)
    },
    Damage("leaf computed", "computes variable 0 a second time") { $0["nodes"]?[0]?["outputs"]?[0] = .integer(0) },
    Damage("no result", "has 0 results, not 1") {
      $0["nodes"]?[4]?["outputs"] = .list([])
    },
    Damage("orphan", "variable 8 has no source and no node computes it") { $0["nodes"]?[4] = nil },
    Damage("operands of the wrong number", "node 4 (divide): divide takes 2 operands, not 1") {
      $0["nodes"]?[4]?["inputs"] = .list([.integer(7)])
    },
    Damage("operands that do not fit", .shapeMismatch, "node 0 (matrix_product): matrix_product needs") {
      $0["variables"]?[1]?["shape"] = .list([.integer(5), .integer(3)])
    },
    Damage("another result type", .shapeMismatch, "yields float64 batch×3, but the graph says float64 batch×4") {
      $0["variables"]?[8]?["shape"]?[1] = .integer(4)
    },
    Damage("two inputs of one name", "two inputs have the same name") {
      $0["inputs"] = .list([$0["inputs"]?[0] ?? .null, $0["inputs"]?[0] ?? .null])
    },
    Damage("two outputs of one name", "two outputs have the same name") {
      $0["outputs"] = .list([$0["outputs"]?[0] ?? .null, $0["outputs"]?[0] ?? .null])
    },
    Damage("port beyond the end", "the variable of output \"y\" is 9, but there are 9") {
      $0["outputs"]?[0]?["variable"] = .integer(9)
    },
    Damage("input that is no input", "input \"x\" names variable 4, which is not fed by that name") {
      $0["inputs"]?[0]?["variable"] = .integer(4)
    },
    Damage("input fed by another name", "input \"x\" names variable 0, which is not fed by that name") {
      $0["variables"]?[0]?["source"]?["input"] = .text("z")
    },
    Damage("fed variable without an input", "variable 0 is fed by \"x\", which is not an input") {
      $0["inputs"] = .list([])
    },
    Damage("one tensor in two variables", "two variables are read from /statistics/net/norm/population_mean") {
      $0["variables"]?[3]?["source"]?["tensor"] = .text("/statistics/net/norm/population_mean")
    },
    Damage("tensor of another collection", "read from /parameters/net/V, but its roles") {
      $0["variables"]?[2]?["source"]?["tensor"] = .text("/parameters/net/V")
      $0["calls"]?[1]?["normalization"] = nil
    },
    Damage("tensor of an open shape", "or its open shape do not fit") {
      $0["variables"]?[1]?["shape"]?[0] = .integer(2)
      $0["variables"]?[1]?["shape"]?[1] = .text("open")
      $0["nodes"] = .list([])
      for index in [8, 7, 6, 5, 4] { $0["variables"]?[index] = nil }
      $0["outputs"] = .list([])
      $0["calls"] = .list([])
    },
    Damage("tensor path", .invalidName, "\"/weights/net/W\" is not a tensor path") {
      $0["variables"]?[1]?["source"]?["tensor"] = .text("/weights/net/W")
    },
    Damage("constant that is no scalar", "variable 1 is a constant, but not a scalar") {
      $0["variables"]?[1]?["source"] = .object(["constant": .integer(1)])
    },
    Damage("constant that is no number", "variables[1]: source: constant: a value is text, not a number") {
      $0["variables"]?[1]?["source"] = .object(["constant": .text("much")])
    },
    Damage("source of two kinds", "a variable's source is one of") {
      $0["variables"]?[1]?["source"]?["constant"] = .integer(1)
    },
    Damage("negative extent", "shape[0]: an extent is -2") {
      $0["variables"]?[1]?["shape"]?[0] = .integer(-2)
    },
    Damage("unknown role", "the role FAVOURITE is neither built in nor defined") {
      $0["variables"]?[1]?["roles"]?[0] = .text("FAVOURITE")
    },
    Damage("role without a parent", "the roles FAVOURITE have no parent") {
      $0["roles"] = .object(["FAVOURITE": .text("NOBODY")])
    },
    Damage("circular roles", "the roles FIRST, SECOND have no parent") {
      $0["roles"] = .object(["FIRST": .text("SECOND"), "SECOND": .text("FIRST")])
    },
    Damage("built-in role defined again", "the role WEIGHT is built in") {
      $0["roles"] = .object(["WEIGHT": .text("BIAS")])
    },
    Damage("roles nested without end", "levels deep") {
      var roles: [Name: JSONValue] = ["ROLE_0": JSONValue.text("WEIGHT")]
      for depth in 1...200 { roles["ROLE_\(depth)"] = .text("ROLE_\(depth - 1)") }
      $0["roles"] = .object(roles)
    },
    Damage("variable of no call", "the call of variable 4 is 2, but there are 2") {
      $0["variables"]?[4]?["call"] = .integer(2)
    },
    Damage("call of a brick without a path", .invalidName, "\"net\" is not the path of a brick") {
      $0["calls"]?[0]?["brick"] = .text("net")
    },
    Damage("call on no variable", "the variable of call 0 is 9, but there are 9") {
      $0["calls"]?[0]?["inputs"]?[0] = .integer(9)
    },
    Damage("normalization of no variable", "the variable of call 1 is 50, but there are 9") {
      $0["calls"]?[1]?["normalization"]?["input"] = .integer(50)
    },
    Damage("axes without the batch", "call 1 of /net/norm normalizes over axes [1]") {
      $0["calls"]?[1]?["normalization"]?["axes"] = .list([.integer(1)])
    },
    Damage("axes beyond the rank", "normalizes over axes [0, 2]") {
      $0["calls"]?[1]?["normalization"]?["axes"] = .list([.integer(0), .integer(2)])
    },
    Damage("axes twice", "normalizes over axes [0, 0]") {
      $0["calls"]?[1]?["normalization"]?["axes"] = .list([.integer(0), .integer(0)])
    },
    Damage("negative epsilon", "call 1 of /net/norm has the epsilon -1.0") {
      $0["calls"]?[1]?["normalization"]?["epsilon"] = .integer(-1)
    },
    Damage(
      "divisor without a statistic", "has a divisor without population_stdev, or population_stdev without a divisor"
    ) {
      $0["calls"]?[1]?["normalization"]?["population_stdev"] = nil
    },
    Damage(
      "statistic without a divisor", "has a divisor without population_stdev, or population_stdev without a divisor"
    ) {
      $0["calls"]?[1]?["normalization"]?["divisor"] = nil
    },
    Damage(
      "offset of another shape", .shapeMismatch,
      "the offset of call 1 of /net/norm is float64 batch×3, not float64 1×3"
    ) {
      $0["calls"]?[1]?["normalization"]?["offset"] = .integer(4)
    },
    Damage(
      "divisor of another shape", .shapeMismatch, "the divisor of call 1 of /net/norm is float64 3, not float64 1×3"
    ) {
      $0["calls"]?[1]?["normalization"]?["divisor"] = .integer(3)
    },
    Damage(
      "time step of another type", .shapeMismatch,
      "the time step of call 1 of /net/norm is float64 batch×2, not an int64 scalar"
    ) {
      $0["calls"]?[1]?["normalization"]?["step"] = .integer(0)
    },
    Damage("statistic that is no variable", "call 1 of /net/norm names /statistics/net/other, which is not a variable")
    {
      $0["calls"]?[1]?["normalization"]?["population_mean"] = .text("/statistics/net/other")
    },
    Damage("parameter as a mean", "names /parameters/net/W, which is not a statistic of its brick") {
      $0["calls"]?[1]?["normalization"]?["population_mean"] = .text("/parameters/net/W")
    },
    Damage("deviation as the mean", "for the role BATCH_NORM_POPULATION_MEAN, which that tensor does not have") {
      $0["calls"]?[1]?["normalization"]?["population_mean"] = .text("/statistics/net/norm/population_stdev")
    },
    Damage(
      "mean as the deviation", "has /statistics/net/norm/population_mean as its mean and as its standard deviation"
    ) {
      $0["calls"]?[1]?["normalization"]?["population_stdev"] = .text("/statistics/net/norm/population_mean")
    },
    Damage("mean and deviation exchanged", "for the role BATCH_NORM_POPULATION_MEAN") {
      $0["calls"]?[1]?["normalization"]?["population_mean"] = .text("/statistics/net/norm/population_stdev")
      $0["calls"]?[1]?["normalization"]?["population_stdev"] = .text("/statistics/net/norm/population_mean")
    },
    Damage("offset and divisor exchanged", "the offset of call 1 of /net/norm, variable 6, is not read from") {
      $0["calls"]?[1]?["normalization"]?["offset"] = .integer(6)
      $0["calls"]?[1]?["normalization"]?["divisor"] = .integer(5)
    },
    Damage(
      "statistics of another brick", "names /statistics/net/norm/population_mean, which is not a statistic of its brick"
    ) {
      $0["calls"]?[1]?["brick"] = .text("/net/other")
    },
    Damage("statistic without the role", "for the role BATCH_NORM_POPULATION_STDEV") {
      $0["variables"]?[3]?["roles"] = .list([.text("BATCH_NORM_POPULATION_STATISTICS")])
    },
    Damage("roles of two groups", "read from /parameters/net/W, but its roles") {
      $0["variables"]?[1]?["roles"] = .list([.text("WEIGHT"), .text("BATCH_NORM_POPULATION_MEAN")])
    },
    Damage("extent without a usable name", .invalidName, "variable 0 has an extent without a usable name") {
      // Everywhere, so that the types of results still fit.
      guard case .list(let variables)? = $0["variables"] else { return }
      for index in variables.indices where variables[index]["shape"]?[0] == .text("batch") {
        $0["variables"]?[index]?["shape"]?[0] = .text("a.b")
      }
    },
    Damage("no source", "a variable's source is one of") {
      $0["variables"]?[1]?["source"] = .object(["weights": .null])
    },
    Damage("reduction without axes", "reduce_mean: the key \"axes\" is missing") {
      $0["nodes"]?[0]?["operation"] = .text("reduce_mean")
    },
    Damage("reduction over words", "reduce_mean: axes[0]: a value is text, not an integer") {
      $0["nodes"]?[0]?["operation"] = .text("reduce_mean")
      $0["nodes"]?[0]?["attributes"] = .object(["axes": .list([.text("first")]), "keep_dimensions": .boolean(true)])
    },
    Damage("expansion without an axis", "expand_dimensions: the key \"axis\" is missing") {
      $0["nodes"]?[1]?["attributes"] = .object([:])
    },
    Damage("step without a policy", "take_step: the key \"past_end\" is missing") {
      $0["nodes"]?[1]?["operation"] = .text("take_step")
    },
  ]

  @Test("a malformed graph is refused, naming the part", arguments: damages)
  func refused(_ damage: Damage) throws {
    var document = try SampleNetwork().graph.document
    let before = document
    damage.apply(&document)
    #expect(document != before, "the damage changes something")
    expectError(damage.code, mentioning: damage.message) { _ = try Graph(document: document) }
  }

  @Test("the undamaged graph is read") func undamaged() throws {
    let graph = try SampleNetwork().graph
    #expect(try Graph(document: graph.document) == graph)
  }
}

extension GraphValidationTests.Damage {
  init(_ name: String, _ message: String, _ apply: @escaping @Sendable (inout JSONValue) -> Void) {
    self.init(name, .malformed, message, apply)
  }
}
