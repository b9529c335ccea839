import ComputationGraphs
import JSON
import Names
import Tensors

/// A node of an ONNX graph during the import: its inputs, its attributes, and functions that operators share.
final class ONNXNode {
  /// The node in the file.
  let proto: Onnx_NodeProto
  /// The index among the nodes of its graph.
  let index: Int
  /// The inputs. Optional inputs that are left out are nil.
  let inputs: [ONNXValue?]
  /// The importer.
  let importer: ONNXImporter
  /// The graph that the node belongs to.
  let scope: ONNXScope
  private(set) var attributes: [String: Onnx_AttributeProto] = [:]
  /// The names of the attributes that the import has used.
  var read: Set<String> = []

  /// Creates a node with the values of its inputs.
  init(
    _ proto: Onnx_NodeProto, index: Int, inputs: [ONNXValue?], importer: ONNXImporter, scope: ONNXScope
  ) {
    (self.proto, self.index, self.inputs, self.importer, self.scope) = (proto, index, inputs, importer, scope)
    for attribute in proto.attribute { attributes[attribute.name] = attribute }
  }

  /// The version of the operators.
  var operatorSet: Int { importer.operatorSet }
  /// The builder that records.
  var builder: GraphBuilder { scope.builder }

  // MARK: Running

  /// Imports the node. If the values of all inputs are known, the outputs are calculated during the import.
  func run(_ operation: ONNXOperator) throws -> [ONNXValue] {
    let outputs = try operation.folds && isKnown ? calculated(operation.body) : operation.body(self)
    for name in attributes.keys.sorted() where !read.contains(name) {
      throw unsupported("the attribute \(name)")
    }
    return outputs
  }

  private var isKnown: Bool {
    scope.calculation == nil && !inputs.isEmpty
      && inputs.allSatisfy { input in
        guard let input else { return true }
        if case .known = input { return true } else { return false }
      }
  }

  private func calculated(_ body: (ONNXNode) throws -> [ONNXValue]) throws -> [ONNXValue] {
    let calculation = Calculation()
    let inner = ONNXScope(builder: GraphBuilder(), outer: nil, depth: scope.depth, calculation: calculation)
    let node = ONNXNode(proto, index: index, inputs: inputs, importer: importer, scope: inner)
    let outputs = try body(node)
    read.formUnion(node.read)
    var variables: [Variable] = []
    for case .variable(let variable, _) in outputs { variables.append(variable) }
    var values = try calculation.values(of: variables, in: inner.builder, for: self)[...]
    return try outputs.map { output in
      guard case .variable(_, let type) = output, var tensor = values.popFirst() else { return output }
      if type == .boolean { tensor = try tensor.converted(to: .int64) }
      return .known(KnownValue(tensor: tensor, type: type))
    }
  }

  // MARK: Errors

  /// The name of the node in messages.
  var label: String { proto.name.isEmpty ? "\(proto.opType) number \(index)" : proto.name }

  /// Returns the error for a part of the node that is not supported.
  func unsupported(_ what: String) -> ModelFormatError {
    importer.error(.unsupported, "not supported in the operator \(proto.opType): \(what)", at: label)
  }

  /// Returns the error for a node that breaks the rules of ONNX.
  func malformed(_ message: String) -> ModelFormatError {
    importer.error(.malformed, "\(proto.opType): \(message)", at: label)
  }

  // MARK: Inputs

  /// Whether an input is given.
  func has(_ position: Int) -> Bool { position < inputs.count && inputs[position] != nil }

  /// The value of an input.
  func value(_ position: Int) throws -> ONNXValue {
    guard position < inputs.count, let input = inputs[position] else { throw malformed("input \(position) is missing") }
    return input
  }

  /// The value of an input, which must be known during the import.
  func known(_ position: Int, _ name: String) throws -> KnownValue {
    guard case .known(let known) = try value(position) else {
      throw unsupported("the input \(name) that is computed when the model runs")
    }
    return known
  }

