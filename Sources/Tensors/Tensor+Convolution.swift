extension Tensor {
  /// The convolution of images (N, C, H, W) with filters (F, C / groups, h, w).
  ///
  /// A true convolution, as in Blocks: the filters are flipped in both spatial axes, where PyTorch, Keras and ONNX correlate. With
  /// padding p and stride s,
  ///
  ///     y[n, f, i, j] = Σ_c Σ_k Σ_l x[n, c, i·s + k − p, j·s + l − p] · W[f, c, h − 1 − k, w − 1 − l]
  ///
  /// where x is zero outside. Double precision adds in this order, c slowest, and is the reference; single precision gathers
  /// every window into a column and leaves the sum to `matrixProduct(with:)`, whose order is oneDNN's.
  ///
  /// - Throws: `TensorError` as `Convolution.resultDimensions(image:filters:)`, with code `.typeMismatch` for integers or
  ///   different types, `.libraryFailure` where oneDNN reports an error.
  /// - Complexity: O(result elements · filter elements); single precision also takes memory for one image's windows.
  public func convolved(with filters: Tensor, _ convolution: Convolution = Convolution()) throws(TensorError) -> Tensor
  {
    let dimensions = try convolution.resultDimensions(image: shape.dimensions, filters: filters.shape.dimensions)
    let layout = ConvolutionLayout(
      convolution, image: shape.dimensions, filters: filters.shape.dimensions, result: try Shape(checking: dimensions))
    try layout.result.checkFitsMemory(as: type)
    switch (storage, filters.storage) {
    case (.float32(let image), .float32(let filters)): return try layout.result(image, filters)
    case (.float64(let image), .float64(let filters)): return try layout.result(image, filters)
    default:
      throw TensorError(
        .typeMismatch,
        "a convolution of \(type.rawValue) images with \(filters.type.rawValue) filters: both must be float32 or both float64"
      )
    }
  }
}

/// The extents of a convolution that have been found to fit, and its two ways of computing.
private struct ConvolutionLayout {
  let batch: Int
  let groups: Int
  /// Channels of a group, and rows and columns of the image.
  let channels: Int
  let image: SpatialExtents
  /// Filters of a group, and their extents.
  let filters: Int
  let window: SpatialExtents
  let padding: SpatialExtents
  let stride: SpatialExtents
  let result: Shape
  let output: SpatialExtents

  init(_ convolution: Convolution, image: [Int], filters: [Int], result: Shape) {
    batch = image[0]
    groups = convolution.groups
    channels = filters[1]
    self.image = SpatialExtents(image[2], image[3])
    self.filters = filters[0] / groups
    window = SpatialExtents(filters[2], filters[3])
    padding = convolution.padding
    stride = convolution.stride
    self.result = result
    output = SpatialExtents(result[2], result[3])
  }

  private var imageSize: Int { image.height * image.width }
  private var windowSize: Int { window.height * window.width }
  private var outputSize: Int { output.height * output.width }

  /// The results along one axis that meet the image at an offset within the window; the others meet the padding.
  private func inside(_ offset: Int, padding: Int, stride: Int, extent: Int, count: Int) -> Range<Int> {
    let shift = offset - padding
    let first = shift < 0 ? (-shift - 1) / stride + 1 : 0
    let end = shift < extent ? (extent - 1 - shift) / stride + 1 : 0
    return min(first, count)..<max(min(first, count), min(end, count))
  }

  private func rows(_ offset: Int) -> Range<Int> {
    inside(offset, padding: padding.height, stride: stride.height, extent: image.height, count: output.height)
  }
  private func columns(_ offset: Int) -> Range<Int> {
    inside(offset, padding: padding.width, stride: stride.width, extent: image.width, count: output.width)
  }

  // MARK: Double precision

  /// Filter element by filter element: each adds a shifted multiple of a channel to a result plane.
  func result(_ image: [Double], _ weights: [Double]) throws(TensorError) -> Tensor {
    var results = [Double](repeating: 0, count: result.elementCount)
    results.withUnsafeMutableBufferPointer { results in
      image.withUnsafeBufferPointer { image in
        weights.withUnsafeBufferPointer { weights in
          for plane in 0..<batch * groups * filters {
            let (example, filter) = plane.quotientAndRemainder(dividingBy: groups * filters)
            for channel in 0..<channels {
              let source = ((example * groups + filter / filters) * channels + channel) * imageSize
              let flipped = (filter * channels + channel + 1) * windowSize - 1
              for offset in 0..<windowSize {
                let weight = weights[flipped - offset]
                let (row, column) = offset.quotientAndRemainder(dividingBy: window.width)
                let columns = columns(column)
                for y in rows(row) {
                  let line =
                    source + (y * stride.height + row - padding.height) * self.image.width + column - padding.width
                  let target = plane * outputSize + y * output.width
                  for x in columns { results[target + x] += weight * image[line + x * stride.width] }
                }
              }
            }
          }
        }
      }
    }
    return try Tensor(results, shape: result)
  }

  // MARK: Single precision

  /// Image by image and group by group, flipped filters (F, C·h·w) times windows (C·h·w, positions).
  func result(_ image: [Float], _ weights: [Float]) throws(TensorError) -> Tensor {
    let depth = channels * windowSize
    let filterShape = try Shape(checking: [filters, depth])
    let windowShape = try Shape(checking: [depth, outputSize])
    try windowShape.checkFitsMemory(as: .float32)
    let flipped = try (0..<groups).map { (group) throws(TensorError) in
      var elements: [Float] = []
      elements.reserveCapacity(filterShape.elementCount)
      for filter in 0..<filters * channels {
        let start = (group * filters * channels + filter) * windowSize
        elements += weights[start..<start + windowSize].reversed()
      }
      return try Tensor(elements, shape: filterShape)
    }
    var results: [Float] = []
    results.reserveCapacity(result.elementCount)
    for example in 0..<batch {
      for group in 0..<groups {
        let start = (example * groups + group) * channels * imageSize
        let windows = try Tensor(windows(of: image, from: start, windowShape), shape: windowShape)
        guard case .float32(let product) = try flipped[group].matrixProduct(with: windows).storage else {
          preconditionFailure("a product of single precision is of single precision")
        }
        results += product
      }
    }
    return try Tensor(results, shape: result)
  }

  /// A row per element of the filters, a column per result, zero where it meets the padding.
  private func windows(of image: [Float], from start: Int, _ shape: Shape) -> [Float] {
    var elements = [Float](repeating: 0, count: shape.elementCount)
    elements.withUnsafeMutableBufferPointer { elements in
      image.withUnsafeBufferPointer { image in
        for depth in 0..<shape[0] {
          let (channel, offset) = depth.quotientAndRemainder(dividingBy: windowSize)
          let (row, column) = offset.quotientAndRemainder(dividingBy: window.width)
          let columns = columns(column)
          for y in rows(row) {
            let line =
              start + channel * imageSize + (y * stride.height + row - padding.height) * self.image.width + column
              - padding.width
            let target = depth * outputSize + y * output.width
            for x in columns { elements[target + x] = image[line + x * stride.width] }
          }
        }
      }
    }
    return elements
  }
}
