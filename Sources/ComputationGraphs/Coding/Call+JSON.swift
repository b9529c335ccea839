import JSON

extension Graph.Call {
  init(json: JSONValue) throws {
    brick = try json.name("brick")
    brickType = try json.optionalMember("brick_type") { try $0.name() }
    application = try json.member("application") { value in
      let name = try value.name()
      try BrickPath.check(component: name)
      return name
    }
    inputs = try json.integers("inputs")
    outputs = try json.integers("outputs")
    metadata = try json.optionalMember("metadata") { try $0.members() } ?? [:]
    normalization = try json.optionalMember("normalization", Normalization.init)
  }

  /// The call as JSON, without empty members.
  var json: JSONValue {
    .object(
      omittingNil: [
        "brick": .name(brick), "brick_type": brickType.map(JSONValue.name), "application": .name(application),
        "inputs": .integers(inputs), "outputs": .integers(outputs),
        "metadata": metadata.isEmpty ? nil : .object(metadata), "normalization": normalization?.json,
      ])
  }
}

extension Normalization {
  init(json: JSONValue) throws {
    isTraining = try json.boolean("training_mode")
    input = try json.integer("input")
    offset = try json.integer("offset")
    divisor = try json.optionalMember("divisor") { try $0.integer() }
    axes = try json.integers("axes")
    mask = try json.optionalMember("mask") { try $0.integer() }
    epsilon = try json.number("epsilon")
    step = try json.optionalMember("step") { try $0.integer() }
    pastEnd = try json.optionalMember("past_end", PastEndPolicy.init)
    populationMean = try json.member("population_mean", TensorPath.init)
    populationStandardDeviation = try json.optionalMember("population_stdev", TensorPath.init)
    isInferenceOnly =
      try json.optionalMember("inference_only") { try $0.boolean() } ?? false
  }

  var json: JSONValue {
    .object(
      omittingNil: [
        "training_mode": .boolean(isTraining), "input": .integer(input), "offset": .integer(offset),
        "divisor": divisor.map(JSONValue.integer), "axes": .integers(axes),
        "mask": mask.map(JSONValue.integer), "epsilon": .real(epsilon),
        "step": step.map(JSONValue.integer), "past_end": pastEnd.map { .text($0.rawValue) },
        "population_mean": .name(populationMean.datasetPath),
        "population_stdev": populationStandardDeviation.map { .name($0.datasetPath) },
        "inference_only": isInferenceOnly ? .boolean(true) : nil,
      ])
  }
}

extension PastEndPolicy {
  init(json: JSONValue) throws {
    let word = try json.text()
    guard let policy = PastEndPolicy(rawValue: word) else {
      throw GraphError(.malformed, "\"\(word)\" is not clamp_to_last or strict")
    }
    self = policy
  }
}

extension TensorPath {
  init(json: JSONValue) throws { try self.init(datasetPath: json.name()) }
}
