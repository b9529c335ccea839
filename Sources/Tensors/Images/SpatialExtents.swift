/// A number along each of an image's two axes: a window's extents, a step, a padding.
public struct SpatialExtents: Hashable, Sendable, Codable {
  /// Along the image's first axis, in rows.
  public var height: Int
  /// Along the image's last axis, in columns.
  public var width: Int

  /// Two numbers.
  public init(_ height: Int, _ width: Int) {
    self.height = height
    self.width = width
  }

  /// How many elements a window of these extents has.
  ///
  /// - Throws: `TensorError` with code `.invalidShape` if that is more than the machine can address.
  public func elementCount() throws(TensorError) -> Int { try Shape(checking: [height, width]).elementCount }

  /// Whether both numbers are at least another.
  func areAtLeast(_ least: Int) -> Bool { height >= least && width >= least }
}

extension SpatialExtents: ExpressibleByIntegerLiteral, CustomStringConvertible {
  /// One number along both axes.
  public init(integerLiteral value: Int) { self.init(value, value) }
  /// `3×5`.
  public var description: String { "\(height)×\(width)" }
}

/// How many windows fit along one axis.
///
/// - Returns: ⌊(extent + 2 padding − window) / step⌋ + 1.
/// - Throws: `TensorError` with code `.invalidShape` if not even one fits, or the sizes exceed the machine's integers.
func windowCount(along extent: Int, window: Int, step: Int, padding: Int) throws(TensorError) -> Int {
  let (border, doubled) = padding.multipliedReportingOverflow(by: 2)
  let (padded, added) = extent.addingReportingOverflow(border)
  guard !doubled, !added else {
    throw TensorError(
      .invalidShape, "an extent of \(extent) with a padding of \(padding) exceeds the machine's integers")
  }
  guard padded >= window else {
    throw TensorError(
      .invalidShape,
      "a window of extent \(window) does not fit into an extent of \(extent) with a padding of \(padding)")
  }
  return (padded - window) / step + 1
}
