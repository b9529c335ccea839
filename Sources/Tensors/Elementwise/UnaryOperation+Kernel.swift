import CKernels

extension UnaryOperation {
  /// The single-precision kernel; nil if the operation has no kernel.
  package var kernel: ck_unary_operation? {
    switch self {
    case .negate: ck_negate
    case .squareRoot: ck_square_root
    case .exponential: ck_exponential
    case .logarithm: nil
    case .hyperbolicTangent: ck_hyperbolic_tangent
    case .logistic: ck_logistic
    case .rectify: ck_rectify
    case .square: ck_square
    case .reciprocal: ck_reciprocal
    case .absolute: ck_absolute
    case .errorFunction: ck_error_function
    case .floor: ck_floor
    }
  }
}
