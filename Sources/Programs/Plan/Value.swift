import Tensors

/// The value of a graph's variable during planning: known numbers, a view into which instructions write, or
/// a chain of operations that no instruction computes yet.
indirect enum Value: Sendable {
  /// The value is known during planning: a constant, a saved tensor, or a value that is computed from them.
  case known(Tensor)
  /// The view of a value that an instruction computes.
  case view(ArrayView)
  /// A chain of additions and multiplications with known numbers that no instruction computes yet.
  case affine(Affine)
  /// The known values of all steps in the body of a loop, one row for each step.
  case steps(Tensor)
  /// The values of all steps in the body of a loop, with time on the first axis: a view or a chain. They are computed before the loop
  /// begins.
  case series(Value)
}

extension Value {
  var isKnown: Bool { if case .known = self { true } else { false } }

  /// The extents.
  var dimensions: [Int] {
    switch self {
    case .known(let tensor): tensor.shape.dimensions
    case .view(let view): view.dimensions
    case .affine(let affine): affine.source.dimensions
    case .steps(let tensor): Array(tensor.shape.dimensions.dropFirst())
    case .series(let values): Array(values.dimensions.dropFirst())
    }
  }
}
