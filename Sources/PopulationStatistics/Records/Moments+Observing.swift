import Tensors

extension Moments {
  /// Computes the moments of observations, averaged over axes of a batch. Axis 0 counts the examples.
  ///
  /// The mean is computed first, then the deviations from it. The effect of the mean's rounding error is removed (the corrected
  /// two-pass algorithm of Chan, Golub, LeVeque, 1983).
  ///
  /// - Parameters:
  ///   - observations: A batch of examples.
  ///   - axes: The axes to average over, including 0. Each averaged axis after axis 0 gets extent 1 in the shape of one
  ///     example.
  /// - Throws: `StatisticsError` with code `.shapeMismatch` if axes are missing in the batch, repeated, or do not include 0;
  ///   `.invalidValues` for an observation that is not finite.
  public init(observing observations: Tensor, axes: [Int]) throws(StatisticsError) {
    let shape = observations.shape
    let averaged = Set(axes)
    guard averaged.count == axes.count, averaged.contains(0), averaged.allSatisfy({ shape.dimensions.indices ~= $0 })
    else {
      throw StatisticsError(
        .shapeMismatch,
        "axes \(axes) do not fit a batch of shape \(shape): they must exist, differ from each other, and include axis 0"
      )
    }
    let kept = Shape(shape.dimensions.enumerated().map { averaged.contains($0.offset) ? 1 : $0.element })
    let exampleShape = Shape(Array(kept.dimensions.dropFirst()))
    let elements = observations.doubles
    let targets = Self.targets(of: shape, in: kept)
    let count = exampleShape.elementCount == 0 ? 0 : Int64(elements.count / exampleShape.elementCount)
    let divisor = Double(max(count, 1))

    var means = [Double](repeating: 0, count: exampleShape.elementCount)
    for (element, target) in zip(elements, targets) {
      guard element.isFinite else {
        throw StatisticsError(.invalidValues, "an observation of element \(target) is \(element)")
      }
      means[target] += element / divisor
    }
    var remainders = [Double](repeating: 0, count: means.count)
    var squares = [Double](repeating: 0, count: means.count)
    for (element, target) in zip(elements, targets) {
      let deviation = element - means[target]
      remainders[target] += deviation
      squares[target] += deviation * deviation
    }
    for index in means.indices {
      means[index] += remainders[index] / divisor
      squares[index] = max(squares[index] - remainders[index] * remainders[index] / divisor, 0)
    }
    self.init(
      exampleShape: exampleShape, hasTimeSteps: false, counts: [count], means: means, squaredDeviations: squares)
  }

  /// For each element of a shape, in row-major order, its index in a shape with some extents reduced to 1.
  private static func targets(of shape: Shape, in kept: Shape) -> [Int] {
    var targets = [0]
    let strides = kept.strides
    for axis in shape.dimensions.indices {
      let stride = kept[axis] == 1 ? 0 : strides[axis]
      targets = targets.flatMap { base in (0..<shape[axis]).map { base + $0 * stride } }
    }
    return targets
  }
}
