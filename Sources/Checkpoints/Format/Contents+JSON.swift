import ComputationGraphs
import JSON
import PopulationStatistics
import Tensors

// Reads and writes the document `/contents`. The code is written by hand, because `inspect` has to be fast: a synthesized decoder
// spends milliseconds on looking up conformances before it reads a byte.

extension Contents {
  init(json: JSONValue) throws {
    formatVersion = try json.text("format_version")
    kind = try json.text("kind")
    documents = try json.list("documents", Document.init)
    parametersDigest = try json.optionalMember("parameters_digest", Digest.init)
    tensors = try json.list("tensors", Entry.init)
    updates = try json.optionalMember("updates", Updates.init)
  }

  var json: JSONValue {
    .object(
      omittingNil: [
        "format_version": .text(formatVersion), "kind": .text(kind), "documents": .list(documents.map(\.json)),
        "parameters_digest": parametersDigest?.json, "tensors": .list(tensors.map(\.json)), "updates": updates?.json,
      ])
  }
}

extension Contents.Document {
  init(json: JSONValue) throws {
    path = try json.name("path")
    digest = try json.member("digest", Digest.init)
  }

  var json: JSONValue { ["path": .name(path), "digest": digest.json] }
}

extension Contents.Entry {
  init(json: JSONValue) throws {
    path = try json.name("path")
    type = try json.member("type", ScalarType.init)
    shape = try json.integers("shape")
    role = try json.name("role")
    brick = try json.name("brick")
    axes = try json.member("axes") { try $0.names() }
    broadcastable = try json.optionalMember("broadcastable") { value in
      try value.list { try $0.boolean() }
    }
    digest = try json.member("digest", Digest.init)
    statistic = try json.optionalMember("statistic", Contents.Statistic.init)
  }

  var json: JSONValue {
    .object(
      omittingNil: [
        "path": .name(path), "type": .text(type.rawValue), "shape": .integers(shape), "role": .name(role),
        "brick": .name(brick), "axes": .names(axes),
        "broadcastable": broadcastable.map { .list($0.map(JSONValue.boolean)) }, "digest": digest.json,
        "statistic": statistic?.json,
      ])
  }
}

extension Contents.Statistic {
  init(json: JSONValue) throws {
    epsilon = try json.number("epsilon")
    observationCounts = try json.integers("observation_counts").map(Int64.init)
    estimator = EstimationMethod(name: try json.text("estimator"))
    records = try json.integer("records")
    parametersDigest = try json.nullableMember("parameters_digest", Digest.init)
  }

  var json: JSONValue {
    [
      "epsilon": .real(epsilon), "observation_counts": .integers(observationCounts.map(Int.init)),
      "estimator": .text(estimator.name), "records": .integer(records),
      "parameters_digest": parametersDigest?.json ?? .null,
    ]
  }
}

extension Contents.Updates {
  init(json: JSONValue) throws {
    batches = try json.list("batches", Minibatch.init)
    groups = try json.list("groups", Group.init)
  }

  var json: JSONValue { ["batches": .list(batches.map(\.json)), "groups": .list(groups.map(\.json))] }
}

extension Minibatch {
  fileprivate init(json: JSONValue) throws {
    self.init(
      batch: try json.name("batch"), sequence: try json.integer("sequence"),
      parametersDigest: try json.nullableMember("parameters_digest", Digest.init),
      examples: try json.optionalMember("examples", ExampleSelection.init))
  }

  fileprivate var json: JSONValue {
    .object(
      omittingNil: [
        "batch": .name(batch), "sequence": .integer(sequence), "parameters_digest": parametersDigest?.json ?? .null,
        "examples": examples?.json,
      ])
  }
}

extension ExampleSelection {
  fileprivate init(json: JSONValue) throws {
    let ranges = try json.list("ranges") { range in
      let bounds = try range.list { try $0.integer() }
      guard bounds.count == 2, bounds[0] < bounds[1] else { throw JSONError("a range must be a start and a later end") }
      return bounds[0]..<bounds[1]
    }
    guard
      let selection = ExampleSelection(source: try json.name("source"), order: try json.name("order"), ranges: ranges)
    else {
      throw JSONError(
        "examples need a source, and ranges that begin at 0 or later, are in ascending order, and do not touch")
    }
    self = selection
  }

  fileprivate var json: JSONValue {
    [
      "source": .name(source), "order": .name(order),
      "ranges": .list(ranges.map { .integers([$0.lowerBound, $0.upperBound]) }),
    ]
  }
}

extension Contents.Updates.Group {
  init(json: JSONValue) throws {
    path = try json.name("path")
    brick = try json.name("brick")
    application = try json.name("application")
    epsilon = try json.number("epsilon")
    timeSteps = try json.boolean("time_steps")
    batches = try json.integers("batches")
  }

  var json: JSONValue {
    [
      "path": .name(path), "brick": .name(brick), "application": .name(application), "epsilon": .real(epsilon),
      "time_steps": .boolean(timeSteps), "batches": .integers(batches),
    ]
  }
}

extension Digest {
  fileprivate init(json: JSONValue) throws {
    guard let digest = Digest(hexadecimal: try json.text()) else {
      throw JSONError("a value is not a digest of 32 lower-case hexadecimal digits")
    }
    self = digest
  }

  fileprivate var json: JSONValue { .text(description) }
}

extension ScalarType {
  fileprivate init(json: JSONValue) throws {
    let name = try json.text()
    guard let type = ScalarType(rawValue: name) else {
      throw JSONError("\"\(name)\" is not a type of number")
    }
    self = type
  }
}
