import ComputationGraphs
import Names
import Tensors

/// An importer of the graph of an ONNX file, node by node.
final class ONNXImporter {
  /// The largest depth of nested graphs.
  private static let deepestNesting = 16

  /// The path of the file, for messages.
  let path: String
  /// The model under construction.
  let assembly: ModelAssembly
  /// The reader of tensors.
  let tensors: TensorReading
  /// The version of the standard operators.
  let operatorSet: Int
  private let graph: Onnx_GraphProto
  private let functions: [String: Onnx_FunctionProto]
  private let extents: [String: Int]
  /// The node of each brick, by the brick's path.
  private var owners: [Name: String] = [:]
  private var modelInputs: [Variable] = []
  private var budget = ImportBudget()

  /// Creates an importer of a file.
  ///
  /// - Parameter extents: The extents of dynamic axes, by their names.
  init(_ file: ONNXFile, extents: [String: Int]) throws {
    path = file.path
    operatorSet = file.operatorSet
    assembly = ModelAssembly(file: file.path)
    tensors = TensorReading(file.path)
    graph = file.model.graph
    functions = Dictionary(file.model.functions.map { ("\($0.domain):\($0.name)", $0) }) { first, _ in first }
    self.extents = extents
  }

  /// An error about the file, or about an object in it.
  func error(_ code: ModelFormatError.Code, _ message: String, at object: String? = nil) -> ModelFormatError {
    ModelFormatError(code, message, path: path, object: object.map { Name($0) })
  }

  /// Notes that the file computes with a 16-bit type, if a value has such a type.
  func noteWidening(of type: ElementType) {
    let note =
      "the file computes in \(type.name); the model computes in float32, and does not round results to \(type.name)"
    if type.isWidened, !assembly.notes.contains(note) { assembly.notes.append(note) }
  }

  /// Counts steps in which constants are computed.
  ///
  /// - Throws: `ModelFormatError` if there are too many for the size of the file.
  func take(steps count: Int, at label: String) throws {
    guard budget.take(steps: count) else {
      throw error(
        .unsupported,
        "the file computes too many elements of constants: more than \(ImportBudget.largestStepCount) steps, and "
          + "\(ImportBudget.stepsOfElement) for each element of an initializer; let the exporter fold the constants",
        at: label)
    }
  }

  // MARK: The main graph

  /// Imports the model of the file.
  func model() throws -> ImportedModel {
    let scope = ONNXScope(builder: assembly.builder, outer: nil)
    let initializers = Set(graph.initializer.map(\.name))
    let inputs = graph.input.filter { !initializers.contains($0.name) }
    let axes = try OpenAxes(inputs, extents: extents, importer: self)
    for input in inputs {
      let value = try axes.variable(for: input, in: assembly.builder)
      if case .variable(let variable, _) = value { modelInputs.append(variable) }
      try scope.define(input.name, value, self)
    }
    try run(graph, in: scope)
    var outputs: [(name: Name, variable: Variable)] = []
    for output in graph.output {
      let value = try scope.value(output.name, self)
      let node = ONNXNode(.with { $0.opType = "output" }, index: 0, inputs: [value], importer: self, scope: scope)
      outputs.append((Name(output.name), try node.variable(0)))
    }
    guard !outputs.isEmpty else { throw error(.malformed, "the graph has no outputs") }
    return try assembly.finish(outputs: NamedVariables(outputs))
  }

  /// Imports the initializers and nodes of a graph that its outputs need.
  func run(_ graph: Onnx_GraphProto, in scope: ONNXScope) throws {
    guard scope.depth <= ONNXImporter.deepestNesting else {
      throw error(.unsupported, "the graphs are nested more than \(ONNXImporter.deepestNesting) levels deep")
    }
    guard graph.sparseInitializer.isEmpty else {
      throw error(.unsupported, "has sparse initializers; store them densely")
    }
    let needed = try neededNodes(of: graph)
    for initializer in graph.initializer {
      guard !initializer.name.isEmpty else { throw error(.malformed, "an initializer has no name") }
      guard needed.names.contains(initializer.name) else { continue }
      let (tensor, type) = try tensors.read(initializer)
      if type.isWidened { assembly.storedTypes[Name(initializer.name)] = type.stored }
      budget.add(tensor)
      let known = KnownValue(tensor: tensor, type: type, source: Name(initializer.name))
      try scope.define(initializer.name, .known(known), self)
    }
    for (index, proto) in graph.node.enumerated() where needed.nodes[index] {
      try run(proto, index: index, in: scope)
    }
  }

  /// The nodes that the outputs of a graph depend on, and the names that these nodes use.
  private func neededNodes(of graph: Onnx_GraphProto) throws -> (nodes: [Bool], names: Set<String>) {
    var producers: [String: Int] = [:]
    for (index, node) in graph.node.enumerated() {
      for output in node.output where !output.isEmpty {
        guard producers.updateValue(index, forKey: output) == nil else {
          throw error(.malformed, "two nodes compute \"\(output)\"")
        }
      }
    }
    var nodes = [Bool](repeating: false, count: graph.node.count)
    var names: Set<String> = []
    var pending = graph.output.map(\.name)
    while let name = pending.popLast() {
      guard names.insert(name).inserted, let index = producers[name], !nodes[index] else { continue }
      nodes[index] = true
      pending += graph.node[index].input
      for attribute in graph.node[index].attribute where attribute.hasG {
        pending += namesUsed(by: attribute.g, depth: 0)
      }
    }
    return (nodes, names)
  }

