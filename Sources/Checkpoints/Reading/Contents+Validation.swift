import Bricks

extension Contents {
  /// Checks what the table may get wrong by itself: order, repetition, paths, extents, statistics.
  ///
  /// - Throws: `CheckpointError` with code `.malformed` naming the entry.
  func validate(kind: CheckpointKind, version: String, file: String) throws(CheckpointError) {
    func malformed(_ message: String, _ object: String? = nil) -> CheckpointError {
      CheckpointError(.malformed, message, file: file, object: object ?? Format.contentsPath)
    }
    guard self.kind == kind.rawValue, formatVersion == version else {
      throw CheckpointError(
        .damaged,
        "says kind \(self.kind), version \(formatVersion), the root attributes say \(kind.rawValue), \(version): the file was "
          + "edited by something else",
        file: file, object: Format.contentsPath)
    }
    for (left, right) in zip(tensors, tensors.dropFirst())
    where !left.path.utf8.lexicographicallyPrecedes(right.path.utf8) {
      throw malformed("lists \(right.path) \(left.path == right.path ? "twice" : "after \(left.path), out of order")")
    }
    for entry in tensors {
      do {
        try entry.validate()
      } catch {
        throw malformed(error.message, entry.path)
      }
    }
    guard kind != .model || parametersDigest != nil else { throw malformed("has no parameters_digest") }
    if let parametersDigest {
      let actual = computedParametersDigest
      guard actual == parametersDigest else {
        throw malformed("says parameters_digest \(parametersDigest.abbreviated), but its entries make \(actual.abbreviated)")
      }
    }
    guard kind != .updatePairs || tensors.allSatisfy(\.isUpdate) else {
      throw malformed("a file of update pairs lists parameters or statistics")
    }
  }

  private var computedParametersDigest: Digest {
    Model.parametersDigest(
      tensors.compactMap { entry in
        guard let path = entry.tensorPath, path.collection == .parameters else { return nil }
        return (path, entry.type, Shape(entry.shape), entry.digest)
      })
  }
}

extension Contents.Entry {
  /// Whether the tensor belongs to recorded update pairs.
  var isUpdate: Bool { path.hasPrefix("/\(Format.updatesRoot)/") }

  /// The path of a parameter, statistic or other persistent tensor; nil for update pairs.
  public var tensorPath: TensorPath? { isUpdate ? nil : try? TensorPath(datasetPath: path) }

  /// Whether the role has a name, or refines it as far as the built-in roles tell.
  public func refines(_ role: Role) -> Bool {
    self.role == role.name || Role.builtIn.contains { $0.name == self.role && $0.refines(role) }
  }

  fileprivate func validate() throws(GraphError) {
    func malformed(_ message: String) -> GraphError { GraphError(.malformed, message) }
    guard type == .float32 || type == .float64 || type == .int64 else {
      throw malformed("is \(type.rawValue); tensors are float32, float64 or int64")
    }
    do {
      let (_, overflow) = try Shape(checking: shape).elementCount.multipliedReportingOverflow(by: type.byteCount)
      guard !overflow else { throw TensorError(.invalidShape, "shape \(shape) needs more bytes than this machine can address") }
    } catch {
      throw malformed("\(error)")
    }
    guard axes.count == shape.count, broadcastable.map({ $0.count == shape.count }) ?? true else {
      throw malformed("names \(axes.count) axes for the shape \(shape)")
    }
    guard !isUpdate else { return }
    let tensorPath = try TensorPath(datasetPath: path)
    guard tensorPath.brick == brick else { throw malformed("belongs to \(tensorPath.brick), the table says \(brick)") }
    guard tensorPath.collection == .statistics else { return }
    guard let statistic else { throw malformed("is a statistic, and the table does not say where it comes from") }
    guard statistic.epsilon >= 0, statistic.epsilon.isFinite else { throw malformed("has the epsilon \(statistic.epsilon)") }
    guard statistic.records >= 0, statistic.observationCounts.allSatisfy({ $0 >= 0 }) else {
      throw malformed("has a negative count")
    }
    let steps = axes.first == "time" ? shape[0] : 1
    guard statistic.observationCounts.count == steps else {
      throw malformed("has \(statistic.observationCounts.count) observation counts for \(steps) \(steps == 1 ? "value" : "time steps")")
    }
  }
}
