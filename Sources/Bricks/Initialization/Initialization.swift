/// How a parameter gets its first value.
///
/// The value depends on the seed, the parameter's path and its shape alone: not on the machine, and not on the order in which bricks
/// are made.
public enum Initialization: Hashable, Sendable, Codable {
  /// One value everywhere.
  case constant(Double)
  /// Normally distributed and independent.
  case isotropicGaussian(standardDeviation: Double, mean: Double = 0)
  /// Uniform on mean ± width / 2.
  case uniform(mean: Double = 0, width: Double)
  /// A multiple of the identity matrix.
  case identity(Double = 1)

  /// Uniform with a standard deviation: the width is sqrt(12) times it.
  public static func uniform(mean: Double = 0, standardDeviation: Double) -> Initialization {
    .uniform(mean: mean, width: 12.0.squareRoot() * standardDeviation)
  }

  /// The initial value of a parameter.
  ///
  /// - Throws: `BrickError` with code `.invalidConfiguration` for a negative or non-finite spread, or an identity that is no
  ///   matrix.
  public func tensor(shape: Shape, type: ScalarType, seed: UInt64, path: TensorPath) throws -> Tensor {
    var generator = RandomNumbers(seed: seed, stream: path.datasetPath)
    switch self {
    case .constant(let value): return try Tensor(repeating: value, shape: shape, type: type)
    case .isotropicGaussian(let standardDeviation, let mean):
      try check(standardDeviation, "standard deviation", path)
      return try tensor(shape, type) { _ in mean + standardDeviation * generator.nextNormal() }
    case .uniform(let mean, let width):
      try check(width, "width", path)
      return try tensor(shape, type) { _ in mean + width * (generator.nextUniform() - 0.5) }
    case .identity(let multiple):
      guard shape.rank == 2 else {
        throw BrickError(
          .invalidConfiguration, "\(path.name) of shape \(shape) is no matrix that could be an identity",
          brick: path.brick)
      }
      return try tensor(shape, type) { $0 / shape[1] == $0 % shape[1] ? multiple : 0 }
    }
  }

  /// Rounds element by element: large weights in double precision would take twice the memory again.
  private func tensor(_ shape: Shape, _ type: ScalarType, _ element: (Int) -> Double) throws -> Tensor {
    let indices = 0..<shape.elementCount
    guard type == .float32 else { return try Tensor(indices.map(element), shape: shape).converted(to: type) }
    return try Tensor(indices.map { Float(element($0)) }, shape: shape)
  }

  private func check(_ spread: Double, _ what: String, _ path: TensorPath) throws {
    guard spread >= 0, spread.isFinite else {
      throw BrickError(
        .invalidConfiguration, "the initialization of \(path.name) has the \(what) \(spread)", brick: path.brick)
    }
  }
}
