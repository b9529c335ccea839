import JSON
import PopulationStatistics
import Tensors

extension Minibatch {
  init(_ json: inout JSONReader) throws {
    var batch: Name?, sequence: Int?, digest: Digest?, namesParameters = false, examples: ExampleSelection?
    try json.members(null: { if "parameters_digest" ~= $0 { namesParameters = true } }) { key, json in
      switch key {
      case "batch": batch = try json.name()
      case "sequence": sequence = try json.integer()
      case "parameters_digest":
        namesParameters = true
        digest = try Digest(&json)
      case "examples": examples = try ExampleSelection(&json)
      default: _ = try json.value()
      }
    }
    if !namesParameters { _ = try digest.required("parameters_digest") }
    self.init(
      batch: try batch.required("batch"), sequence: try sequence.required("sequence"), parametersDigest: digest,
      examples: examples)
  }

  func add(to text: inout JSONText) throws(JSONError) {
    try text.object { (text) throws(JSONError) in
      text.key("batch")
      text.add(batch)
      if let examples {
        text.key("examples")
        try examples.add(to: &text)
      }
      text.key("parameters_digest")
      text.add(parametersDigest)
      text.key("sequence")
      text.add(sequence)
    }
  }
}

extension ExampleSelection {
  fileprivate init(_ json: inout JSONReader) throws {
    var source: Name?, order: Name?, ranges: [Range<Int>]?
    try json.members { key, json in
      switch key {
      case "source": source = try json.name()
      case "order": order = try json.name()
      case "ranges":
        ranges = try json.list { json in
          let bounds = try json.integers()
          guard bounds.count == 2, bounds[0] < bounds[1] else {
            throw JSONError("a range must be two numbers, a start and a greater end")
          }
          return bounds[0]..<bounds[1]
        }
      default: _ = try json.value()
      }
    }
    guard
      let selection = ExampleSelection(
        source: try source.required("source"), order: try order.required("order"),
        ranges: try ranges.required("ranges"))
    else {
      throw JSONError(
        "examples need a source, and ranges in ascending order that are not negative and neither touch nor overlap")
    }
    self = selection
  }

  fileprivate func add(to text: inout JSONText) throws(JSONError) {
    try text.object { (text) throws(JSONError) in
      text.key("order")
      text.add(order)
      text.key("ranges")
      try text.list(ranges) { (range, text) throws(JSONError) in try text.add([range.lowerBound, range.upperBound]) }
      text.key("source")
      text.add(source)
    }
  }
}
