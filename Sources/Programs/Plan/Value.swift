import Tensors

/// What is known of a variable while a program is planned.
enum Value: Sendable {
  /// The value itself.
  case known(Tensor)
  /// Where the value will lie.
  case view(ArrayView)
  /// A chain of known additions and multiplications that no instruction computes yet.
  case affine(Affine)
  /// In the body of a loop: the values of all steps, one row for each.
  case steps(Tensor)
  /// In the body of a loop: where the values of all steps will lie before it begins, time on the first axis.
  case series(ArrayView)
}
