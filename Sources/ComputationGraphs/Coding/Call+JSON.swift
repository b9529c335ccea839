extension Graph.Call {
  init(json: AttributeValue) throws(GraphError) {
    brick = try json.text("brick")
    brickType = try json.optionalMember("brick_type") { (value) throws(GraphError) in try value.text() }
    application = try json.member("application") { (value) throws(GraphError) in
      let name = try value.text()
      try BrickPath.check(component: name)
      return name
    }
    inputs = try json.integers("inputs")
    outputs = try json.integers("outputs")
    metadata = try json.optionalMember("metadata") { (value) throws(GraphError) in try value.members() } ?? [:]
    normalization = try json.optionalMember("normalization", Normalization.init)
  }

  /// What is empty is left out.
  var json: AttributeValue {
    .object(
      omittingNil: [
        "brick": .text(brick), "brick_type": brickType.map(AttributeValue.text), "application": .text(application),
        "inputs": .integers(inputs), "outputs": .integers(outputs),
        "metadata": metadata.isEmpty ? nil : .object(metadata), "normalization": normalization?.json,
      ])
  }
}

extension Normalization {
  init(json: AttributeValue) throws(GraphError) {
    isTraining = try json.boolean("training_mode")
    input = try json.integer("input")
    offset = try json.integer("offset")
    divisor = try json.optionalMember("divisor") { (value) throws(GraphError) in try value.integer() }
    axes = try json.integers("axes")
    mask = try json.optionalMember("mask") { (value) throws(GraphError) in try value.integer() }
    epsilon = try json.number("epsilon")
    step = try json.optionalMember("step") { (value) throws(GraphError) in try value.integer() }
    pastEnd = try json.optionalMember("past_end", PastEndPolicy.init)
    populationMean = try json.member("population_mean", TensorPath.init)
    populationStandardDeviation = try json.optionalMember("population_stdev", TensorPath.init)
    isInferenceOnly =
      try json.optionalMember("inference_only") { (value) throws(GraphError) in try value.boolean() } ?? false
  }

  var json: AttributeValue {
    .object(
      omittingNil: [
        "training_mode": .boolean(isTraining), "input": .integer(input), "offset": .integer(offset),
        "divisor": divisor.map(AttributeValue.integer), "axes": .integers(axes),
        "mask": mask.map(AttributeValue.integer), "epsilon": .real(epsilon),
        "step": step.map(AttributeValue.integer), "past_end": pastEnd.map { .text($0.rawValue) },
        "population_mean": .text(populationMean.datasetPath),
        "population_stdev": populationStandardDeviation.map { .text($0.datasetPath) },
        "inference_only": isInferenceOnly ? .boolean(true) : nil,
      ])
  }
}

extension PastEndPolicy {
  init(json: AttributeValue) throws(GraphError) {
    let word = try json.text()
    guard let policy = PastEndPolicy(rawValue: word) else {
      throw GraphError(.malformed, "it is \"\(word)\", not clamp_to_last or strict")
    }
    self = policy
  }
}

extension TensorPath {
  init(json: AttributeValue) throws(GraphError) { try self.init(datasetPath: json.text()) }
}
