/// A number for each of an image's two axes, such as a window's extents, a stride, or a padding.
public struct SpatialExtents: Hashable, Sendable, Codable {
  /// The number along the height, in rows.
  public var height: Int
  /// The number along the width, in columns.
  public var width: Int

  /// Creates a pair of numbers: one along the height, and one along the width.
  public init(_ height: Int, _ width: Int) {
    self.height = height
    self.width = width
  }

  /// The number of elements in a window of these extents.
  ///
  /// - Throws: `TensorError` with code `.invalidShape` if the machine cannot address so many elements.
  public func elementCount() throws(TensorError) -> Int { try Shape(checking: [height, width]).elementCount }

  /// Whether both numbers are at least the given number.
  func areAtLeast(_ least: Int) -> Bool { height >= least && width >= least }
}

extension SpatialExtents: ExpressibleByIntegerLiteral, CustomStringConvertible {
  /// Creates a pair with the same number along both axes.
  public init(integerLiteral value: Int) { self.init(value, value) }
  /// The numbers in the form `3×5`.
  public var description: String { "\(height)×\(width)" }
}

/// The number of windows that fit along one axis.
///
/// - Returns: ⌊(extent + 2 padding − window) / stride⌋ + 1.
/// - Throws: `TensorError` with code `.invalidShape` if no window fits, or the sizes exceed the machine's integers.
func windowCount(along extent: Int, window: Int, stride: Int, padding: Int) throws(TensorError) -> Int {
  let (border, doubled) = padding.multipliedReportingOverflow(by: 2)
  let (padded, added) = extent.addingReportingOverflow(border)
  guard !doubled, !added else {
    throw TensorError(
      .invalidShape, "an extent of \(extent) with a padding of \(padding) is too large for this machine")
  }
  guard padded >= window else {
    throw TensorError(
      .invalidShape,
      "a window of extent \(window) does not fit into an extent of \(extent) with a padding of \(padding)")
  }
  return (padded - window) / stride + 1
}
