import ComputationGraphs
import Tensors

extension Contents.Entry {
  /// Whether the tensor belongs to recorded update pairs.
  var isUpdate: Bool { path.hasPrefix(Format.updatesPrefix) }

  /// The path of a parameter, statistic or other persistent tensor; nil for update pairs.
  public var tensorPath: TensorPath? { isUpdate ? nil : try? TensorPath(datasetPath: path) }

  /// Whether the tensor's role is the given role, or a built-in role that refines it.
  public func refines(_ role: Role) -> Bool {
    self.role == role.name || Role.builtIn.contains { $0.name == self.role && $0.refines(role) }
  }

  /// Checks the entry alone, without comparing it with the file's objects.
  func validate() throws(TableProblem) {
    do throws(GraphError) {
      try checkLayout()
      guard !isUpdate else { return }
      let tensorPath = try TensorPath(datasetPath: path)
      guard tensorPath.brick == brick else {
        throw malformed("is in the brick \(tensorPath.brick), but the table of contents says \(brick)")
      }
      try checkRole(in: tensorPath.collection)
      if tensorPath.collection == .statistics { try checkStatistic() }
    } catch {
      throw TableProblem(error.message, path)
    }
  }

  private func malformed(_ message: String) -> GraphError { GraphError(.malformed, message) }

  private func checkLayout() throws(GraphError) {
    let isSixteenBits = Format.sixteenBitTypes.contains(type)
    guard type == type.inMemory || isSixteenBits else {
      throw malformed("is \(type.rawValue); tensors must be float16, bfloat16, float32, float64 or int64")
    }
    guard !(isSixteenBits && isUpdate) else {
      throw malformed("is \(type.rawValue); update pairs must be float32, float64 or int64")
    }
    do {
      let (_, overflow) = try Shape(checking: shape).elementCount.multipliedReportingOverflow(by: type.byteCount)
      guard !overflow else {
        throw TensorError(.invalidShape, "shape \(shape) needs more bytes than this machine can address")
      }
    } catch {
      throw malformed("\(error)")
    }
    guard axes.count == shape.count else {
      throw malformed("names \(axes.count) axes for the shape \(shape)")
    }
    for axis in axes {
      do {
        try BrickPath.check(component: axis)
      } catch {
        throw malformed("has an axis without a usable name: \(error.message)")
      }
    }
    guard let broadcastable else { return }
    guard broadcastable.count == shape.count else {
      throw malformed("has \(broadcastable.count) broadcastable flags for the shape \(shape)")
    }
    if let axis = broadcastable.indices.first(where: { broadcastable[$0] && shape[$0] != 1 }) {
      throw malformed("is broadcastable along axis \(axis), whose extent is \(shape[axis]), not 1")
    }
  }

  /// Checks that a built-in role belongs to the tensor's collection. User-defined roles are checked with the graph, which defines
  /// them.
  private func checkRole(in collection: TensorPath.Collection) throws(GraphError) {
    guard let role = Role.builtIn.first(where: { $0.name == role }) else { return }
    guard TensorPath.Collection(role) == collection else {
      throw malformed("has the role \(role), which does not belong under /\(collection.rawValue)")
    }
  }

  private func checkStatistic() throws(GraphError) {
    guard type.isFloatingPoint else { throw malformed("is a statistic, but its elements are integers") }
    guard let statistic else { throw malformed("is a statistic without an origin in the table of contents") }
    if let problem = statistic.origin.problem(shape: shape, isPerTimeStep: TensorDescription.isPerTimeStep(axes)) {
      throw malformed(problem)
    }
  }
}
