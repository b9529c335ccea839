import CKernels

extension Tensor {
  /// The convolution of images (N, C, H, W) with filters (F, C / groups, h, w).
  ///
  /// This is a true convolution, as in Blocks: it flips the filters along both spatial axes. PyTorch, Keras and ONNX compute a
  /// correlation instead. With padding p, stride s and dilation d,
  ///
  ///     y[n, f, i, j] = Σ_c Σ_k Σ_l x[n, c, i·s + k·d − p, j·s + l·d − p] · W[f, c, h − 1 − k, w − 1 − l]
  ///
  /// x is zero outside of the image. Double precision is the reference. It adds in the order of the formula, so c changes slowest.
  /// In single precision, c changes fastest. The order of summation is the same for all images and pixels.
  ///
  /// In single precision, filters of 3×3 with stride 1, dilation 1, one group, and at least 32 channels and 32 filters use fewer products:
  /// tiles of 2×2 results are computed together (Lavin and Gray, arXiv 1509.09308). The rounding error is up to 3 times the error of
  /// direct sums. The algorithm depends only on the extents of an image and of the filters, so an image has the same results in any batch.
  /// If a number under a tile is not finite, or is about 256 times as large as all numbers in the tile's middle, the tile is computed
  /// directly. So an infinity only reaches the results that depend on it.
  ///
  /// - Throws: The errors of `Convolution.resultDimensions(image:filters:)`; `TensorError` with code `.typeMismatch` for integers
  ///   or different types.
  /// - Complexity: O(result elements · filter elements). Single precision also needs memory for a copy of images and results.
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

/// The checked extents of a convolution, and the two ways of computing it.
private struct ConvolutionLayout {
  let batch: Int
  let groups: Int
  /// The channels of a group, and the rows and columns of the image.
  let channels: Int
  let image: SpatialExtents
  /// The filters of a group, and their extents.
  let filters: Int
  let window: SpatialExtents
  let padding: SpatialExtents
  let stride: SpatialExtents
  let dilation: SpatialExtents
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
    dilation = convolution.dilation
    self.result = result
    output = SpatialExtents(result[2], result[3])
  }

  private var imageSize: Int { image.height * image.width }
  private var windowSize: Int { window.height * window.width }
  private var outputSize: Int { output.height * output.width }

  /// The indices along one axis of the results for which the filter element at the given offset reads the image, not the padding.
  private func inside(_ offset: Int, padding: Int, stride: Int, extent: Int, count: Int) -> Range<Int> {
    let shift = offset - padding
    let first = shift < 0 ? (-shift - 1) / stride + 1 : 0
    let end = shift < extent ? (extent - 1 - shift) / stride + 1 : 0
    return min(first, count)..<max(min(first, count), min(end, count))
  }

  private func rows(_ offset: Int) -> Range<Int> {
    inside(
      offset * dilation.height, padding: padding.height, stride: stride.height, extent: image.height,
      count: output.height)
  }
  private func columns(_ offset: Int) -> Range<Int> {
    inside(
      offset * dilation.width, padding: padding.width, stride: stride.width, extent: image.width, count: output.width)
  }

  // MARK: Double precision

  /// Computes with one filter element at a time. Each filter element adds a shifted multiple of a channel to a plane of the result.
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
                  let imageRow = y * stride.height + row * dilation.height - padding.height
                  let line = source + imageRow * self.image.width + column * dilation.width - padding.width
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

  /// Computes with channels last, so that the numbers under a filter element are contiguous.
  func result(_ image: [Float], _ weights: [Float]) throws(TensorError) -> Tensor {
    var geometry = geometry
    var packed = [Float](repeating: 0, count: ck_packed_filter_count(&geometry))
    ck_pack_filters(&geometry, weights, 1, &packed)
    let zeros = [Float](repeating: 0, count: ck_convolution_zero_count(&geometry))
    let pixelCount = batch * outputSize
    let images = transposed(image, count: batch, rows: geometry.channels, columns: imageSize)
    let results = [Float](unsafeUninitializedCapacity: result.elementCount) { results, initializedCount in
      concurrentRanges(of: pixelCount, ofMultiplications: result.elementCount * channels * windowSize) {
        [geometry] share in
        var geometry = geometry
        let first = ck_convolution_boundary(&geometry, share.lowerBound)
        let count = ck_convolution_boundary(&geometry, share.upperBound) - first
        var scratch = [Float](repeating: 0, count: ck_convolution_scratch_count(&geometry))
        ck_convolve(
          &geometry, images, packed, zeros, first, count, results.baseAddress.map { $0 + first * geometry.filters },
          geometry.filters, nil, &scratch)
      }
      initializedCount = result.elementCount
    }
    return try Tensor(
      transposed(results, count: batch, rows: outputSize, columns: geometry.filters), shape: result)
  }

  private var geometry: ck_convolution {
    ck_convolution(
      count: batch, height: image.height, width: image.width, channels: groups * channels, filters: groups * filters,
      groups: groups, filter_height: window.height, filter_width: window.width, stride_height: stride.height,
      stride_width: stride.width, padding_top: padding.height, padding_left: padding.width,
      dilation_height: dilation.height, dilation_width: dilation.width, result_height: output.height,
      result_width: output.width)
  }

  /// The transposes of `count` matrices (rows, columns).
  private func transposed(_ elements: [Float], count: Int, rows: Int, columns: Int) -> [Float] {
    [Float](unsafeUninitializedCapacity: elements.count) { target, initializedCount in
      for index in 0..<count {
        let first = index * rows * columns
        elements.withUnsafeBufferPointer { source in
          guard let source = source.baseAddress, let target = target.baseAddress else { return }
          ck_transpose(source + first, rows, columns, target + first)
        }
      }
      initializedCount = elements.count
    }
  }
}
