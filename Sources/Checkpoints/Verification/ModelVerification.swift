import ComputationGraphs
import PopulationStatistics

/// Checks the documents, and compares bricks, graph and table, without reading a tensor.
struct ModelVerification {
  private(set) var findings: [Finding] = []
  /// The graph; nil if it cannot be read.
  let graph: Graph?
  /// The normalizations of the graph.
  let normalizations: [NormalizationStatistics]
  let contents: Contents

  /// - Parameter isSound: Whether an entry of the table of contents has no faults.
  init(_ checkpoint: borrowing Checkpoint, isSound: (Contents.Entry) -> Bool) {
    contents = checkpoint.contents
    var findings: [Finding] = []
    func read<Value>(_ document: () throws(CheckpointError) -> Value) -> Value? {
      do throws(CheckpointError) {
        return try document()
      } catch {
        findings.append(Finding(.document, error))
        return nil
      }
    }
    let isModel = checkpoint.kind == .model
    func isListed(_ path: Name) -> Bool { checkpoint.contents.documents.contains { $0.path == path } }
    // A document that the table of contents does not list was already reported.
    let bricks =
      isModel && isListed(Format.bricksPath) ? read { () throws(CheckpointError) in try checkpoint.bricks() } : nil
    graph = isModel && isListed(Format.graphPath) ? read { () throws(CheckpointError) in try checkpoint.graph() } : nil
    let steps = read { () throws(CheckpointError) in try checkpoint.provenance() } ?? []
    for (index, step) in steps.enumerated() {
      guard case .text? = step["operation"] else {
        findings.append(Finding(.error, .document, Format.provenancePath, "step \(index) names no operation"))
        continue
      }
      for input in (try? step["inputs"]?.elements()) ?? [] {
        guard let name = try? input.name("name"), name.utf8.contains(UInt8(ascii: "/")) else { continue }
        let problem = "step \(index) names the file \(name); keep its name without folders"
        findings.append(Finding(.warning, .document, Format.provenancePath, problem))
      }
    }
    for document in checkpoint.contents.documents
    where ![Format.bricksPath, Format.graphPath, Format.provenancePath].contains(document.path) {
      _ = read { () throws(CheckpointError) in try checkpoint.document(document.path) { _ in () } }
    }
    normalizations = graph?.normalizationStatistics ?? []
    if let graph {
      findings += checkpoint.differences(from: graph).map { Finding(.graph, $0) }
      findings += ModelVerification.unreachable(in: graph)
      if let bricks { findings += ModelVerification.strays(from: bricks, graph, checkpoint.contents) }
    }
    findings += OriginVerification(contents, normalizations, isSound: isSound).findings
    self.findings = findings
  }

  private static func unreachable(in graph: Graph) -> [Finding] {
    graph.unusedTensors.compactMap { path in
      switch path.collection {
      case .parameters: Finding(.warning, .unreachable, path.datasetPath, "no output depends on this parameter")
      case .statistics: Finding(.warning, .unreachable, path.datasetPath, "no output depends on this statistic")
      case .persistent: nil
      }
    }
  }

  /// The findings about calls and tensors whose bricks are missing in the brick tree, or have another type there.
  private static func strays(from bricks: [BrickNode], _ graph: Graph, _ contents: Contents) -> [Finding] {
    var types: [Name: Name] = [:]
    var pending = bricks.map { ("/\($0.name)" as Name, $0) }
    while let (path, node) = pending.popLast() {
      types[path] = node.type
      pending += node.children.map { ("\(path)/\($0.name)", $0) }
    }
    var findings: Set<Finding> = []
    for call in graph.allCalls {
      if call.metadata["call_id"] != nil, call.id == nil {
        findings.insert(
          Finding(.warning, .graph, call.brick, "\(call.application) has a call_id in its metadata that is not text"))
      }
      guard let type = types[call.brick] else {
        findings.insert(
          Finding(.warning, .bricks, call.brick, "the graph calls it, but the brick tree does not have it"))
        continue
      }
      if let called = call.brickType, called != type {
        findings.insert(Finding(.warning, .bricks, call.brick, "is \(type) in the brick tree, \(called) in the graph"))
      }
    }
    var named = Set(graph.allCalls.map(\.brick))
    for entry in contents.tensors {
      guard let path = entry.tensorPath else { continue }
      named.insert(path.brick)
      if types[path.brick] == nil {
        findings.insert(
          Finding(.warning, .bricks, entry.path, "belongs to \(entry.brick), which the brick tree does not have"))
      }
      if types["\(path.brick)/\(path.name)"] != nil {
        findings.insert(
          Finding(.warning, .bricks, entry.path, "has the name of a child of its brick; rename the tensor or the child")
        )
      }
    }
    for brick in graph.variables(where: { _ in true }).compactMap({ $0[dynamicMember: \.brick] })
    where types[brick] == nil && !named.contains(brick) {
      findings.insert(
        Finding(.warning, .bricks, brick, "has variables in the graph, but the brick tree does not have it"))
    }
    return Array(findings)
  }
}
