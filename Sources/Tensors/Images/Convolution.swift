/// The settings of a convolution: padding, stride, dilation and groups.
public struct Convolution: Hashable, Sendable {
  /// The number of zeros before and after the image's rows and columns.
  public var padding: SpatialExtents
  /// The distance between neighbouring positions of a filter.
  public var stride: SpatialExtents
  /// The number of groups into which channels and filters are divided. The filters of a group read only the channels of this group.
  public var groups: Int
  /// The distance in the image between neighbouring elements of a filter; 1 for an ordinary convolution.
  public var dilation: SpatialExtents

  /// Creates a convolution with the given settings.
  public init(
    padding: SpatialExtents = 0, stride: SpatialExtents = 1, groups: Int = 1, dilation: SpatialExtents = 1
  ) {
    self.padding = padding
    self.stride = stride
    self.groups = groups
    self.dilation = dilation
  }

  /// The shape of the result (N, F, ⌊(H + 2p − d · (h − 1) − 1) / s⌋ + 1, …), with the width computed like the height.
  ///
  /// - Parameters:
  ///   - image: The shape of the images (N, C, H, W).
  ///   - filters: The shape of the filters (F, C / groups, h, w).
  /// - Throws: `TensorError` with code `.shapeMismatch` if the ranks or channels do not fit, or `.invalidShape` for a negative
  ///   padding, a stride, a dilation or a number of groups below 1, an image or filters without elements, or a result without
  ///   elements.
  public func resultDimensions(image: [Int], filters: [Int]) throws(TensorError) -> [Int] {
    guard image.count == 4, filters.count == 4 else {
      throw TensorError(
        .shapeMismatch,
        "needs images (N, C, H, W) and filters (F, C / groups, h, w), got extents \(image) and \(filters)")
    }
    guard padding.areAtLeast(0) else { throw TensorError(.invalidShape, "the padding \(padding) is negative") }
    guard stride.areAtLeast(1) else { throw TensorError(.invalidShape, "the stride \(stride) is not positive") }
    guard dilation.areAtLeast(1) else {
      throw TensorError(.invalidShape, "the dilation \(dilation) is not positive")
    }
    guard groups >= 1 else { throw TensorError(.invalidShape, "the number of groups is \(groups), not positive") }
    guard image.dropFirst().allSatisfy({ $0 > 0 }), filters.allSatisfy({ $0 > 0 }) else {
      throw TensorError(.invalidShape, "an image \(image.dropFirst()) or filters \(filters) have no elements")
    }
    guard image[1] % groups == 0, filters[0] % groups == 0 else {
      throw TensorError(
        .shapeMismatch, "\(groups) groups do not divide \(image[1]) channels and \(filters[0]) filters evenly")
    }
    guard filters[1] == image[1] / groups else {
      throw TensorError(
        .shapeMismatch,
        "filters for \(filters[1]) channels do not fit an image of \(image[1]) channels in \(groups) groups")
    }
    return [
      image[0], filters[0],
      try windowCount(
        along: image[2], window: reach(of: filters[2], dilation.height), stride: stride.height, padding: padding.height),
      try windowCount(
        along: image[3], window: reach(of: filters[3], dilation.width), stride: stride.width, padding: padding.width),
    ]
  }

  /// The extent that a filter with `count` elements along an axis covers in the image.
  private func reach(of count: Int, _ dilation: Int) throws(TensorError) -> Int {
    let (distance, multiplied) = (count - 1).multipliedReportingOverflow(by: dilation)
    let (extent, added) = distance.addingReportingOverflow(1)
    guard !multiplied, !added else {
      throw TensorError(
        .invalidShape, "a filter of extent \(count) with a dilation of \(dilation) is too large for this machine")
    }
    return extent
  }
}
