import CKernels
import Tensors

/// A convolution of images with channels last, and operations on its result.
struct ImageConvolution: FusibleInstruction {
  let geometry: ConvolutionGeometry
  let images: ArrayView
  let filters: ArrayView
  /// Zeros, which the kernel reads outside of the images.
  let zeros: ArrayView
  /// The result, with channels last. The channels of a pixel follow one another, and the pixels are evenly spaced.
  private(set) var result: ArrayView
  private(set) var epilogues: [Epilogue] = []

  init(geometry: ConvolutionGeometry, images: ArrayView, filters: ArrayView, zeros: ArrayView, result: ArrayView) {
    self.geometry = geometry
    self.images = images
    self.filters = filters
    self.zeros = zeros
    self.result = result
  }

  mutating func append(_ epilogue: Epilogue, to result: ArrayView) -> Bool {
    epilogues.append(merging: epilogue)
    self.result = result
    return true
  }

  func pixels(of view: ArrayView) -> ArrayView {
    var matrix = view
    matrix.dimensions = [view.elementCount / max(view.dimensions[1], 1), view.dimensions[1]]
    matrix.strides = [view.pixelStride, 1]
    return matrix
  }

  func coefficients(of view: ArrayView) -> ArrayView? {
    guard view.dimensions.count == 4, [0, 2, 3].allSatisfy({ view.strides[$0] == 0 || view.dimensions[$0] == 1 }),
      view.strides[1] == 0 || view.strides[1] == 1
    else { return nil }
    var row = view
    row.dimensions = [1, view.dimensions[1]]
    row.strides = [0, view.strides[1]]
    return row
  }

  /// Whether the kernel applies all operations, so that the pixels may have gaps between them.
  var canBePlaced: Bool {
    guard epilogues.count <= 1 else { return false }
    if case .normalize? = epilogues.first { return true }
    return epilogues.isEmpty
  }

  /// Lets the convolution write its result to another view, whose pixels are evenly spaced.
  mutating func place(in result: ArrayView) { self.result = result }

  var reads: [ArrayView] { [images, filters, zeros] + epilogues.flatMap(\.operands) }
  var writes: [ArrayView] { [result] }

  /// The number of floats of the result that are computed before the operations on them. They stay in a cache.
  private static let blockElementCount = 1 << 13
  /// The number of pixels that the kernel usually computes together, and the number of additional pixels that the last group may have.
  private static let (pixelsPerChunk, joinedPixels) = (48, 12)

  func run(in memory: Memory) {
    let kernel = geometry.kernel
    let pixelCount = kernel.count * kernel.result_height * kernel.result_width
    let (source, packed, zeros, target) = (memory[images], memory[filters], memory[zeros], memory[result])
    // The kernel applies a first normalization.
    var kernelEpilogue: ck_epilogue?
    var rest = epilogues[...]
    if case .normalize(let normalization)? = rest.first {
      kernelEpilogue = normalization.kernel(in: memory, group: 0, from: 0)
      rest.removeFirst()
    }
    let stride = result.pixelStride
    let chunks = max(Self.blockElementCount / (kernel.filters * Self.pixelsPerChunk), 1)
    concurrentRanges(of: pixelCount, ofMultiplications: geometry.multiplications) { [geometry] share in
      var kernel = kernel
      let pixels = geometry.boundary(share.lowerBound)..<geometry.boundary(share.upperBound)
      let blockCount = rest.isEmpty ? max(pixels.count, 1) : chunks * Self.pixelsPerChunk
      let scratchCount = ck_convolution_scratch_count(&kernel)
      withUnsafeTemporaryAllocation(byteCount: 4 * scratchCount + 1, alignment: 4 * FloatBlock.lineCount) { bytes in
        let scratch = bytes.baseAddress?.bindMemory(to: Float.self, capacity: scratchCount)
        var first = pixels.lowerBound
        while first < pixels.upperBound {
          let isLast = first + blockCount + Self.joinedPixels >= pixels.upperBound
          let block = first..<(isLast ? pixels.upperBound : geometry.boundary(first + blockCount))
          first = block.upperBound
          let numbers = target + block.lowerBound * stride
          if var part = kernelEpilogue {
            if let addend = part.addend { part.addend = addend + block.lowerBound * part.addend_stride }
            ck_convolve(
              &kernel, source, packed, zeros, block.lowerBound, block.count, numbers, stride, &part,
              scratch)
          } else {
            ck_convolve(
              &kernel, source, packed, zeros, block.lowerBound, block.count, numbers, stride, nil, scratch)
          }
          for epilogue in rest { epilogue.apply(to: numbers, of: block, channels: kernel.filters, in: memory) }
        }
      }
    }
  }
}

/// The extents of a convolution as the kernels take them.
struct ConvolutionGeometry: Sendable {
  let kernel: ck_convolution
  let multiplications: Int

  init(images: [Int], filters: [Int], results: [Int], convolution: Convolution) {
    kernel = ck_convolution(
      count: images[0], height: images[2], width: images[3], channels: images[1], filters: filters[0],
      groups: convolution.groups, filter_height: filters[2], filter_width: filters[3],
      stride_height: convolution.stride.height, stride_width: convolution.stride.width,
      padding_top: convolution.padding.height, padding_left: convolution.padding.width,
      dilation_height: convolution.dilation.height, dilation_width: convolution.dilation.width,
      result_height: results[2], result_width: results[3])
    multiplications = (filters + [results[0], results[2], results[3]]).reduce(1) { product, extent in
      let (next, overflow) = product.multipliedReportingOverflow(by: extent)
      return overflow ? .max : next
    }
  }

  /// The first pixel of the result, from a given pixel on, with which a range can begin or end without computing anything twice.
  func boundary(_ pixel: Int) -> Int {
    var kernel = kernel
    return ck_convolution_boundary(&kernel, pixel)
  }
}

/// The maximum or the mean of each window of images with channels last.
struct ImagePooling: Instruction {
  let pooling: Pooling
  let images: ArrayView
  let result: ArrayView

  var reads: [ArrayView] { [images] }
  var writes: [ArrayView] { [result] }

  func run(in memory: Memory) {
    let (count, channels) = (images.dimensions[0], images.dimensions[1])
    // Without examples, the extents of the result can be huge.
    guard result.elementCount > 0 else { return }
    let rows = spans(axis: 2, pooling.window.height, pooling.stride.height, pooling.padding.height)
    let columns = spans(axis: 3, pooling.window.width, pooling.stride.width, pooling.padding.width)
    let summary = pooling.summary == .maximum ? ck_pool_maximum : ck_pool_mean
    for example in 0..<count {
      var target = memory[result] + example * result.strides[0]
      let image = memory[images] + example * images.strides[0]
      for row in rows {
        for column in columns {
          ck_pool(
            summary, image + row.inside.lowerBound * images.strides[2] + column.inside.lowerBound * images.strides[3],
            row.inside.count, column.inside.count, images.strides[2], images.strides[3], channels,
            Float(row.count * column.count), target)
          target += channels
        }
      }
    }
  }

  /// The positions in the image of each window along an axis, and the divisor of its mean.
  private func spans(axis: Int, _ window: Int, _ step: Int, _ padding: Int) -> [(inside: Range<Int>, count: Int)] {
    let extent = images.dimensions[axis]
    return (0..<result.dimensions[axis]).map { index in
      let start = index * step - padding
      let end = extent + padding - start > window ? start + window : extent + padding
      let inside = max(start, 0)..<max(max(start, 0), min(end, extent))
      return (inside, pooling.includesPadding ? end - start : inside.count)
    }
  }
}