  /// The integers of an input, which may be symbolic.
  func integers(_ position: Int, _ name: String) throws -> [Dimension] {
    guard let integers = try value(position).integers else {
      throw unsupported("the input \(name) that is computed when the model runs")
    }
    return integers.elements
  }

  /// The integers of an input, which must not depend on a dynamic axis.
  func numbers(_ position: Int, _ name: String) throws -> [Int] {
    try integers(position, name).map { dimension in
      guard let number = dimension.fixed else {
        throw unsupported("the symbolic dimension \(dimension) in the input \(name)")
      }
      return number
    }
  }

  /// The value of an input as a variable of the graph.
  func variable(_ position: Int) throws -> Variable { try variable(value(position)) }

  /// Converts a value to a variable of the graph. Known values become constants or saved tensors.
  ///
  /// - Parameter scalar: The type in which truth values become the numbers 1 and 0.
  func variable(_ value: ONNXValue, as scalar: ScalarType? = nil) throws -> Variable {
    switch value {
    case .variable(let variable, _): return variable
    case .symbolic: throw unsupported("a shape with a dynamic axis as an input")
    case .sequence: throw unsupported("a sequence as an input")
    case .known(let known): return try variable(known, as: scalar)
    }
  }

  private func variable(_ known: KnownValue, as scalar: ScalarType?) throws -> Variable {
    var tensor = known.tensor
    if known.type == .boolean, let scalar { tensor = try tensor.converted(to: scalar) }
    guard known.type.computed != nil else { throw unsupported("the element type \(known.type.name)") }
    if let calculation = scope.calculation { return try calculation.variable(tensor, in: builder) }
    let module = known.source.flatMap(ModulePath.parameter)
    if tensor.shape.rank == 0, module == nil, let number = tensor.doubles.first,
      abs(number) <= 0x1p53 || !known.type.isInteger
    {
      return try builder.constant(number, tensor.type)
    }
    let isParameter = known.source != nil && tensor.type != .int64
    let brick = try module?.brick ?? ownBrick()
    var name = module?.tensor ?? known.source.map(ModulePath.component) ?? "constant"
    let role: Role = isParameter ? .parameter : .persistent
    let plain = name
    var number = 1
    while let path = try? TensorPath(isParameter ? .parameters : .persistent, brick: brick, name: name),
      let other = importer.assembly.tensors[path], other != tensor
    {
      number += 1
      name = "\(plain)_\(number)"
    }
    return try importer.assembly.tensor(
      name, of: brick, known.changed(to: tensor), role: role)
  }

  /// The path of the brick for tensors that belong only to this node.
  private func ownBrick() throws -> Name { importer.brick(parameter: nil, node: self, owner: "node \(label)") }

  // MARK: Outputs

  /// Returns a single output, which is a variable. By default, it has the type of the first input.
  func output(_ variable: Variable, _ type: ElementType? = nil) throws -> [ONNXValue] {
    [.variable(variable, try type ?? value(0).type)]
  }

  // MARK: Axes

  /// Converts the number of an axis, which counts from the end if it is negative, to a number of at least 0.
  func axis(_ axis: Int, rank: Int) throws -> Int {
    let resolved = axis < 0 ? axis + rank : axis
    guard (0..<max(rank, 0)).contains(resolved) else {
      throw malformed("axis \(axis) is out of range for a value of rank \(rank)")
    }
    return resolved
  }

  /// Converts the numbers of axes to numbers of at least 0. Throws an error if an axis occurs twice.
  func axes(_ axes: [Int], rank: Int) throws -> [Int] {
    let resolved = try axes.map { try axis($0, rank: rank) }
    guard Set(resolved).count == resolved.count else { throw malformed("the axes \(axes) repeat an axis") }
    return resolved
  }

  /// The axes of an operator. They were an attribute in early versions and are an input in later versions.
  func axes(attribute name: String = "axes", input position: Int, since version: Int) throws -> [Int]? {
    if let list = try integers(name) { return list }
    return operatorSet >= version && has(position) ? try numbers(position, name) : nil
  }
}
