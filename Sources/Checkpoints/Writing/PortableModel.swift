import ComputationGraphs
import JSON
import Names
import Tensors

/// The documents of a model as texts, for files that are not checkpoints but can store texts beside tensors.
///
/// The texts hold the bricks, the graph, and for each tensor its role, its axes, and the origin of its statistics.
/// `CheckpointPayload` turns the texts and tensors into a model again.
public enum PortableModel {
  /// The beginning of all keys.
  public static let prefix: Name = "swift_bricks."
  private static let contents: Name = "swift_bricks.contents"
  private static let bricks: Name = "swift_bricks.bricks"
  private static let graph: Name = "swift_bricks.graph"
  private static let provenance: Name = "swift_bricks.provenance"

  /// Whether the texts of a file hold a model.
  public static func isPresent(in texts: [Name: String]) -> Bool { texts[contents] != nil }

  /// The texts of a checkpoint's model.
  ///
  /// - Throws: `CheckpointError` if a document cannot be read, or the file has no model.
  public static func texts(of checkpoint: borrowing Checkpoint) throws(CheckpointError) -> [Name: String] {
    guard checkpoint.kind == .model else {
      throw CheckpointError(
        .unsuitable, "holds update pairs, but no model; give a checkpoint with a model", file: checkpoint.name)
    }
    var table = checkpoint.contents
    table.updates = nil
    table.tensors = table.tensors.filter { $0.tensorPath != nil }
    var texts: [Name: String] = [
      bricks: try checkpoint.text(ofDocument: Format.bricksPath),
      graph: try checkpoint.text(ofDocument: Format.graphPath),
    ]
    do {
      texts[contents] = try table.jsonText()
    } catch {
      throw CheckpointError(.malformed, "\(error)", file: checkpoint.name)
    }
    if checkpoint.lists(document: Format.provenancePath) {
      texts[provenance] = try checkpoint.text(ofDocument: Format.provenancePath)
    }
    return texts
  }

  /// Makes a model from texts and tensors. Every tensor must have the type, the shape and the digest that the texts state.
  ///
  /// - Parameters:
  ///   - texts: The result of `texts(of:)`.
  ///   - file: The file that holds the texts, for messages.
  ///   - tensor: Returns the tensor at a path.
  /// - Throws: `CheckpointError` with code `.malformed` or `.damaged`; the errors of `tensor`.
  public static func payload(
    of texts: [Name: String], in file: String, tensor: (TensorPath) throws -> Tensor
  ) throws -> CheckpointPayload {
    func text(_ key: Name) throws(CheckpointError) -> String {
      guard let text = texts[key] else {
        throw CheckpointError(.malformed, "has no text \"\(key)\", so the model is incomplete", file: file)
      }
      return text
    }
    func document<Value>(_ key: Name, _ read: (JSONValue) throws -> Value) throws(CheckpointError) -> Value {
      try Checkpoint.parse(text(key), read, file: file, object: key)
    }
    let table = try Checkpoint.contents(parsing: text(contents), file: file, object: contents)
    let nodes = try document(bricks) { try $0.list("bricks", BrickNode.init) }
    let computation = try document(graph, Graph.init)
    var tensors: TensorStore = [:]
    var descriptions: [TensorPath: TensorDescription] = [:]
    var origins: [TensorPath: StatisticOrigin] = [:]
    for entry in table.tensors {
      guard let path = entry.tensorPath else { continue }
      let value = try tensor(path)
      guard value.type == entry.type.inMemory, value.shape.dimensions == entry.shape else {
        throw CheckpointError(
          .malformed,
          "is \(value.type.rawValue) \(value.shape), but \(entry.type.rawValue) \(Shape(entry.shape)) in the model's table",
          file: file, object: path.spelling)
      }
      let digest = try value.digest(as: entry.type)
      guard digest == entry.digest else {
        throw CheckpointError(damaged: path.spelling, read: digest, recorded: entry.digest, file: file)
      }
      tensors[path] = value
      descriptions[path] = TensorDescription(
        axes: entry.axes, broadcastable: entry.broadcastable,
        storedType: entry.type == value.type ? nil : entry.type)
      origins[path] = entry.statistic?.origin
    }
    let steps =
      texts[provenance] == nil ? [] : try document(provenance) { json in try json.list("steps") { try $0.members() } }
    do {
      try BrickNode.validate(nodes)
      let model = try Model(
        bricks: nodes, graph: computation, tensors: tensors, descriptions: descriptions, origins: origins)
      return CheckpointPayload(model: model, provenance: steps)
    } catch {
      throw CheckpointError(.malformed, "\(error)", file: file)
    }
  }
}
