import Bricks

// Written out rather than synthesized: a synthesized decoder spends milliseconds looking up conformances before it has read a
// byte, and `inspect` has none to spare.

extension Contents {
  init(_ json: AttributeValue) throws(GraphError) {
    formatVersion = try json.text("format_version")
    kind = try json.text("kind")
    documents = try json.member("documents") { (value) throws(GraphError) in try value.list(Document.init) }
    parametersDigest = try json.optionalMember("parameters_digest") { (value) throws(GraphError) in try value.digest() }
    tensors = try json.member("tensors") { (value) throws(GraphError) in try value.list(Entry.init) }
    updates = try json.optionalMember("updates", Updates.init)
  }
}

extension Contents.Document {
  init(_ json: AttributeValue) throws(GraphError) {
    path = try json.text("path")
    digest = try json.member("digest") { (value) throws(GraphError) in try value.digest() }
  }
}

extension Contents.Entry {
  init(_ json: AttributeValue) throws(GraphError) {
    path = try json.text("path")
    type = try json.member("type") { (value) throws(GraphError) in try value.scalarType() }
    shape = try json.member("shape") { (value) throws(GraphError) in try value.integers() }
    role = try json.text("role")
    brick = try json.text("brick")
    axes = try json.member("axes") { (value) throws(GraphError) in try value.texts() }
    broadcastable = try json.optionalMember("broadcastable") { (value) throws(GraphError) in
      try value.list { (element) throws(GraphError) in try element.boolean() }
    }
    digest = try json.member("digest") { (value) throws(GraphError) in try value.digest() }
    statistic = try json.optionalMember("statistic", Contents.Statistic.init)
  }
}

extension Contents.Statistic {
  init(_ json: AttributeValue) throws(GraphError) {
    epsilon = try json.number("epsilon")
    observationCounts = try json.member("observation_counts") { (value) throws(GraphError) in
      try value.integers().map(Int64.init)
    }
    estimator = try json.text("estimator")
    records = try json.integer("records")
    parametersDigest = try json.optionalMember("parameters_digest") { (value) throws(GraphError) in try value.digest() }
  }
}

extension Contents.Updates {
  init(_ json: AttributeValue) throws(GraphError) {
    batches = try json.member("batches") { (value) throws(GraphError) in try value.list(Batch.init) }
    groups = try json.member("groups") { (value) throws(GraphError) in try value.list(Group.init) }
  }
}

extension Contents.Updates.Batch {
  init(_ json: AttributeValue) throws(GraphError) {
    batch = try json.text("batch")
    sequence = try json.integer("sequence")
    parametersDigest = try json.optionalMember("parameters_digest") { (value) throws(GraphError) in try value.digest() }
  }
}

extension Contents.Updates.Group {
  init(_ json: AttributeValue) throws(GraphError) {
    path = try json.text("path")
    brick = try json.text("brick")
    application = try json.text("application")
    epsilon = try json.number("epsilon")
    timeSteps = try json.boolean("time_steps")
    batches = try json.member("batches") { (value) throws(GraphError) in try value.integers() }
  }
}

extension AttributeValue {
  fileprivate func digest() throws(GraphError) -> Digest {
    guard let digest = Digest(hexadecimal: try text()) else {
      throw GraphError(.malformed, "a value is no digest of 32 lower-case hexadecimal digits")
    }
    return digest
  }

  fileprivate func scalarType() throws(GraphError) -> ScalarType {
    let name = try text()
    guard let type = ScalarType(rawValue: name) else {
      throw GraphError(.malformed, "\"\(name)\" is no type of number")
    }
    return type
  }
}
