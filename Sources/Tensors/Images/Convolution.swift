/// How filters slide over an image.
public struct Convolution: Hashable, Sendable {
  /// How many zeros are put before and after the image's rows and columns.
  public var padding: SpatialExtents
  /// The distance between neighbouring results in the image.
  public var stride: SpatialExtents
  /// Into how many groups channels and filters are divided; a group's filters see its own channels only.
  public var groups: Int

  /// A convolution from its parts.
  public init(padding: SpatialExtents = 0, stride: SpatialExtents = 1, groups: Int = 1) {
    self.padding = padding
    self.stride = stride
    self.groups = groups
  }

  /// The shape of the result, (N, F, ⌊(H + 2p − h) / s⌋ + 1, likewise in width).
  ///
  /// - Parameters:
  ///   - image: (N, C, H, W).
  ///   - filters: (F, C / groups, h, w).
  /// - Throws: `TensorError` with code `.shapeMismatch` if the ranks or channels do not fit, `.invalidShape` for a negative
  ///   padding, a stride or a number of groups below 1, an image or filters without elements, and if nothing is left.
  public func resultDimensions(image: [Int], filters: [Int]) throws(TensorError) -> [Int] {
    guard image.count == 4, filters.count == 4 else {
      throw TensorError(
        .shapeMismatch,
        "needs images (N, C, H, W) and filters (F, C / groups, h, w), got extents \(image) and \(filters)")
    }
    guard padding.areAtLeast(0) else { throw TensorError(.invalidShape, "the padding \(padding) is negative") }
    guard stride.areAtLeast(1) else { throw TensorError(.invalidShape, "the stride \(stride) is not positive") }
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
      try windowCount(along: image[2], window: filters[2], step: stride.height, padding: padding.height),
      try windowCount(along: image[3], window: filters[3], step: stride.width, padding: padding.width),
    ]
  }
}
