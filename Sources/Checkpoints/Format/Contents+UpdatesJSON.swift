import JSON
import Names
import PopulationStatistics

// The description of update pairs in the document `/contents`.

extension Contents.Updates {
  init(_ json: inout JSONReader) throws {
    var batches: [Minibatch]?, groups: [Group]?
    try json.members { key, json in
      switch key {
      case "batches": batches = try json.list { try Minibatch(&$0) }
      case "groups": groups = try json.list { try Group(&$0) }
      default: _ = try json.value()
      }
    }
    self.batches = try batches.required("batches")
    self.groups = try groups.required("groups")
  }

  /// The text of the description.
  ///
  /// - Throws: `JSONError` for a number that is not finite.
  func jsonText() throws(JSONError) -> String {
    var text = JSONText()
    try text.object { (text) throws(JSONError) in
      text.key("batches")
      try text.list(batches) { (minibatch, text) throws(JSONError) in try minibatch.add(to: &text) }
      text.key("groups")
      try text.list(groups) { (group, text) throws(JSONError) in try group.add(to: &text) }
    }
    return text.text
  }
}

extension Contents.Updates.Group {
  fileprivate init(_ json: inout JSONReader) throws {
    var path: Name?, brick: Name?, application: Name?, epsilon: Double?, timeSteps: Bool?, batches: [Int]?
    try json.members { key, json in
      switch key {
      case "path": path = try json.name()
      case "brick": brick = try json.name()
      case "application": application = try json.name()
      case "epsilon": epsilon = try json.number()
      case "time_steps": timeSteps = try json.boolean()
      case "batches": batches = try json.integers()
      default: _ = try json.value()
      }
    }
    self.path = try path.required("path")
    self.brick = try brick.required("brick")
    self.application = try application.required("application")
    self.epsilon = try epsilon.required("epsilon")
    self.timeSteps = try timeSteps.required("time_steps")
    self.batches = try batches.required("batches")
  }

  fileprivate func add(to text: inout JSONText) throws(JSONError) {
    try text.object { (text) throws(JSONError) in
      text.key("application")
      text.add(application)
      text.key("batches")
      try text.add(batches)
      text.key("brick")
      text.add(brick)
      text.key("epsilon")
      try text.add(epsilon)
      text.key("path")
      text.add(path)
      text.key("time_steps")
      text.add(timeSteps)
    }
  }
}
