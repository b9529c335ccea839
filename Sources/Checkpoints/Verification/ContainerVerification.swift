import ComputationGraphs
import HDF5

/// Checks the rules with the tag V in schemas/CONTAINER.md, which readers do not check. They concern names of objects, documents
/// that the table of contents does not list, and attributes that repeat its entries.
struct ContainerVerification {
  private(set) var findings: [Finding] = []
  private var axes = AxisReferences()

  /// Checks the names of the objects, and the references to dimension scales.
  mutating func verifyNames(of checkpoint: borrowing Checkpoint) {
    do {
      let names = try verifyObjects(in: checkpoint)
      findings += axes.findings(names)
      try verifyDocuments(of: checkpoint)
    } catch {
      findings.append(Finding(.objects, CheckpointError(about: checkpoint.name, error)))
    }
  }

  private mutating func add(_ check: Finding.Check, _ path: Name, _ message: String) {
    findings.append(Finding(.warning, check, path, message))
  }

  /// Finds objects with two names below the tensor groups (C4), and equal names of two tensors of one brick (C28).
  ///
  /// - Returns: The names of all objects below the tensor groups.
  private mutating func verifyObjects(in checkpoint: borrowing Checkpoint) throws -> [ObjectIdentity: [Name]] {
    var names: [ObjectIdentity: [Name]] = [:]
    var groups: [String] = []
    for root in Format.tensorRoots where try checkpoint.file.exists(root) {
      names[try checkpoint.file.identity(of: root), default: []].append("/\(root)")
      groups.append(root)
    }
    while let path = groups.popLast() {
      let group = try checkpoint.file.openGroup(path)
      for link in try group.links() {
        guard let identity = link.identity else { continue }
        let child: Name = "/\(path)/\(link.name)"
        names[identity, default: []].append(child)
        if let other = names[identity]?.first, other != child {
          add(.objects, child, "is the same object as \(other); write a copy of the object for each name")
          continue
        }
        // An object whose elements were already found in the file is a dataset.
        guard checkpoint.places[child] == nil else { continue }
        if try group.objectKind(atKnownPath: link.name) == .group { groups.append("\(path)/\(link.name)") }
      }
    }
    var tensors: [Name: TensorPath] = [:]
    for path in checkpoint.contents.tensors.compactMap(\.tensorPath) {
      // An entry that is listed twice is reported elsewhere.
      guard let other = tensors.updateValue(path, forKey: path.spelling), other != path else { continue }
      add(.table, path.datasetPath, "has the same name, \(path), as \(other.datasetPath); rename one of them")
    }
    return names
  }

  /// Finds documents that are not in the table of contents (C32). Readers look only for listed documents.
  private mutating func verifyDocuments(of checkpoint: borrowing Checkpoint) throws {
    let wanted = checkpoint.kind == .model ? [] : [Format.bricksPath, Format.graphPath]
    for path in wanted + [Format.provenancePath] where !checkpoint.lists(document: path) {
      guard try checkpoint.file.exists(String(path.text.dropFirst())) else { continue }
      add(.document, path, "is in the file, but not in the table of contents: no reader uses it")
    }
  }

  /// Finds the mark of a dimension scale on a tensor (C33), and attributes that differ from the table of contents (C38). Records the
  /// references to dimension scales, and the scales themselves, which have no entry.
  mutating func verify(_ dataset: borrowing Dataset, _ entry: Contents.Entry?, of file: String) {
    guard let entry else { return axes.add(scale: dataset) }
    do {
      try axes.add(dataset, entry)
      if try dataset.isDimensionScale {
        add(.objects, entry.path, "is marked as a dimension scale, but the table of contents lists it as a tensor")
      }
      for problem in try AttributeComparison(dataset, entry).problems { add(.objects, entry.path, problem) }
    } catch {
      findings.append(Finding(.objects, CheckpointError(about: file, error)))
    }
  }
}

/// Compares the attributes of a dataset with its entry in the table of contents.
private struct AttributeComparison {
  private(set) var problems: [String] = []

  init(_ dataset: borrowing Dataset, _ entry: Contents.Entry) throws {
    try compare(dataset, texts: "role", [entry.role])
    try compare(dataset, texts: "brick", [entry.brick])
    try compare(dataset, texts: "axes", entry.axes)
    if let broadcastable = entry.broadcastable {
      try compare(dataset, "broadcastable", broadcastable.map { $0 ? 1 : 0 } as [Int64])
    }
    guard let statistic = entry.statistic else { return }
    try compare(dataset, "epsilon", [statistic.epsilon])
    try compare(dataset, "observation_counts", statistic.observationCounts)
    try compare(dataset, "records", [Int64(statistic.records)])
    try compare(dataset, texts: "estimator", [Name(statistic.estimator.name)])
    try compare(dataset, texts: "parameters_digest", [Name(statistic.parametersDigest?.description ?? "")])
  }

  private mutating func compare(_ dataset: borrowing Dataset, texts name: String, _ expected: [Name]) throws {
    try compare(dataset, name, expected) { try $0.texts(inAttribute: name).map { Name($0) } }
  }

  private mutating func compare<Number: HDF5Number>(
    _ dataset: borrowing Dataset, _ name: String, _ expected: [Number]
  ) throws where Number: Equatable {
    try compare(dataset, name, expected) { try $0.numbers(inAttribute: name, as: Number.self) }
  }

  private mutating func compare<Value: Equatable>(
    _ dataset: borrowing Dataset, _ name: String, _ expected: [Value],
    _ read: (borrowing Dataset) throws -> [Value]
  ) throws {
    do {
      let values = try read(dataset)
      guard values != expected else { return }
      problems.append(
        "has the attribute \(name) \(Self.words(values)), but the table of contents says \(Self.words(expected))")
    } catch let error as HDF5Error where error.code == .typeMismatch {
      problems.append(error.message)
    } catch let error as HDF5Error where error.code == .noSuchObject {
      // Missing attributes are allowed, because other programs may leave them out.
    }
  }

  private static func words<Value>(_ values: [Value]) -> String {
    let words = values.prefix(8).map { $0 is Name ? "\"\($0)\"" : "\($0)" } + (values.count > 8 ? ["…"] : [])
    return values.count == 1 ? words[0] : "[\(words.joined(separator: ", "))]"
  }
}
