import ComputationGraphs
import Tensors

/// The distance between the elements of two tensors with the same shape.
///
/// Elements are equal if their bits are equal, or if both are NaN. Differences are exact for integers, and computed in double
/// precision otherwise. A difference beyond the greatest double counts as the greatest double.
public struct TensorDistance: Hashable, Sendable, Encodable {
  /// The number of elements that were compared.
  public private(set) var elementCount = 0
  /// The number of elements that differ.
  public private(set) var differingCount = 0
  /// The number of elements that differ and are not finite on at least one side. `maximum` and `scale` leave them out.
  public private(set) var notFiniteCount = 0
  /// The row-major index of the first element that differs and is not finite; nil if there is no such element.
  public private(set) var firstNotFinite: Int?
  /// The greatest |Δ|.
  public private(set) var maximum = 0.0
  /// The row-major index of the greatest |Δ|.
  public private(set) var maximumIndex = 0
  private var squares = (ScaledSquares(), ScaledSquares())

  /// The scale of the tensor: the root mean square of its finite elements, on the side where this number is greater.
  public var scale: Double { max(squares.0.rootMean, squares.1.rootMean) }

  /// The greatest |Δ| divided by the scale.
  public var relative: Double {
    maximum == 0 ? 0 : min(maximum / max(scale, .leastNonzeroMagnitude), .greatestFiniteMagnitude)
  }

  /// Whether the tensors differ by more than a tolerance times their scale. Without a tolerance, every differing bit counts.
  /// Differing values that are not finite always count.
  public func exceeds(_ tolerance: Double) -> Bool {
    notFiniteCount > 0 || (tolerance == 0 ? differingCount > 0 : maximum > tolerance * scale)
  }

  /// Adds the next elements of both sides.
  ///
  /// - Precondition: Both sides have the same number of elements.
  public mutating func add(_ left: Tensor, _ right: Tensor) {
    precondition(left.shape.elementCount == right.shape.elementCount)
    switch (left.storage, right.storage) {
    case (.float32(let left), .float32(let right)): add(left, right)
    case (.float64(let left), .float64(let right)): add(left, right)
    case (.int64(let left), .int64(let right)): add(left, right)
    default: add(left.doubles, right.doubles)
    }
  }

  mutating func add<Element: BinaryFloatingPoint>(_ left: [Element], _ right: [Element]) {
    squares.0.add(left)
    squares.1.add(right)
    for index in left.indices where left[index] != right[index] || left[index] == 0 {
      let (a, b) = (Double(left[index]), Double(right[index]))
      guard a.bitPattern != b.bitPattern, !(a.isNaN && b.isNaN) else { continue }
      differingCount += 1
      guard a.isFinite, b.isFinite else {
        notFiniteCount += 1
        if firstNotFinite == nil { firstNotFinite = elementCount + index }
        continue
      }
      take(min(abs(a - b), .greatestFiniteMagnitude), at: index)
    }
    elementCount += left.count
  }

  private mutating func add(_ left: [Int64], _ right: [Int64]) {
    squares.0.add(left.map(Double.init))
    squares.1.add(right.map(Double.init))
    for index in left.indices where left[index] != right[index] {
      differingCount += 1
      let (low, high) = (min(left[index], right[index]), max(left[index], right[index]))
      take(Double(UInt64(bitPattern: high) &- UInt64(bitPattern: low)), at: index)
    }
    elementCount += left.count
  }

  private mutating func take(_ difference: Double, at index: Int) {
    guard difference > maximum else { return }
    (maximum, maximumIndex) = (difference, elementCount + index)
  }

  // MARK: Equality and JSON, with the scale instead of the sums of squares

  /// Whether all public properties are equal.
  public static func == (left: TensorDistance, right: TensorDistance) -> Bool {
    left.facts == right.facts
  }

  /// Hashes the public properties.
  public func hash(into hasher: inout Hasher) { hasher.combine(facts) }

  private var facts: [Double] {
    [elementCount, differingCount, notFiniteCount, firstNotFinite ?? -1, maximumIndex].map(Double.init) + [
      maximum, scale,
    ]
  }

  private enum CodingKeys: String, CodingKey {
    case maximum, scale, relative
    case elementCount = "element_count"
    case differingCount = "differing_count"
    case notFiniteCount = "not_finite_count"
    case firstNotFinite = "first_not_finite"
    case maximumIndex = "maximum_index"
  }

  /// Encodes the public properties.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(elementCount, forKey: .elementCount)
    try container.encode(differingCount, forKey: .differingCount)
    try container.encode(notFiniteCount, forKey: .notFiniteCount)
    try container.encodeIfPresent(firstNotFinite, forKey: .firstNotFinite)
    try container.encode(maximum, forKey: .maximum)
    try container.encode(maximumIndex, forKey: .maximumIndex)
    try container.encode(scale, forKey: .scale)
    try container.encode(relative, forKey: .relative)
  }
}

/// A sum of squares that neither overflows nor loses small numbers. The elements are divided by a power of two near the greatest
/// element.
private struct ScaledSquares {
  private var unit = 0.0
  private var sum = 0.0
  private var count = 0

  mutating func add(_ values: [some BinaryFloatingPoint]) {
    var greatest = 0.0
    for value in values where value.isFinite { greatest = max(greatest, abs(Double(value))) }
    guard greatest > 0 else {
      count += values.count { $0.isFinite }
      return
    }
    // The reciprocal of a smaller unit would overflow.
    let needed = max(greatest.binade, 0x1p-1000)
    if needed > unit {
      sum *= (unit / needed) * (unit / needed)
      unit = needed
    }
    let factor = 1 / unit
    for value in values where value.isFinite {
      let scaled = Double(value) * factor
      sum += scaled * scaled
      count += 1
    }
  }

  var rootMean: Double { count == 0 ? 0 : (sum / Double(count)).squareRoot() * unit }
}
