import Bricks
import HDF5
import JSON
import PopulationStatistics

@testable import Checkpoints

/// The parts of a checkpoint, which tests change one by one; digests are put right when it is written, so that nothing but the change
/// is wrong with the file.
struct RawCheckpoint {
  var contents: Contents
  /// The text of each document.
  var documents: [Name: String]
  /// The content of each dataset, by the path in the table of contents.
  var tensors: [Name: Tensor]
  /// The root attributes.
  var attributes: [String: String]
  /// Digests of tensors and documents that are to stay wrong.
  var wrongDigests: [Name: Digest] = [:]
  /// Datasets that the file does not get.
  var missing: Set<Name> = []
  /// The digest of all parameters, if it has to be wrong.
  var wrongParametersDigest: Digest?

  /// Reads a file.
  init(_ path: String) throws {
    let checkpoint = try Checkpoint(opening: path)
    contents = checkpoint.contents
    documents = [:]
    for document in contents.documents {
      documents[document.path] = try Checkpoint.text(document.path, in: checkpoint.file, name: path)
    }
    tensors = [:]
    for entry in contents.tensors { tensors[entry.path] = try checkpoint.read(entry) }
    attributes = [
      "format": "swift-bricks checkpoint", "format_version": contents.formatVersion, "kind": contents.kind,
      "producer": "tests",
    ]
  }

  /// Changes an entry of the table of contents.
  mutating func edit(_ path: Name, _ body: (inout Contents.Entry) -> Void) {
    guard let index = contents.tensors.firstIndex(where: { $0.path == path }) else { preconditionFailure(path.text) }
    body(&contents.tensors[index])
  }

  /// Changes elements of a tensor.
  mutating func set(_ path: Name, _ elements: [Int: Double]) throws {
    let tensor = try tensor(path)
    if case .int64(var values) = tensor.storage {
      for (index, value) in elements { values[index] = Int64(value) }
      tensors[path] = try Tensor(values, shape: tensor.shape)
    } else {
      var values = tensor.doubles
      for (index, value) in elements { values[index] = value }
      tensors[path] = try Tensor(values, shape: tensor.shape).converted(to: tensor.type)
    }
  }

  func tensor(_ path: Name) throws -> Tensor {
    guard let tensor = tensors[path] else { preconditionFailure(path.text) }
    return tensor
  }

  /// Changes a document.
  mutating func edit(document path: Name, _ body: (inout JSONValue) -> Void) throws {
    var json = try JSONValue(parsing: documents[path] ?? "")
    body(&json)
    documents[path] = try json.jsonText()
  }

  /// Changes the graph.
  mutating func editGraph(_ body: (inout JSONValue) -> Void) throws { try edit(document: "/model/graph", body) }

  /// Changes the only tree of bricks.
  mutating func editTree(_ body: (inout JSONValue) -> Void) throws {
    try edit(document: "/model/bricks") { body(&$0["bricks"][0]) }
  }

  /// Changes the recorded update pairs in the table of contents.
  mutating func editUpdates(_ body: (inout Contents.Updates) -> Void) {
    guard var updates = contents.updates else { preconditionFailure("no update pairs") }
    body(&updates)
    contents.updates = updates
  }

  /// Removes tensors from the table and the file.
  mutating func remove(_ paths: Name...) {
    contents.tensors.removeAll { paths.contains($0.path) }
    for path in paths { tensors[path] = nil }
  }

  /// Adds a tensor to the table and the file, described as another is.
  mutating func add(_ path: Name, like other: Name, _ tensor: Tensor, brick: Name? = nil) {
    guard var entry = contents.tensors.first(where: { $0.path == other }) else { preconditionFailure(other.text) }
    entry.path = path
    entry.brick = brick ?? entry.brick
    (entry.type, entry.shape) = (tensor.type, tensor.shape.dimensions)
    contents.tensors.append(entry)
    contents.tensors.sort { $0.path < $1.path }
    tensors[path] = tensor
  }

  /// Keeps some of the records of a group of update pairs.
  mutating func keepRows(_ rows: [Int], of group: Name) throws {
    editUpdates { updates in
      guard let index = updates.groups.firstIndex(where: { $0.path == group }) else { preconditionFailure(group.text) }
      updates.groups[index].batches = rows.map { updates.groups[index].batches[$0] }
      let used = Set(updates.groups.flatMap(\.batches)).sorted()
      updates.batches = used.map { updates.batches[$0] }
      for index in updates.groups.indices {
        updates.groups[index].batches = updates.groups[index].batches.compactMap(used.firstIndex(of:))
      }
    }
    for name in ["minibatch_mean", "minibatch_stdev", "counts"] {
      let path: Name = "\(group)/\(name)"
      let kept = try tensor(path).gatheringRows(Tensor(rows.map(Int64.init), shape: [rows.count]))
      tensors[path] = kept
      edit(path) { $0.shape = kept.shape.dimensions }
    }
  }

