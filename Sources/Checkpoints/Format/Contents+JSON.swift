import ComputationGraphs
import JSON
import PopulationStatistics
import Tensors

// Reads and writes the document `/contents`. The document can have many thousand entries, so the code makes no tree of JSON values.
// Members are written in the order of the bytes of their keys.

extension Contents {
  /// Reads the table of contents.
  ///
  /// - Throws: `JSONError` that names the key and the index of the wrong value, or the line and column of invalid JSON.
  init(parsing text: String) throws {
    self = try JSONReader.read(text) { try Contents(&$0) }
  }

  private init(_ json: inout JSONReader) throws {
    var formatVersion: String?, kind: String?, documents: [Document]?, tensors: [Entry]?
    var digest: Digest?, updates: Updates?
    try json.members { key, json in
      switch key {
      case "format_version": formatVersion = try json.text()
      case "kind": kind = try json.text()
      case "documents": documents = try json.list { try Document(&$0) }
      case "parameters_digest": digest = try Digest(&json)
      case "tensors": tensors = try json.list { try Entry(&$0) }
      case "updates": updates = try Updates(&json)
      default: _ = try json.value()
      }
    }
    self.formatVersion = try formatVersion.required("format_version")
    self.kind = try kind.required("kind")
    self.documents = try documents.required("documents")
    self.tensors = try tensors.required("tensors")
    parametersDigest = digest
    self.updates = updates
  }

  /// The text of the table of contents.
  ///
  /// - Parameter updatesText: The text of the update pairs if it was made before; it can be long.
  /// - Throws: `JSONError` for a number that is not finite.
  func jsonText(updatesText: String? = nil) throws(JSONError) -> String {
    var text = JSONText()
    try text.object { (text) throws(JSONError) in
      text.key("documents")
      try text.list(documents) { (document, text) throws(JSONError) in try document.add(to: &text) }
      text.key("format_version")
      text.add(formatVersion)
      text.key("kind")
      text.add(kind)
      if let parametersDigest {
        text.key("parameters_digest")
        text.add(parametersDigest.description)
      }
      text.key("tensors")
      try text.list(tensors) { (entry, text) throws(JSONError) in try entry.add(to: &text) }
      if let updates {
        text.key("updates")
        if let updatesText { text.add(canonical: updatesText) } else { text.add(canonical: try updates.jsonText()) }
      }
    }
    return text.text
  }
}

extension Contents.Document {
  fileprivate init(_ json: inout JSONReader) throws {
    var path: Name?, digest: Digest?
    try json.members { key, json in
      switch key {
      case "path": path = try json.name()
      case "digest": digest = try Digest(&json)
      default: _ = try json.value()
      }
    }
    self.path = try path.required("path")
    self.digest = try digest.required("digest")
  }

  fileprivate func add(to text: inout JSONText) throws(JSONError) {
    try text.object { (text) throws(JSONError) in
      text.key("digest")
      text.add(digest.description)
      text.key("path")
      text.add(path)
    }
  }
}

extension Contents.Entry {
  fileprivate init(_ json: inout JSONReader) throws {
    var path: Name?, type: ScalarType?, shape: [Int]?, role: Name?, brick: Name?, axes: [Name]?, digest: Digest?
    var broadcastable: [Bool]?, statistic: Contents.Statistic?
    try json.members { key, json in
      switch key {
      case "path": path = try json.name()
      case "type": type = try ScalarType(&json)
      case "shape": shape = try json.integers()
      case "role": role = try json.name()
      case "brick": brick = try json.name()
      case "axes": axes = try json.names()
      case "broadcastable": broadcastable = try json.list { try $0.boolean() }
      case "digest": digest = try Digest(&json)
      case "statistic": statistic = try Contents.Statistic(&json)
      default: _ = try json.value()
      }
    }
    self.path = try path.required("path")
    self.type = try type.required("type")
    self.shape = try shape.required("shape")
    self.role = try role.required("role")
    self.brick = try brick.required("brick")
    self.axes = try axes.required("axes")
    self.digest = try digest.required("digest")
    self.broadcastable = broadcastable
    self.statistic = statistic
  }

  fileprivate func add(to text: inout JSONText) throws(JSONError) {
    try text.object { (text) throws(JSONError) in
      text.key("axes")
      try text.add(axes)
      text.key("brick")
      text.add(brick)
      if let broadcastable {
        text.key("broadcastable")
        try text.list(broadcastable) { (flag, text) throws(JSONError) in text.add(flag) }
      }
      text.key("digest")
      text.add(digest.description)
      text.key("path")
      text.add(path)
      text.key("role")
      text.add(role)
      text.key("shape")
      try text.add(shape)
      if let statistic {
        text.key("statistic")
        try statistic.add(to: &text)
      }
      text.key("type")
      text.add(type.rawValue)
    }
  }
}

extension Contents.Statistic {
  fileprivate init(_ json: inout JSONReader) throws {
    var epsilon: Double?, counts: [Int]?, estimator: String?, records: Int?
    var digest: Digest?, namesParameters = false
    try json.members(null: { if "parameters_digest" ~= $0 { namesParameters = true } }) { key, json in
      switch key {
      case "epsilon": epsilon = try json.number()
      case "observation_counts": counts = try json.integers()
      case "estimator": estimator = try json.text()
      case "records": records = try json.integer()
      case "parameters_digest":
        namesParameters = true
        digest = try Digest(&json)
      default: _ = try json.value()
      }
    }
    self.epsilon = try epsilon.required("epsilon")
    observationCounts = try counts.required("observation_counts").map(Int64.init)
    self.estimator = EstimationMethod(name: try estimator.required("estimator"))
    self.records = try records.required("records")
    if !namesParameters { _ = try digest.required("parameters_digest") }
    parametersDigest = digest
  }

  fileprivate func add(to text: inout JSONText) throws(JSONError) {
    try text.object { (text) throws(JSONError) in
      text.key("epsilon")
      try text.add(epsilon)
      text.key("estimator")
      text.add(estimator.name)
      text.key("observation_counts")
      try text.add(observationCounts.map(Int.init))
      text.key("parameters_digest")
      text.add(parametersDigest)
      text.key("records")
      text.add(records)
    }
  }
}

extension Digest {
  init(_ json: inout JSONReader) throws {
    guard let digest = Digest(hexadecimal: try json.text()) else {
      throw JSONError("a value is not a digest of 32 lower-case hexadecimal digits")
    }
    self = digest
  }
}

extension JSONText {
  /// Adds a digest, or null if the digest is unknown.
  mutating func add(_ digest: Digest?) {
    if let digest { add(digest.description) } else { addNull() }
  }
}

extension ScalarType {
  fileprivate init(_ json: inout JSONReader) throws {
    let name = try json.text()
    guard let type = ScalarType(rawValue: name) else {
      throw JSONError("\"\(name)\" is not a type of number")
    }
    self = type
  }
}
