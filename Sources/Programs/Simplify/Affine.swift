import Tensors

/// A coefficient of an `Affine`. It is known during planning, and in double precision. It has a number for each channel, or for each
/// step of a loop and each channel.
enum Coefficient: Sendable {
  case known(Tensor)
  /// One row for each step.
  case steps(Tensor)

  /// A coefficient from a tensor of single precision; nil if a number is not finite.
  init?(_ tensor: Tensor, perStep: Bool) {
    guard tensor.type == .float32, let wide = try? tensor.converted(to: .float64) else { return nil }
    guard wide.doubles.allSatisfy(\.isFinite) else { return nil }
    self = perStep ? .steps(wide) : .known(wide)
  }

  private var tensor: Tensor {
    switch self {
    case .known(let tensor), .steps(let tensor): tensor
    }
  }

  var isPerStep: Bool { if case .steps = self { true } else { false } }

  /// The rank of the coefficient at one step.
  private var rank: Int { tensor.shape.rank - (isPerStep ? 1 : 0) }

  /// The tensor with the given rank at each step. New axes of extent 1 come first.
  private func aligned(to rank: Int) throws -> Tensor {
    let dimensions = tensor.shape.dimensions
    let steps = isPerStep ? [dimensions[0]] : []
    let own = dimensions.dropFirst(steps.count)
    return try tensor.reshaped(
      to: Shape(checking: steps + [Int](repeating: 1, count: rank - own.count) + own))
  }

  /// Combines two coefficients number by number; nil if a result is not finite in single precision.
  func combined(with other: Coefficient, by operation: BinaryOperation) -> Coefficient? {
    let rank = max(self.rank, other.rank)
    guard let left = try? aligned(to: rank), let right = try? other.aligned(to: rank),
      let result = try? left.combined(with: right, by: operation),
      result.doubles.allSatisfy({ Float($0).isFinite })
    else { return nil }
    return isPerStep || other.isPerStep ? .steps(result) : .known(result)
  }

  /// The coefficient in single precision, with the given rank at each step.
  func rounded(rank: Int) throws -> (tensor: Tensor, isPerStep: Bool) {
    (try aligned(to: max(rank, self.rank)).converted(to: .float32), isPerStep)
  }

  static let zero = Coefficient.known(scalar(0))
  static let one = Coefficient.known(scalar(1))

  private static func scalar(_ value: Double) -> Tensor {
    do {
      return try Tensor([value], shape: [])
    } catch {
      preconditionFailure("a scalar must have exactly one element")
    }
  }
}

/// The operation (source − center) · scale + shift + addend. It represents a chain of additions and multiplications with known numbers,
/// such as a normalization in inference mode, and at most one addition of numbers that are not known.
///
/// The center is subtracted first, as in the normalization. Otherwise, a mean much larger than the deviations would cost precision.
///
/// In a normalization in training mode, the center is the mean of the minibatch. The difference from it is divided by the minibatch's
/// deviation before it is scaled. This is a true division, because other graphs have such quotients, too, and may compare them with 1.
struct Affine: Sendable {
  var source: ArrayView
  /// The mean and the deviation of the minibatch for each channel, which are not known.
  var mean: ArrayView?
  var deviation: ArrayView?
  /// The center; nil if there is a mean.
  var center: Coefficient?
  var scale: Coefficient?
  var shift: Coefficient?
  /// The numbers that are not known, with the extents of the source.
  var addend: ArrayView?

  /// The chain, followed by an operation with a known operand on the right, or on the left if `isReversed` is true. Nil
  /// if the result is not such a chain, or if one of its coefficients is not finite.
  func applying(_ operation: BinaryOperation, _ operand: Coefficient, isReversed: Bool) -> Affine? {
    var result = self
    switch (operation, isReversed) {
    case (.add, _), (.subtract, false):
      if mean == nil, scale == nil, shift == nil, addend == nil {
        let opposite: BinaryOperation = operation == .add ? .subtract : .add
        guard let center = (center ?? .zero).combined(with: operand, by: opposite) else { return nil }
        result.center = center
      } else {
        guard let shift = (shift ?? .zero).combined(with: operand, by: operation) else { return nil }
        result.shift = shift
      }
    case _ where addend != nil: return nil
    case (.subtract, true):
      guard let scale = Coefficient.zero.combined(with: scale ?? .one, by: .subtract),
        let shift = operand.combined(with: shift ?? .zero, by: .subtract)
      else { return nil }
      result.scale = scale
      result.shift = shift
    case (.multiply, _), (.divide, false):
      guard let scale = (scale ?? .one).combined(with: operand, by: operation) else { return nil }
      result.scale = scale
      if let old = shift {
        guard let shift = old.combined(with: operand, by: operation) else { return nil }
        result.shift = shift
      }
    default: return nil
    }
    return result
  }
}