  /// Writes the file with digests that are right.
  ///
  /// - Parameter movesRecords: Whether update pairs of the file's parameters belong to the changed parameters, too.
  mutating func write(to path: String, movesRecords: Bool = false) throws {
    for index in contents.tensors.indices {
      let entry = contents.tensors[index]
      if let tensor = tensors[entry.path] { contents.tensors[index].digest = wrongDigests[entry.path] ?? tensor.digest }
    }
    if contents.parametersDigest != nil, contents.tensors.allSatisfy({ $0.shape.allSatisfy { $0 >= 0 } }) {
      let before = contents.parametersDigest
      let digest = Contents.parametersDigest(of: contents.tensors)
      contents.parametersDigest = wrongParametersDigest ?? digest
      // Statistics that were estimated with the file's own parameters still are.
      for index in contents.tensors.indices where contents.tensors[index].statistic?.parametersDigest == before {
        contents.tensors[index].statistic?.parametersDigest = digest
      }
      for index in contents.updates?.batches.indices ?? 0..<0
      where movesRecords && contents.updates?.batches[index].parametersDigest == before {
        contents.updates?.batches[index].parametersDigest = digest
      }
    }
    for index in contents.documents.indices {
      let document = contents.documents[index].path
      contents.documents[index].digest = wrongDigests[document] ?? Digest(of: documents[document] ?? "")
    }
    let text = try contents.jsonText()
    let file = try HDF5.File(creating: path)
    for (name, value) in attributes { try file.setAttribute(name, to: value) }
    try file.setAttribute("content_digest", to: (wrongDigests["/contents"] ?? Digest(of: text)).description)
    for (document, text) in documents.merging(["/contents": text], uniquingKeysWith: { $1 })
    where !missing.contains(document) {
      let dataset = try file.createDataset(
        String(document.text.dropFirst()), datatype: .text(byteCount: max(text.utf8.count, 1)))
      try dataset.writeString(text)
    }
    for (path, tensor) in tensors where !missing.contains(path) {
      let dataset = try file.createDataset(
        String(path.text.dropFirst()), datatype: tensor.type.datatype, dimensions: tensor.shape.dimensions)
      switch tensor.storage {
      case .float32(let elements): try dataset.write(elements)
      case .float64(let elements): try dataset.write(elements)
      case .int64(let elements): try dataset.write(elements)
      }
    }
    try file.close()
  }
}

/// Checkpoints without any fault, which tests plant faults in.
enum CleanCheckpoint: String, CaseIterable {
  /// A perceptron with two normalizations, and three recorded minibatches for the first.
  case perceptron
  /// A normalization per time step, and ragged update pairs of two minibatches.
  case timeSteps

  static let brick: Name = "/mlp/batch_norm_activation_0/batchnormalization"
  static let stepBrick: Name = "/stepwise/batchnormalization"

  /// Saves the checkpoint.
  func save(to path: String) throws {
    let kind: ModelCase = self == .perceptron ? .perceptron : .timeSteps
    var model = try estimated(kind.model())
    if self == .perceptron { try model.set(model.path("/mlp/linear_0.W"), to: ramp([3, 4])) }
    let digest = model.parametersDigest
    for path in model.origins.keys {
      guard var origin = model.origins[path] else { continue }
      origin.parametersDigest = digest
      try model.setStatistic(path, to: model.tensor(path), origin: origin)
    }
    let (brick, epsilon, shape): (Name, Double, Shape) =
      self == .perceptron ? (Self.brick, 1e-4, [4]) : (Self.stepBrick, 1e-3, [4])
    let counts: [[Int64]] = self == .perceptron ? [[4], [4], [3]] : [[4, 4, 2], [4, 3]]
    let records = try counts.enumerated().map { index, counts in
      let size = counts.count * 4
      return try UpdateRecord(
        identity: UpdateRecord.Identity(
          brick: brick, batch: "train.h5:images[\(index)]", parametersDigest: digest),
        sequence: index, epsilon: epsilon, scalarType: .float64, exampleShape: shape, hasTimeSteps: self == .timeSteps,
        mean: (0..<size).map { Double($0) - 1.5 - Double(index) },
        standardDeviation: (0..<size).map { 0.5 + Double($0 + index) }, counts: counts)
    }
    try CheckpointPayload(model: model, updates: UpdateSet(records), provenance: someProvenance).save(to: path)
  }
}

extension JSONValue {
  /// A member of an object, which may be missing.
  subscript(key: Name) -> JSONValue {
    get { (try? members())?[key] ?? .null }
    set {
      var members = (try? self.members()) ?? [:]
      members[key] = newValue == .null ? nil : newValue
      self = .object(members)
    }
  }

  /// An element of a list.
  subscript(index: Int) -> JSONValue {
    get { ((try? elements()) ?? [])[index] }
    set {
      var elements = (try? self.elements()) ?? []
      elements[index] = newValue
      self = .list(elements)
    }
  }

  /// The index of the k-th object of a list that has the given text as its member `key`.
  func index(of text: String, in key: Name, ordinal: Int = 0) -> Int {
    let elements = (try? self.elements()) ?? []
    let matches = elements.indices.filter { elements[$0][key] == .text(text) }
    precondition(matches.count > ordinal, "\(key) \(text)")
    return matches[ordinal]
  }

  /// Takes an element out of a list.
  @discardableResult
  mutating func remove(at index: Int) -> JSONValue {
    var elements = (try? self.elements()) ?? []
    let removed = elements.remove(at: index)
    self = .list(elements)
    return removed
  }

  /// Puts an element at the end of a list.
  mutating func append(_ element: JSONValue) { self = .list(((try? elements()) ?? []) + [element]) }
}
