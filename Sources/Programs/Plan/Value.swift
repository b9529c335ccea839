import Tensors

/// The state of a variable during planning.
enum Value: Sendable {
  /// The value is known.
  case known(Tensor)
  /// The place of a value that will be computed.
  case view(ArrayView)
  /// A chain of known additions and multiplications that no instruction computes yet.
  case affine(Affine)
  /// The known values of all steps in the body of a loop, one row for each step.
  case steps(Tensor)
  /// The place of the values of all steps in the body of a loop, with time on the first axis. They are computed before the loop
  /// begins.
  case series(ArrayView)
}

extension Value {
  var isKnown: Bool { if case .known = self { true } else { false } }
}
