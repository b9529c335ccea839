import JSON

extension Scan {
  init(attributes json: JSONValue) throws {
    body = try json.member("body", Graph.init)
    sequences = try json.list("sequences") { try $0.name() }
    states = try json.list("states") { value in
      State(input: try value.name("input"), output: try value.name("output"))
    }
    captures = try json.list("captures") { try $0.name() }
    outputs = try json.list("outputs") { try $0.name() }
    stepInput = try json.optionalMember("step_input") { try $0.name() }
    stepCount = try json.optionalMember("step_count") { try $0.integer() }
    isReversed = try json.boolean("reversed")
  }

  /// The attributes of the node.
  func attributes() throws(GraphError) -> [Name: JSONValue] {
    let body = try body.json()
    return settings.merging(["body": body]) { $1 }
  }

  /// The attributes of the node, except for the body.
  var settings: [Name: JSONValue] {
    let members: [Name: JSONValue?] = [
      "sequences": .names(sequences),
      "states": .list(states.map { ["input": .name($0.input), "output": .name($0.output)] }),
      "captures": .names(captures), "outputs": .names(outputs),
      "step_input": stepInput.map(JSONValue.name), "step_count": stepCount.map(JSONValue.integer),
      "reversed": .boolean(isReversed),
    ]
    return members.compactMapValues { $0 }
  }
}
