import ComputationGraphs
import Tensors

extension PreciseView {
  /// The values of all steps as an operand of one operation for all steps; see `Value.lifted(toRank:)`.
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
    switch self {
    case .known(let tensor): VariableType(tensor)
    case .view(let view): VariableType(.float32, view.dimensions.map(Extent.fixed))
    case .affine(let affine): VariableType(.float32, affine.source.dimensions.map(Extent.fixed))
    case .steps(let tensor): VariableType(tensor.type, tensor.shape.dimensions.dropFirst().map(Extent.fixed))
    case .series(let view): VariableType(.float32, view.dimensions.dropFirst().map(Extent.fixed))
    }
  }

  /// The values of all steps as an operand of one operation for all steps. The result of the operation has the given rank at each
  /// step.
  func lifted(toRank rank: Int) throws -> Value {
    switch self {
    case .series(var view):
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
  /// The same operation for all steps at once, with time on the first axis; nil if there is none.
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
