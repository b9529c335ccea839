import ComputationGraphs
import JSON
import Tensors
import Testing

/// The reasons for which loops are refused while they are built, read and run.
@Suite struct ScanErrorTests {
  private let builder = GraphBuilder()

  private func input(_ name: Name, _ shape: [Extent]) throws -> Variable {
    try builder.input(name, VariableType(.float64, shape))
  }

  @Test("types that do not fit are found while the loop is built, with brick and application") func types() throws {
    let x = try input("x", ["time", "batch", 2])
    let y = try input("y", ["steps", "batch", 2])
    let scalar = try input("z", [])
    let state = try input("s", ["batch", 2])
    func refused(_ texts: String, _ body: () throws -> ScanResult) {
      expectError(.shapeMismatch, mentioning: "/net.apply", texts) {
        _ = try builder.call(brick: "/net", type: "Net", application: "apply", on: []) { try body().states }
      }
    }
    refused("without a time axis") { try builder.scan(sequences: [scalar], states: []) { _, _ in ([], []) } }
    refused("has steps steps, but another sequence has time") {
      try builder.scan(sequences: [x, y], states: []) { _, step in ([], step.sequences) }
    }
    refused("state \"state_0\"") {
      try builder.scan(sequences: [x], states: [state]) { _, step in ([try step.states[0].reduced(.sum, over: [1])], [])
      }
    }
    refused("do not broadcast") {
      let wide = try builder.input("wide", VariableType(.float64, [3]))
      return try builder.scan(sequences: [x], states: []) { _, step in ([], [try step.sequences[0] + wide]) }
    }
  }

  @Test("a loop needs steps, results, and a next state for each state") func counts() throws {
    let x = try input("x", ["time", 2])
    let state = try input("s", [2])
    expectError(.malformed, mentioning: "neither a sequence nor a number of steps") {
      _ = try builder.scan(sequences: [], states: [state]) { _, step in (step.states, []) }
    }
    expectError(.malformed, mentioning: "a number of steps, 3") {
      _ = try builder.scan(sequences: [x], states: [], stepCount: 3) { _, step in ([], step.sequences) }
    }
    expectError(.malformed, mentioning: "over 1 states returns 0 next states") {
      _ = try builder.scan(sequences: [x], states: [state]) { _, step in ([], step.sequences) }
    }
    expectError(.malformed, mentioning: "stacks no output of its body") {
      _ = try builder.scan(sequences: [x], states: []) { _, _ in ([], []) }
    }
  }

  @Test("no steps at all, and sequences of different lengths, are errors at evaluation") func lengths() throws {
    let x = try input("x", ["time", 2])
    let y = try input("y", ["time", 2])
    let result = try builder.scan(sequences: [x, y], states: []) { _, step in ([], step.sequences) }
    let interpreter = try Interpreter(builder.finish(outputs: ["r": result.outputs[0]]), tensors: [:])
    func zeros(_ count: Int) throws -> Tensor { try Tensor(repeating: 0, shape: [count, 2], type: .float64) }
    expectError(.shapeMismatch, mentioning: "no steps") { _ = try interpreter(["x": zeros(0), "y": zeros(0)]) }
    expectError(.shapeMismatch, mentioning: "time is 3 in another input") {
      _ = try interpreter(["x": zeros(3), "y": zeros(2)])
    }
  }

  @Test("an error in a body names the surrounding brick") func evaluation() throws {
    let x = try input("x", ["time", 2])
    let table = try input("table", [2, 2])
    let outputs = try builder.call(brick: "/net", type: "Net", application: "apply", on: [x]) {
      try builder.scan(sequences: [x], states: []) { _, step in
        ([], [try table.taking(step: step.index, pastEnd: .strict) + step.sequences[0]])
      }.outputs
    }
    let interpreter = try Interpreter(builder.finish(outputs: ["r": outputs[0]]), tensors: [:])
    let table2 = try Tensor(repeating: 0, shape: [2, 2], type: .float64)
    _ = try interpreter(["x": table2, "table": table2])
    expectError(.timeStep, mentioning: "/net.apply", "after the last of 2") {
      _ = try interpreter(["x": Tensor(repeating: 0, shape: [3, 2], type: .float64), "table": table2])
    }
  }

  @Test(
    "a contradictory loop in a file is refused",
    arguments: ["sequences", "states", "captures", "outputs", "step_input", "body", "reversed"])
  func damaged(_ key: Name) throws {
    let x = try input("x", ["time", 2])
    let state = try input("s", [2])
    let scale = try input("scale", [2])
    let result = try builder.scan(sequences: [x], states: [state]) { _, step in
      ([try (step.states[0] + step.sequences[0]) * scale], [])
    }
    var document = try builder.finish(outputs: ["r": result.states[0]]).document
    func damage(_ value: JSONValue?) throws -> JSONValue {
      var document = document
      var nodes = try #require(document["nodes"])
      var node = try #require(nodes[0])
      var attributes = try #require(node["attributes"])
      attributes[key] = value
      node["attributes"] = attributes
      nodes[0] = node
      document["nodes"] = nodes
      return document
    }
    let replacements: [JSONValue?] = key == "step_input" ? [.text("sequence_0"), nil] : [.list([]), nil]
    for replacement in replacements {
      let damaged = try damage(replacement)
      #expect(throws: GraphError.self, "\(key)") { _ = try Graph(document: damaged) }
    }
    document = try damage(document["nodes"]?[0]?["attributes"]?[key])
    _ = try Graph(document: document)
  }
}
