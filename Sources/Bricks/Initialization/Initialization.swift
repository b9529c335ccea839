/// The rule for a parameter's first value.
///
/// The value depends only on the seed and on the parameter's path and shape. It does not depend on the machine or on the order in
/// which bricks are made.
public indirect enum Initialization: Hashable, Sendable, Codable {
  /// The same value for all elements.
  case constant(Double)
  /// The last axis is divided into equal parts. All elements of a part have the same value. This is useful for the biases of gates.
  case blocks([Double])
  /// Independent samples of a normal distribution.
  case isotropicGaussian(standardDeviation: Double, mean: Double = 0)
  /// Samples of the uniform distribution on mean ± width / 2.
  case uniform(mean: Double = 0, width: Double)
  /// A multiple of the identity matrix.
  case identity(Double = 1)
  /// A multiple of a random matrix with orthonormal rows or columns, whichever are fewer. A square matrix is uniformly distributed:
  /// it is the Q of the QR decomposition of a Gaussian matrix, with a positive diagonal of R. A matrix of another shape is the
  /// product of parts of two such matrices.
  case orthogonal(scale: Double = 1)
  /// In each row of a matrix, `perRow` elements at random positions get values of the first initialization. All other elements
  /// get values of the second initialization.
  case sparse(perRow: Int, of: Initialization, otherwise: Initialization = .constant(0))

  /// Samples of the uniform distribution with the given standard deviation. Its width is sqrt(12) · deviation.
  public static func uniform(mean: Double = 0, standardDeviation: Double) -> Initialization {
    .uniform(mean: mean, width: 12.0.squareRoot() * standardDeviation)
  }

  /// The initial value of a parameter.
  ///
  /// - Throws: `BrickError` with code `.invalidConfiguration` for blocks that do not fit, a negative or non-finite deviation,
  ///   width or scale, an identity, orthogonal or sparse initialization of a tensor that is not a matrix, or more values in a
  ///   row than the row has elements.
  /// - Complexity: O(elements); for orthogonal matrices, the cube of the larger extent.
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

  /// Computes in double precision and rounds each element immediately, because a whole tensor in double precision would need twice the
  /// memory.
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
          .invalidConfiguration,
          "the sparse initialization of \(path.name) of shape \(shape) puts \(perRow) values into each row",
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
        .invalidConfiguration,
        "the initialization of \(path.name) has the \(what) \(spread); it must be finite and at least 0",
        brick: path.brick)
    }
  }

  private func checkMatrix(_ shape: Shape, _ what: String, _ path: TensorPath) throws {
    guard shape.rank == 2 else {
      throw BrickError(
        .invalidConfiguration, "\(path.name) of shape \(shape) is not a matrix, so it cannot be \(what)",
        brick: path.brick)
    }
  }
}
