/// How a parameter gets its first value.
///
/// The value depends on the seed, the parameter's path and its shape alone: not on the machine, and not on the order in which bricks
/// are made.
public indirect enum Initialization: Hashable, Sendable, Codable {
  /// One value everywhere.
  case constant(Double)
  /// The last axis in equal parts, and one value in each: the biases of gates, for example.
  case blocks([Double])
  /// Normally distributed and independent.
  case isotropicGaussian(standardDeviation: Double, mean: Double = 0)
  /// Uniform on mean ± width / 2.
  case uniform(mean: Double = 0, width: Double)
  /// A multiple of the identity matrix.
  case identity(Double = 1)
  /// A multiple of a random matrix with orthonormal rows or columns, whichever are fewer: for a square matrix the Q of a Gaussian's
  /// QR decomposition with a positive diagonal of R, which is uniformly distributed; for others the product of two such.
  case orthogonal(scale: Double = 1)
  /// In every row of a matrix a number of random places from one initialization, the others from another.
  case sparse(perRow: Int, of: Initialization, otherwise: Initialization = .constant(0))

  /// Uniform with a standard deviation: the width is sqrt(12) times it.
  public static func uniform(mean: Double = 0, standardDeviation: Double) -> Initialization {
    .uniform(mean: mean, width: 12.0.squareRoot() * standardDeviation)
  }

  /// The initial value of a parameter.
  ///
  /// - Throws: `BrickError` with code `.invalidConfiguration` for blocks that do not fit, a negative or non-finite
  ///   spread, an identity, orthogonal or sparse initialization of what is no matrix, or more places per row than there are.
  /// - Complexity: O(elements), but for orthogonal matrices, which take the cube of their larger extent.
  public func tensor(shape: Shape, type: ScalarType, seed: UInt64, path: TensorPath) throws -> Tensor {
    if case .constant(let value) = self { return try Tensor(repeating: value, shape: shape, type: type) }
    var generator = RandomNumbers(seed: seed, stream: path.datasetPath.text)
    guard type == .float32 else {
      let elements: [Double] = try elements(shape, path, &generator)
      return try Tensor(elements, shape: shape).converted(to: type)
    }
    let elements: [Float] = try elements(shape, path, &generator)
    return try Tensor(elements, shape: shape)
  }

  /// Computes in double precision and rounds element by element: large weights in double precision would take twice the memory
  /// again.
  private func elements<Element: BinaryFloatingPoint>(
    _ shape: Shape, _ path: TensorPath, _ generator: inout RandomNumbers
  ) throws -> [Element] {
    let count = shape.elementCount
    switch self {
    case .constant(let value): return [Element](repeating: Element(value), count: count)
    case .blocks(let values):
      guard let width = shape.dimensions.last, !values.isEmpty, width.isMultiple(of: values.count) else {
        throw BrickError(
          .invalidConfiguration, "\(path.name) of shape \(shape) does not divide into \(values.count) blocks",
          brick: path.brick)
      }
      return (0..<count).map { Element(values[$0 % width / (width / values.count)]) }
    case .isotropicGaussian(let standardDeviation, let mean):
      try check(standardDeviation, "standard deviation", path)
      return (0..<count).map { _ in Element(mean + standardDeviation * generator.nextNormal()) }
    case .uniform(let mean, let width):
      try check(width, "width", path)
      return (0..<count).map { _ in Element(mean + width * (generator.nextUniform() - 0.5)) }
    case .identity(let multiple):
      try checkMatrix(shape, "an identity", path)
      return (0..<count).map { $0 / shape[1] == $0 % shape[1] ? Element(multiple) : 0 }
    case .orthogonal(let scale):
      try checkMatrix(shape, "orthogonal", path)
      try check(scale.magnitude, "scale", path)
      return OrthogonalMatrix.random(rows: shape[0], columns: shape[1], &generator).map { Element(scale * $0) }
    case .sparse(let perRow, let chosen, let other):
      try checkMatrix(shape, "sparse", path)
      guard (1...max(shape[1], 1)).contains(perRow) else {
        throw BrickError(
          .invalidConfiguration, "the sparse initialization of \(path.name) of shape \(shape) fills \(perRow) per row",
          brick: path.brick)
      }
      var elements: [Element] = try other.elements(shape, path, &generator)
      for row in 0..<(count == 0 ? 0 : shape[0]) {
        let places = generator.nextSubset(of: shape[1], count: perRow)
        let values: [Element] = try chosen.elements(Shape(checking: [perRow]), path, &generator)
        for (place, value) in zip(places, values) { elements[row * shape[1] + place] = value }
      }
      return elements
    }
  }

  private func check(_ spread: Double, _ what: String, _ path: TensorPath) throws {
    guard spread >= 0, spread.isFinite else {
      throw BrickError(
        .invalidConfiguration, "the initialization of \(path.name) has the \(what) \(spread)", brick: path.brick)
    }
  }

  private func checkMatrix(_ shape: Shape, _ what: String, _ path: TensorPath) throws {
    guard shape.rank == 2 else {
      throw BrickError(
        .invalidConfiguration, "\(path.name) of shape \(shape) is no matrix that could be \(what)", brick: path.brick)
    }
  }
}
