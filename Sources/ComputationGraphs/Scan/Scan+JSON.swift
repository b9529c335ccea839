extension Scan {
  init(attributes json: AttributeValue) throws(GraphError) {
    body = try json.member("body", Graph.init)
    sequences = try json.list("sequences") { (value) throws(GraphError) in try value.text() }
    states = try json.list("states") { (value) throws(GraphError) in
      State(input: try value.text("input"), output: try value.text("output"))
    }
    captures = try json.list("captures") { (value) throws(GraphError) in try value.text() }
    outputs = try json.list("outputs") { (value) throws(GraphError) in try value.text() }
    stepInput = try json.optionalMember("step_input") { (value) throws(GraphError) in try value.text() }
    stepCount = try json.optionalMember("step_count") { (value) throws(GraphError) in try value.integer() }
    isReversed = try json.boolean("reversed")
  }

  /// The attributes of the node.
  func attributes() throws(GraphError) -> [String: AttributeValue] {
    let body = try body.json()
    return settings.merging(["body": body]) { $1 }
  }

  /// The attributes of the node but the body.
  var settings: [String: AttributeValue] {
    let members: [String: AttributeValue?] = [
      "sequences": .list(sequences.map(AttributeValue.text)),
      "states": .list(states.map { ["input": .text($0.input), "output": .text($0.output)] }),
      "captures": .list(captures.map(AttributeValue.text)), "outputs": .list(outputs.map(AttributeValue.text)),
      "step_input": stepInput.map(AttributeValue.text), "step_count": stepCount.map(AttributeValue.integer),
      "reversed": .boolean(isReversed),
    ]
    return members.compactMapValues { $0 }
  }
}
