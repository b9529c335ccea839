import ComputationGraphs
import JSON
import Tensors

/// Collects the bricks, tensors and graph of a model that comes from another framework.
///
/// Importers declare bricks by path, add tensors to them, and record the computation with `builder`. `finish(outputs:)`
/// combines everything into a model.
final class ModelAssembly {
  /// The values of a tensor, with their origin in the file.
  struct Value {
    /// The values in the order and shape that the model needs.
    var tensor: Tensor
    /// The name in the file; nil for values that no file contains.
    var source: Name?
    /// The change from the file's values, such as `transposed (out, in) → (in, out)`.
    var conversion: String
    /// Whether the report on the import names the values.
    var isReported = true

    /// Values with their origin.
    init(_ tensor: Tensor, source: Name? = nil, conversion: String = "") {
      (self.tensor, self.source, self.conversion) = (tensor, source, conversion)
    }
  }

  /// The file, for messages.
  let file: String
  /// The builder of the graph around all loops.
  let builder = GraphBuilder()
  /// Notes about the import for users.
  var notes: [String] = []
  /// The types of the file's 16-bit tensors, by name. A tensor of the model keeps the type if its values are exact.
  var storedTypes: [Name: ScalarType] = [:]

  private(set) var tensors: TensorStore = [:]
  private var descriptions: [TensorPath: TensorDescription] = [:]
  private var origins: [TensorPath: StatisticOrigin] = [:]
  private var mapping: [TensorMapping] = []
  private var bricks = BrickForest()

  /// An empty model.
  init(file: String) { self.file = file }

  // MARK: Bricks

  /// Declares a brick, and also the surrounding bricks that were not declared yet.
  ///
  /// - Parameters:
  ///   - path: The path, such as `/layer1/0/bn1`.
  ///   - type: The class of the layer or module.
  ///   - configuration: The framework's own configuration.
  func declare(_ path: Name, type: Name, configuration: [Name: JSONValue] = [:]) throws {
    try BrickPath.check(path)
    bricks.declare(path, type: type, configuration: configuration)
  }

  /// Whether a brick with this path, or a brick inside of it, was declared.
  func contains(_ path: Name) -> Bool { bricks.contains(path) }

  /// Records one application of a brick.
  func call(
    _ path: Name, type: Name, application: Name = "apply", on inputs: [Variable], in inner: GraphBuilder? = nil,
    _ body: () throws -> [Variable]
  ) throws -> [Variable] {
    try (inner ?? builder).call(brick: path, type: type, application: application, on: inputs, body)
  }

  // MARK: Tensors

  /// Adds a saved tensor to a brick, and returns its variable. If the brick already has the tensor, this returns the existing variable.
  /// A brick that was not declared becomes a `Module`.
  ///
  /// - Parameters:
  ///   - name: The name within the brick, such as `W`.
  ///   - brick: The path of the brick.
  ///   - value: The values.
  ///   - role: A role below PERSISTENT in the tree of roles. It decides whether the tensor is a parameter or another saved tensor.
  ///   - axes: The name of each axis.
  ///   - inner: The builder of a loop's body, if the body must read the tensor itself.
  /// - Throws: `ModelFormatError` if the brick has a different tensor with this name, `GraphError` if the name is invalid.
  func tensor(
    _ name: Name, of brick: Name, _ value: Value, role: Role, axes: [Name]? = nil, in inner: GraphBuilder? = nil
  ) throws -> Variable {
    guard let collection = TensorPath.Collection(role) else {
      throw ModelFormatError(
        .malformed, "the role \(role) is not the role of a saved tensor", path: file, object: brick)
    }
    let path = try TensorPath(collection, brick: brick, name: name)
    if let known = tensors[path] {
      guard known == value.tensor else {
        throw ModelFormatError(
          .malformed, "two tensors would have the path \(path); rename one of them", path: file, object: brick)
      }
    } else {
      bricks.enter(brick)
      let axes = axes ?? (0..<value.tensor.shape.rank).map { "axis_\($0)" }
      store(value, at: path, TensorDescription(axes: axes))
    }
    return try (inner ?? builder).tensor(path, type: VariableType(value.tensor), roles: [role])
  }

  /// Stores a tensor for which the graph has, or will have, a leaf.
  func store(
    _ value: Value, at path: TensorPath, _ description: TensorDescription, origin: StatisticOrigin? = nil
  ) {
    tensors[path] = value.tensor
    descriptions[path] = description
    descriptions[path]?.storedType = value.source.flatMap { storedTypes[$0] }
    origins[path] = origin
    guard let source = value.source, value.isReported else { return }
    mapping.append(TensorMapping(source: source, target: path.spelling, conversion: value.conversion))
  }

  // MARK: The model

  /// Finishes the model with the given outputs.
  ///
  /// - Throws: `ModelFormatError` if the parts do not fit together.
  func finish(outputs: NamedVariables) throws(ModelFormatError) -> ImportedModel {
    do throws(GraphError) {
      let graph = try builder.finish(outputs: outputs)
      let saved = Set(graph.savedTensors.map(\.path))
      var model = try Model(
        bricks: bricks.nodes, graph: graph, tensors: tensors.filter { saved.contains($0.key) },
        descriptions: descriptions.filter { saved.contains($0.key) },
        origins: origins.filter { saved.contains($0.key) })
      try model.endTraining()
      return ImportedModel(model: model, mapping: mapping, notes: notes)
    } catch {
      throw ModelFormatError(.malformed, "\(error)", path: file)
    }
  }
}

/// The tree of the bricks that an importer has declared so far.
private struct BrickForest {
  /// A brick without its path.
  private struct Entry {
    var type: Name = "Module"
    var configuration: [Name: JSONValue] = [:]
    var children: [Name] = []
  }

  private var entries: [Name: Entry] = ["": Entry()]

  func contains(_ path: Name) -> Bool { entries[path] != nil }

  mutating func declare(_ path: Name, type: Name, configuration: [Name: JSONValue]) {
    enter(path)
    entries[path]?.type = type
    entries[path]?.configuration = configuration
  }

  /// Makes sure that a brick and its surrounding bricks exist.
  mutating func enter(_ path: Name) {
    var current: Name = ""
    for name in path.split(at: "/").dropFirst() {
      let next: Name = "\(current)/\(name)"
      if entries[next] == nil {
        entries[next] = Entry()
        entries[current]?.children.append(name)
      }
      current = next
    }
  }

  /// The trees in the order of declaration.
  var nodes: [BrickNode] { children(of: "") }

  private func children(of path: Name) -> [BrickNode] {
    (entries[path]?.children ?? []).map { name in
      let child: Name = "\(path)/\(name)"
      let entry = entries[child] ?? Entry()
      return BrickNode(
        type: entry.type, name: name, configuration: entry.configuration, children: children(of: child))
    }
  }
}
