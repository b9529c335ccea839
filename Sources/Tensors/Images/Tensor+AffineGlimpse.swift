extension Tensor {
  /// Samples images (N, C, H, W) bilinearly on an affine grid.
  ///
  /// This is the glimpse of a spatial transformer (Jaderberg et al., arXiv 1506.02025).
  ///
  /// θ (N, 6) has a 2×3 matrix for each image, row by row. Result (i, j) is the image at θ·(x, y, 1). x and y are evenly spaced
  /// from −1 to 1, x along the width and y along the height. A single point is at −1. Coordinates are clipped to [−1, 1] and
  /// mapped to 0 … extent − 1. If one of the four neighbours is beyond the edge, the edge's pixel replaces it, with the
  /// neighbour's weight. If a coordinate is NaN, the result is NaN.
  ///
  /// - Throws: `TensorError` with code `.shapeMismatch` if the ranks, the batch or θ's width do not fit, `.invalidShape` for an
  ///   image or a glimpse without elements, or `.typeMismatch` for integers or different types.
  /// - Complexity: O(result elements)
  public func affineGlimpse(at location: Tensor, extents: SpatialExtents) throws(TensorError) -> Tensor {
    let dimensions = try extents.glimpseDimensions(image: shape.dimensions, location: location.shape.dimensions)
    let result = try Shape(checking: dimensions)
    try result.checkFitsMemory(as: type)
    switch (storage, location.storage) {
    case (.float32(let image), .float32(let location)):
      return try Tensor(Self.glimpse(image, shape, location, result), shape: result)
    case (.float64(let image), .float64(let location)):
      return try Tensor(Self.glimpse(image, shape, location, result), shape: result)
    default:
      throw TensorError(
        .typeMismatch,
        "a glimpse of \(type.rawValue) images at \(location.type.rawValue) locations: both must be float32 or both float64"
      )
    }
  }

  private static func glimpse<Element: FloatingElement>(
    _ image: [Element], _ shape: Shape, _ location: [Element], _ result: Shape
  ) -> [Element] {
    let (channels, height, width) = (shape[1], shape[2], shape[3])
    let planeSize = result[2] * result[3]
    var results = [Element](repeating: .nan, count: result.elementCount)
    func evenlySpaced(_ index: Int, _ count: Int) -> Element {
      count == 1 ? -1 : Element(2 * index - (count - 1)) / Element(count - 1)
    }
    for example in 0..<result[0] {
      let theta = location[example * 6..<(example + 1) * 6].map { $0 }
      for position in 0..<planeSize {
        let (row, column) = position.quotientAndRemainder(dividingBy: result[3])
        let (x, y) = (evenlySpaced(column, result[3]), evenlySpaced(row, result[2]))
        guard let across = Neighbours(at: theta[0] * x + theta[1] * y + theta[2], extent: width),
          let down = Neighbours(at: theta[3] * x + theta[4] * y + theta[5], extent: height)
        else { continue }
        for channel in 0..<channels {
          let plane = example * channels + channel
          let near = (plane * height + down.near) * width
          let far = (plane * height + down.far) * width
          results[plane * planeSize + position] =
            across.nearWeight * down.nearWeight * image[near + across.near]
            + across.nearWeight * down.farWeight * image[far + across.near]
            + across.farWeight * down.nearWeight * image[near + across.far]
            + across.farWeight * down.farWeight * image[far + across.far]
        }
      }
    }
    return results
  }
}

/// The two pixels along one axis on both sides of a coordinate.
private struct Neighbours<Element: FloatingElement> {
  let near: Int
  let far: Int
  let nearWeight: Element
  let farWeight: Element

  /// Returns nil if the coordinate is NaN.
  init?(at coordinate: Element, extent: Int) {
    guard !coordinate.isNaN else { return nil }
    let scaled = (min(max(coordinate, -1), 1) + 1) / 2 * Element(extent - 1)
    let below = scaled.rounded(.down)
    // With a very large extent, rounding can give a position beyond the edge.
    near = min(Int(below), extent - 1)
    far = min(near + 1, extent - 1)
    nearWeight = below + 1 - scaled
    farWeight = scaled - below
  }
}

extension SpatialExtents {
  /// The shape (N, C, height, width) of the glimpses with these extents that images (N, C, H, W) have at locations (N, 6).
  ///
  /// - Throws: The errors of `Tensor.affineGlimpse(at:extents:)`.
  public func glimpseDimensions(image: [Int], location: [Int]) throws(TensorError) -> [Int] {
    guard image.count == 4, location.count == 2, location[1] == 6, location[0] == image[0] else {
      throw TensorError(
        .shapeMismatch, "needs images (N, C, H, W) and locations (N, 6), got extents \(image) and \(location)")
    }
    guard image.dropFirst().allSatisfy({ $0 > 0 }), areAtLeast(1) else {
      throw TensorError(.invalidShape, "an image \(image.dropFirst()) or a glimpse \(self) has no elements")
    }
    return [image[0], image[1], height, width]
  }
}