  /// All names that a graph inside of a node uses.
  private func namesUsed(by graph: Onnx_GraphProto, depth: Int) -> [String] {
    guard depth <= ONNXImporter.deepestNesting else { return [] }
    var names = graph.output.map(\.name)
    for node in graph.node {
      names += node.input
      for attribute in node.attribute where attribute.hasG { names += namesUsed(by: attribute.g, depth: depth + 1) }
    }
    return names
  }

  /// Finds an input of the model that has an axis with the given extent. Also returns the axis.
  func pattern(of extent: Extent) -> (variable: Variable, axis: Int)? {
    for input in modelInputs {
      if let axis = input.shape.firstIndex(of: extent) { return (input, axis) }
    }
    return nil
  }

  // MARK: Nodes

  /// Imports one node.
  private func run(_ proto: Onnx_NodeProto, index: Int, in scope: ONNXScope) throws {
    let label = proto.name.isEmpty ? "\(proto.opType) number \(index)" : proto.name
    if let function = functions["\(proto.domain):\(proto.opType)"] {
      return try inline(function, for: proto, label, in: scope)
    }
    guard ONNXFile.isStandard(proto.domain) else {
      throw error(.unsupported, "the operator \(proto.domain).\(proto.opType) is not supported", at: label)
    }
    guard let operation = ONNXOperators.all[proto.opType] else {
      throw error(.unsupported, "the operator \(proto.opType) is not supported", at: label)
    }
    let inputs = try proto.input.map { name in name.isEmpty ? nil : try scope.value(name, self) }
    let node = ONNXNode(proto, index: index, inputs: inputs, importer: self, scope: scope)
    let outputs: [ONNXValue]
    do {
      outputs = try node.run(operation)
    } catch let error as ModelFormatError {
      throw error
    } catch {
      // Errors of the graph, the bricks and the tensors name the shapes that do not fit.
      throw self.error(.malformed, "\(proto.opType): \(error)", at: label)
    }
    for (position, name) in proto.output.enumerated() where !name.isEmpty {
      guard position < outputs.count else {
        scope.refuse(name, "the unsupported output \(position) of the operator \(proto.opType)")
        continue
      }
      try scope.define(name, outputs[position], self)
    }
  }

  /// Imports the nodes of a function instead of a node that calls the function.
  private func inline(
    _ function: Onnx_FunctionProto, for proto: Onnx_NodeProto, _ label: String, in scope: ONNXScope
  ) throws {
    let inner = ONNXScope(builder: scope.builder, outer: nil, depth: scope.depth + 1)
    guard inner.depth <= ONNXImporter.deepestNesting else {
      throw error(.unsupported, "the function \(function.name) is nested too deep in other functions", at: label)
    }
    for (position, name) in function.input.enumerated()
    where position < proto.input.count && !proto.input[position].isEmpty {
      try inner.define(name, scope.value(proto.input[position], self), self)
    }
    guard budget.take(nodes: function.node.count) else {
      throw error(
        .unsupported,
        "the calls of functions stand for more than \(ImportBudget.largestNodeCount) nodes; export the model without functions",
        at: label)
    }
    var graph = Onnx_GraphProto()
    graph.node = function.node.map { node in
      var node = node
      node.attribute = node.attribute.compactMap { attribute in
        guard !attribute.refAttrName.isEmpty else { return attribute }
        let given =
          proto.attribute.first { $0.name == attribute.refAttrName }
          ?? function.attributeProto.first { $0.name == attribute.refAttrName }
        guard var value = given else { return nil }
        value.name = attribute.name
        return value
      }
      if !proto.name.isEmpty { node.name = "\(proto.name)/\(node.name)" }
      return node
    }
    graph.output = function.output.map { name in .with { $0.name = name } }
    try run(graph, in: inner)
    for (inside, outside) in zip(function.output, proto.output) where !outside.isEmpty {
      try scope.define(outside, inner.value(inside, self), self)
    }
  }

  /// The path of the brick for a node: the path of the module that has the node's parameter, or a path made from the node's name.
  ///
  /// - Parameters:
  ///   - parameter: The name of the initializer, if there is one.
  ///   - owner: The node's operator and tensors as text. Nodes with equal texts use the same brick.
  func brick(parameter: Name?, node: ONNXNode, owner: String? = nil) -> Name {
    let owner = owner ?? "\(node.proto.opType) \(node.proto.input.dropFirst().joined(separator: " "))"
    let preferred =
      parameter.flatMap { ModulePath.parameter($0)?.brick }
      ?? ModulePath.node(node.proto.name, type: node.proto.opType, index: node.index)
    var candidate = preferred
    var number = 1
    while let known = owners[candidate], known != owner {
      number += 1
      candidate = "\(preferred)_\(number)"
    }
    owners[candidate] = owner
    return candidate
  }
}
