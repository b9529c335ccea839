import JSON

/// A graph with names for its variables and calls that depend only on their meaning, so that they can be found in another graph.
struct NamedGraph {
  /// A call of a brick's application, numbered from 0 in the order in which the calls began.
  struct CallKey: Hashable, CustomStringConvertible {
    let brick: Name
    let application: Name
    let ordinal: Int

    var description: String { ordinal == 0 ? application.text : "\(application)#\(ordinal)" }
  }

  let graph: Graph
  /// The calls in the order in which they began.
  private(set) var callOrder: [CallKey] = []
  private(set) var calls: [CallKey: Graph.Call] = [:]
  /// The nodes of each brick in topological order. The empty name has the nodes that belong to no brick.
  private(set) var nodes: [Name: [Int]] = [:]
  /// The bricks that are called.
  private(set) var isCalled: [Name: Bool] = [:]
  private var names: [String]

  init(_ graph: Graph) {
    self.graph = graph
    names = graph.variables.map { variable in
      switch variable.source {
      case .input(let name): "input \"\(name)\""
      case .tensor(let path): path.description
      case .constant(let value): "constant \(value) (\(variable.type.scalar.rawValue))"
      case nil: ""
      }
    }
    for (index, node) in graph.nodes.enumerated() {
      guard let first = node.outputs.first else { continue }
      let brick = graph.variables[first].brick ?? ""
      nodes[brick, default: []].append(index)
      let number = nodes[brick]?.count ?? 0
      for (place, output) in node.outputs.enumerated() {
        let part = node.outputs.count == 1 ? "" : " part \(place + 1)"
        names[output] = "result \(number)\(part) of \(brick.isEmpty ? "no brick" : brick)"
      }
    }
    var counts: [CallKey: Int] = [:]
    for call in graph.calls {
      let first = CallKey(brick: call.brick, application: call.application, ordinal: 0)
      let key = CallKey(brick: call.brick, application: call.application, ordinal: counts[first, default: 0])
      counts[first, default: 0] += 1
      callOrder.append(key)
      calls[key] = call
      isCalled[call.brick] = true
    }
  }

  /// The meaning of a variable in words. The given brick is not mentioned.
  func name(_ variable: Int, within brick: Name? = nil) -> String {
    guard let brick, graph.variables[variable].brick == brick else { return names[variable] }
    if case .tensor(let path) = graph.variables[variable].source { return path.name.text }
    let suffix = " of \(brick)"
    return names[variable].hasSuffix(suffix) ? String(names[variable].dropLast(suffix.count)) : names[variable]
  }

  /// The inputs and saved tensors.
  var leaves: [Int] {
    graph.variables.indices.filter { graph.variables[$0].source != nil && !graph.variables[$0].isConstant }
  }
}

extension GraphOperation {
  /// The attributes of the operation in a file, without the body of a loop.
  var ownAttributes: [Name: JSONValue] {
    if case .scan(let scan) = self { return scan.settings }
    return (try? attributes()) ?? [:]
  }
}

extension Normalization {
  /// The settings that do not depend on the numbers of variables. Statistics of the brick itself appear by their names.
  func settings(of brick: Name) -> [Name: JSONValue] {
    guard case .object(var members) = json else { return [:] }
    for key in ["input", "offset", "divisor"] as [Name] { members[key] = nil }
    members["mask"] = mask.map { _ in .text("of the input") }
    members["step"] = step.map { _ in .text("per time step") }
    let statistics: [Name: TensorPath?] = [
      "population_mean": populationMean, "population_stdev": populationStandardDeviation,
    ]
    for case (let key, let path?) in statistics where path.brick == brick { members[key] = .name(path.name) }
    return members
  }

  /// The variables of the normalization with their labels.
  var labelledVariables: [(label: String, variable: Int)] {
    let optional = [("divisor", divisor), ("mask", mask), ("step", step)]
    return [("input", input), ("offset", offset)]
      + optional.compactMap { label, variable in variable.map { (label, $0) } }
  }

  /// The variables of the normalization.
  var variables: [Int] { labelledVariables.map(\.variable) }
}
