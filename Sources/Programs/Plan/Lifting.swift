import ComputationGraphs
import Tensors

extension PreciseView {
  /// The values of all steps as an operand of one operation for all steps; see `Value.lifted(toRank:by:)`.
  func lifted(toRank rank: Int) -> PreciseView {
    var view = self
    while view.dimensions.count <= rank { view.dimensions.insert(1, at: 1) }
    return view
  }
}

extension Value {
  var isSteps: Bool { if case .steps = self { true } else { false } }
  var isSeries: Bool { if case .series = self { true } else { false } }
  var isKnownAtEveryStep: Bool {
    switch self {
    case .known, .steps: true
    default: false
    }
  }

  /// The type of one step.
  var typeOfStep: VariableType {
    let scalar: ScalarType =
      switch self {
      case .known(let tensor), .steps(let tensor): tensor.type
      case .view, .affine, .series: .float32
      }
    return VariableType(scalar, dimensions.map(Extent.fixed))
  }

  /// The values of all steps as an operand of one operation for all steps. The result of the operation has the given rank at each
  /// step. If a chain has a lower rank, instructions compute it first.
  func lifted(toRank rank: Int, by lowering: Lowering) throws -> Value {
    switch self {
    case .series(let values):
      guard values.dimensions.count <= rank else { return values }
      var view = try lowering.view(values)
      while view.dimensions.count <= rank { view = view.inserting(axis: 1) }
      return .view(view)
    case .steps(let tensor):
      let own = tensor.shape.dimensions
      let new = [Int](repeating: 1, count: max(rank + 1 - own.count, 0))
      return .known(try tensor.reshaped(to: Shape(checking: [own[0]] + new + own.dropFirst())))
    default: return self
    }
  }
}

extension GraphOperation {
  /// The same operation for all steps at once, with time on the first axis; nil if there is no such operation.
  var lifted: GraphOperation? {
    switch self {
    case .unary, .binary, .matrixProduct: self
    case .selection: self
    case .expandDimensions(let axis): .expandDimensions(axis: axis + 1)
    case .reduce(let reduction, let axes, let keeping):
      .reduce(reduction, axes: axes.map { $0 + 1 }, keepingDimensions: keeping)
    default: nil
    }
  }

  /// Whether operands are broadcast to the rank of the result.
  var keepsRank: Bool {
    switch self {
    case .expandDimensions, .reduce: false
    default: true
    }
  }
}
