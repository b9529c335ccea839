import CKernels
import Tensors

/// A convolution of images with channels last.
struct ImageConvolution: Instruction {
  let geometry: ConvolutionGeometry
  let images: ArrayView
  let filters: ArrayView
  /// Zeros, one for each channel of the images.
  let zeros: ArrayView
  let result: ArrayView

  var reads: [ArrayView] { [images, filters, zeros] }
  var writes: [ArrayView] { [result] }

  func run(in memory: Memory) {
    let kernel = geometry.kernel
    let pixelCount = kernel.count * kernel.result_height * kernel.result_width
    let (source, packed, zeros, target) = (memory[images], memory[filters], memory[zeros], memory[result])
    concurrentRanges(of: pixelCount, ofMultiplications: pixelCount * geometry.multiplicationsPerPixel) { pixels in
      var kernel = geometry.kernel
      withUnsafeTemporaryAllocation(of: Float.self, capacity: ck_convolution_scratch_count(&kernel) + 1) { scratch in
        ck_convolve(
          &kernel, source, packed, zeros, pixels.lowerBound, pixels.count, target + pixels.lowerBound * kernel.filters,
          scratch.baseAddress)
      }
    }
  }
}

/// The extents of a convolution in the form of the kernels.
struct ConvolutionGeometry: Sendable {
  let images: [Int]
  let filters: [Int]
  let results: [Int]
  let convolution: Convolution

  var multiplicationsPerPixel: Int { filters.reduce(1, *) }

  var kernel: ck_convolution {
    ck_convolution(
      count: images[0], height: images[2], width: images[3], channels: images[1], filters: filters[0],
      groups: convolution.groups, filter_height: filters[2], filter_width: filters[3],
      stride_height: convolution.stride.height, stride_width: convolution.stride.width,
      padding_top: convolution.padding.height, padding_left: convolution.padding.width,
      dilation_height: convolution.dilation.height, dilation_width: convolution.dilation.width,
      result_height: results[2], result_width: results[3])
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
    let rows = spans(axis: 2, pooling.window.height, pooling.step.height, pooling.padding.height)
    let columns = spans(axis: 3, pooling.window.width, pooling.step.width, pooling.padding.width)
    let operation = pooling.summary == .maximum ? ck_maximum : ck_add
    for example in 0..<count {
      var target = memory[result] + example * result.strides[0]
      let image = memory[images] + example * images.strides[0]
      for row in rows {
        for column in columns {
          target.update(repeating: pooling.summary == .maximum ? -.infinity : 0, count: channels)
          for y in row.inside {
            for x in column.inside {
              ck_binary(
                operation, target, 1, image + y * images.strides[2] + x * images.strides[3], 1, target, channels)
            }
          }
          if pooling.summary == .average {
            var divisor = Float(row.count * column.count)
            ck_binary(ck_divide, target, 1, &divisor, 0, target, channels)
          }
          target += channels
        }
      }
    }
  }

  /// The image positions of each window along an axis, and the divisor of a mean.
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
