/// The extents of a row-major array, outermost axis first. Every extent is at least 0 and the element count fits in `Int`.
public struct Shape: Hashable, Sendable {
  /// The extent of each axis.
  public let dimensions: [Int]

  /// The number of elements, 1 for a scalar.
  public let elementCount: Int

  /// Checks extents that come from a file or a user.
  ///
  /// - Throws: `TensorError` with code `.invalidShape` for a negative extent or an element count beyond `Int`.
  public init(checking dimensions: [Int]) throws(TensorError) {
    var count = 1
    var hasZero = false
    for dimension in dimensions {
      guard dimension >= 0 else {
        throw TensorError(.invalidShape, "shape \(dimensions) has a negative extent")
      }
      if dimension == 0 {
        hasZero = true
        continue
      }
      let (product, overflow) = count.multipliedReportingOverflow(by: dimension)
      guard !overflow else {
        throw TensorError(.invalidShape, "shape \(dimensions) has more elements than this machine can address")
      }
      count = product
    }
    self.dimensions = dimensions
    self.elementCount = hasZero ? 0 : count
  }

  /// Creates a shape that the caller knows to be valid. An invalid shape ends the program.
  ///
  /// - Precondition: No extent is negative, and the element count fits in `Int`.
  public init(_ dimensions: [Int]) {
    do {
      try self.init(checking: dimensions)
    } catch {
      preconditionFailure(error.message)
    }
  }

  /// The number of axes.
  public var rank: Int { dimensions.count }

  /// The extent of one axis.
  public subscript(axis: Int) -> Int { dimensions[axis] }

  /// For each axis, the distance between neighbouring elements along it, in elements.
  public var strides: [Int] {
    var strides = [Int](repeating: 1, count: rank)
    for axis in dimensions.indices.dropLast().reversed() {
      strides[axis] = strides[axis + 1] * max(dimensions[axis + 1], 1)
    }
    return strides
  }

  /// The common shape of two operands under NumPy's rule: axes are aligned at the end, and an extent of 1 repeats.
  ///
  /// - Throws: `TensorError` with code `.shapeMismatch` if extents differ and neither is 1.
  public func broadcast(with other: Shape) throws(TensorError) -> Shape {
    var result = [Int](repeating: 1, count: max(rank, other.rank))
    for offset in 1...max(result.count, 1) where offset <= result.count {
      let left = offset <= rank ? dimensions[rank - offset] : 1
      let right = offset <= other.rank ? other.dimensions[other.rank - offset] : 1
      guard left == right || left == 1 || right == 1 else {
        throw TensorError(.shapeMismatch, "shapes \(self) and \(other) do not broadcast together")
      }
      result[result.count - offset] = left == 1 ? right : left
    }
    return try Shape(checking: result)
  }
}

extension Shape: ExpressibleByArrayLiteral {
  /// Creates a shape from a literal; see `init(_:)` for its precondition.
  public init(arrayLiteral elements: Int...) { self.init(elements) }
}

extension Shape: CustomStringConvertible {
  /// The extents in words: `64×128`, or `scalar`.
  public var description: String {
    dimensions.isEmpty ? "scalar" : dimensions.map(String.init).joined(separator: "×")
  }
}
