import ComputationGraphs
import Tensors

extension Contents {
  /// Checks the table of contents alone, without comparing it with the file's objects: order, repetition, paths, extents, statistics,
  /// update pairs.
  ///
  /// - Throws: The first error of `problems(kind:version:file:)`.
  func validate(kind: CheckpointKind, version: String, file: String) throws(CheckpointError) {
    if let problem = problems(kind: kind, version: version, file: file).first { throw problem }
  }

  /// The faults that the table of contents alone shows. The code is `.malformed` with the entry's name, or `.damaged` if the kind or the
  /// version differ from the root attributes.
  func problems(kind: CheckpointKind, version: String, file: String) -> [CheckpointError] {
    var problems: [CheckpointError] = []
    func check(_ body: () throws(TableProblem) -> Void) {
      do throws(TableProblem) {
        try body()
      } catch {
        let object = error.object ?? Format.contentsPath
        problems.append(CheckpointError(.malformed, error.message, file: file, object: object))
      }
    }
    if self.kind != kind.rawValue || formatVersion != version {
      let problem = CheckpointError(
        .damaged,
        "has the kind \(self.kind) and version \(formatVersion), but the root attributes say \(kind.rawValue), \(version): the file was "
          + "edited by another program",
        file: file, object: Format.contentsPath)
      problems.append(problem)
    }
    for entry in tensors { check(entry.validate) }
    let areExtentsValid = problems.isEmpty
    check { () throws(TableProblem) in try checkOrder(of: tensors.map(\.path)) }
    check { () throws(TableProblem) in try checkOrder(of: documents.map(\.path)) }
    check(checkTensorsAreNoGroups)
    if areExtentsValid { check { () throws(TableProblem) in try checkParametersDigest(kind) } }
    check { () throws(TableProblem) in try checkDocuments(kind) }
    if kind == .updatePairs, !tensors.allSatisfy(\.isUpdate) {
      check { () throws(TableProblem) in
        throw TableProblem("lists parameters or statistics, which a file of update pairs must not have")
      }
    }
    for problem in updateProblems() { check { () throws(TableProblem) in throw problem } }
    return problems
  }

  private func checkOrder(of paths: [Name]) throws(TableProblem) {
    if let index = paths.firstIndexOutOfOrder(by: <) {
      let (left, right) = (paths[index - 1], paths[index])
      throw TableProblem("lists \(right) \(left == right ? "twice" : "after \(left), out of order")")
    }
  }

  /// Checks that no tensor's path is the beginning of another tensor's path. Otherwise, a tensor would have the same name as a
  /// child brick.
  private func checkTensorsAreNoGroups() throws(TableProblem) {
    // Paths are sorted, so all paths that begin with a path follow it directly. `beginnings` holds the earlier paths with which the
    // next path can begin. Each of them begins with the one before it.
    var beginnings: [Name] = []
    for path in tensors.lazy.map(\.path) {
      while let last = beginnings.last, !path.hasPrefix(last) { beginnings.removeLast() }
      if let parent = beginnings.last(where: { path.isBelow($0) }) {
        throw TableProblem("is a tensor, but \(path) is below it; rename the tensor or the brick", parent)
      }
      beginnings.append(path)
    }
  }

  private func checkParametersDigest(_ kind: CheckpointKind) throws(TableProblem) {
    guard let parametersDigest else {
      if kind == .model { throw TableProblem("has no parameters_digest") }
      return
    }
    guard kind == .model else { throw TableProblem("has a parameters_digest, which only a model may have") }
    let actual = Contents.parametersDigest(of: tensors)
    guard actual == parametersDigest else {
      throw TableProblem(
        "has the parameters_digest \(parametersDigest.abbreviated), but its entries give \(actual.abbreviated)")
    }
  }

  /// The digest of the parameters among entries in canonical order.
  ///
  /// - Precondition: The paths and extents of the entries are valid.
  static func parametersDigest(of entries: [Entry]) -> Digest {
    Model.parametersDigest(
      entries.compactMap {
        guard $0.path.hasPrefix("/parameters/") else { return nil }
        return (path: $0.path, type: $0.type, extents: $0.shape, digest: $0.digest)
      })
  }

  private func checkDocuments(_ kind: CheckpointKind) throws(TableProblem) {
    for path in [Format.bricksPath, Format.graphPath]
    where documents.contains(where: { $0.path == path }) != (kind == .model) {
      throw TableProblem(
        kind == .model
          ? "does not list the document \(path), which every model must have"
          : "lists the document \(path), which only a model may have")
    }
    for path in documents.map(\.path) {
      let isTensorGroup = Format.tensorRoots.contains { path == "/\($0)" || path.hasPrefix("/\($0)/") }
      guard !isTensorGroup, path != Format.contentsPath else {
        throw TableProblem(
          "lists the document \(path), \(isTensorGroup ? "in a group of tensors" : "which is the table of contents itself")"
        )
      }
    }
  }
}

extension Array {
  /// The index of the first element that is not greater than the element before it; nil if the elements ascend without repetition.
  ///
  /// This is a simple loop without `zip`: creating the generic types of `zip` would take as long as reading the whole table.
  func firstIndexOutOfOrder(by precedes: (Element, Element) -> Bool) -> Int? {
    var index = 1
    while index < count {
      if !precedes(self[index - 1], self[index]) { return index }
      index += 1
    }
    return nil
  }
}

/// A fault of the table of contents, with its object.
struct TableProblem: Error {
  let message: String
  let object: Name?

  init(_ message: String, _ object: Name? = nil) {
    self.message = message
    self.object = object
  }
}
