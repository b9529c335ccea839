import JSON

extension Scan {
  init(attributes json: JSONValue) throws {
    body = try json.member("body", Graph.init)
    sequences = try json.list("sequences") { try $0.text() }
    states = try json.list("states") { value in
      State(input: try value.text("input"), output: try value.text("output"))
    }
    captures = try json.list("captures") { try $0.text() }
    outputs = try json.list("outputs") { try $0.text() }
    stepInput = try json.optionalMember("step_input") { try $0.text() }
    stepCount = try json.optionalMember("step_count") { try $0.integer() }
    isReversed = try json.boolean("reversed")
  }

  /// The attributes of the node.
  func attributes() throws(GraphError) -> [String: JSONValue] {
    let body = try body.json()
    return settings.merging(["body": body]) { $1 }
  }

  /// The attributes of the node but the body.
  var settings: [String: JSONValue] {
    let members: [String: JSONValue?] = [
      "sequences": .list(sequences.map(JSONValue.text)),
      "states": .list(states.map { ["input": .text($0.input), "output": .text($0.output)] }),
      "captures": .list(captures.map(JSONValue.text)), "outputs": .list(outputs.map(JSONValue.text)),
      "step_input": stepInput.map(JSONValue.text), "step_count": stepCount.map(JSONValue.integer),
      "reversed": .boolean(isReversed),
    ]
    return members.compactMapValues { $0 }
  }
}
