import ComputationGraphs
import Messages
import Tensors

/// The open checkpoints to average. All of them hold the same model.
struct AveragingInputs: Sendable {
  /// A shared reference to an open checkpoint, because a `Checkpoint` cannot be copied.
  final class File: Sendable {
    let checkpoint: Checkpoint

    init(_ place: CheckpointFile) throws(CheckpointError) {
      checkpoint = try Checkpoint(opening: place)
      guard checkpoint.kind == .model else {
        throw CheckpointError(
          .unsuitable, "holds update pairs, not a model; there are no parameters to average", file: place.name)
      }
      try checkpoint.checkTable()
    }
  }

  let files: [File]

  /// Opens checkpoints and compares their models.
  ///
  /// - Throws: `CheckpointError` with code `.unsuitable` that lists every difference from the last checkpoint.
  init(_ places: [CheckpointFile]) throws(CheckpointError) {
    precondition(!places.isEmpty, "there is nothing to average")
    var files: [File] = []
    for place in places { files.append(try File(place)) }
    self.files = files
    var differences: [(file: String, text: String)] = []
    for file in files.dropLast() {
      let found = try AveragingInputs.differences(of: file.checkpoint, from: base.checkpoint)
      differences += found.map { (file.checkpoint.name, $0) }
    }
    guard let first = differences.first else { return }
    let isOneFile = differences.allSatisfy { $0.file == first.file }
    let lines = differences.map { "\n  \(isOneFile ? "" : $0.file + ": ")\($0.text)" }
    throw CheckpointError(
      .unsuitable,
      "\(counted(differences.count, "difference")) from \(base.checkpoint.name); nothing was written:"
        + lines.joined(),
      file: first.file)
  }

  /// The last checkpoint. The output gets everything from it, except for the averaged parameters.
  var base: File { files[files.count - 1] }

  /// The differences between a checkpoint's model and the model of another checkpoint, in words. Values are not compared.
  private static func differences(
    of checkpoint: borrowing Checkpoint, from base: borrowing Checkpoint
  ) throws(CheckpointError) -> [String] {
    var differences: [String] = []
    for entry in base.contents.tensors where !entry.isUpdate {
      guard let other = checkpoint.entry(entry.path) else {
        differences.append("\(entry.path) is missing")
        continue
      }
      differences += other.differences(from: entry)
    }
    for entry in checkpoint.contents.tensors where !entry.isUpdate && base.entry(entry.path) == nil {
      differences.append("\(entry.path) is not in \(base.name)")
    }
    // If the tensors differ, the graphs differ as well, so report only the tensors.
    guard differences.isEmpty else { return differences }
    func isSame(_ document: Name, _ checkpoint: borrowing Checkpoint, _ base: borrowing Checkpoint) -> Bool {
      checkpoint.digest(ofDocument: document) == base.digest(ofDocument: document)
    }
    let difference =
      isSame(Format.graphPath, checkpoint, base) ? nil : try checkpoint.graph().firstDifference(from: base.graph())
    if !isSame(Format.bricksPath, checkpoint, base) {
      // The configuration may contain settings of training, such as a learning rate. They do not matter if the graphs are the same.
      differences += BrickNode.differences(
        of: try checkpoint.bricks(), from: try base.bricks(), of: base.name,
        comparingConfigurations: difference != nil)
    }
    if differences.isEmpty, let difference { differences.append("the graph \(difference)") }
    return differences
  }
}

extension Checkpoint {
  fileprivate func digest(ofDocument path: Name) -> Digest? {
    contents.documents.first { $0.path == path }?.digest
  }
}

extension Contents.Entry {
  fileprivate func differences(from other: Contents.Entry) -> [String] {
    var differences: [String] = []
    if type != other.type { differences.append("\(path) is \(type.rawValue), not \(other.type.rawValue)") }
    if shape != other.shape {
      differences.append("\(path) has the shape \(Shape(shape)), not \(Shape(other.shape))")
    }
    if role != other.role { differences.append("\(path) has the role \(role), not \(other.role)") }
    if let epsilon = statistic?.epsilon, let wanted = other.statistic?.epsilon, epsilon != wanted {
      differences.append("\(path) has epsilon \(epsilon), not \(wanted)")
    }
    return differences
  }
}

extension BrickNode {
  /// The differences between two trees of bricks, by path, in words.
  fileprivate static func differences(
    of nodes: [BrickNode], from others: [BrickNode], of file: String, comparingConfigurations: Bool,
    in parent: Name = ""
  ) -> [String] {
    var differences: [String] = []
    for other in others where !nodes.contains(where: { $0.name == other.name }) {
      differences.append("the brick \(parent)/\(other.name) is missing")
    }
    for node in nodes {
      let path: Name = "\(parent)/\(node.name)"
      guard let other = others.first(where: { $0.name == node.name }) else {
        differences.append("the brick \(path) is not in \(file)")
        continue
      }
      if node.type != other.type { differences.append("the brick \(path) is a \(node.type), not a \(other.type)") }
      let keys = Set(node.configuration.keys).union(other.configuration.keys)
        .filter { node.configuration[$0] != other.configuration[$0] }
      if comparingConfigurations, !keys.isEmpty {
        differences.append("the brick \(path) is configured differently: \(keys.sorted().joined(separator: ", "))")
      }
      differences += BrickNode.differences(
        of: node.children, from: other.children, of: file, comparingConfigurations: comparingConfigurations, in: path)
    }
    return differences
  }
}

extension Graph {
  /// The first difference between two graphs in words; nil if they are the same.
  fileprivate func firstDifference(from other: Graph) -> String? {
    guard self != other else { return nil }
    func names(_ ports: [Port]) -> String { ports.map(\.name).joined(separator: ", ") }
    if inputs != other.inputs { return "has the inputs \(names(inputs)), not \(names(other.inputs))" }
    if outputs != other.outputs { return "has the outputs \(names(outputs)), not \(names(other.outputs))" }
    for (index, pair) in zip(nodes, other.nodes).enumerated() where pair.0 != pair.1 {
      let brick = pair.0.outputs.first.flatMap { variables.indices.contains($0) ? variables[$0].brick : nil }
      return "first differs at node \(index)" + (brick.map { ", in the brick \($0)" } ?? "")
    }
    if nodes.count != other.nodes.count { return "has \(nodes.count) nodes, not \(other.nodes.count)" }
    for (index, pair) in zip(variables, other.variables).enumerated() where pair.0 != pair.1 {
      return "differs in variable \(index)" + (pair.0.brick.map { ", of the brick \($0)" } ?? "")
    }
    return "differs in its calls of bricks"
  }
}
