import CKernels
import Tensors

/// A convolution of images with channels last, and operations on its result.
struct ImageConvolution: Instruction {
  /// An operation on each element of the result.
  enum Epilogue: Sendable {
    case unary(ck_unary_operation)
    case clip(minimum: Float, maximum: Float)
    /// A function of the elements and of others in the same places, which may be the first operand.
    case binary(ck_binary_operation, ArrayView, isFirst: Bool)
    /// (Element − first) · second + third, with one number for each channel or one number for all. A sum with others in the same places
    /// and an activation may follow.
    case normalize([ArrayView], adding: ArrayView? = nil, Activation = .none)
    /// A function of the elements and of a copy of them, after operations on each: x · logistic(x), for instance. The copy may be the
    /// first operand.
    indirect case gate([Epilogue], copy: [Epilogue], ck_binary_operation, isFirst: Bool)

    /// The further views that are read.
    var operands: [ArrayView] {
      switch self {
      case .normalize(let coefficients, let addend, _): coefficients + [addend].compactMap { $0 }
      case .binary(_, let other, _): [other]
      case .gate(let steps, let copySteps, _, _): (steps + copySteps).flatMap(\.operands)
      case .unary, .clip: []
      }
    }

    /// This operation and the next one in a single pass; nil if there is no such pass.
    fileprivate func merged(with next: Epilogue) -> Epilogue? {
      guard case .normalize(let coefficients, let addend, .none) = self else { return nil }
      switch next {
      case .binary(ck_add, let other, _) where addend == nil: return .normalize(coefficients, adding: other)
      case .unary(ck_rectify): return .normalize(coefficients, adding: addend, .rectify)
      case .clip(let minimum, let maximum):
        return .normalize(coefficients, adding: addend, .clip(minimum: minimum, maximum: maximum))
      default: return nil
      }
    }
  }

  /// The last step of a normalization's pass.
  enum Activation: Sendable {
    case none, rectify
    case clip(minimum: Float, maximum: Float)

    fileprivate var kernel: (kind: ck_activation, minimum: Float, maximum: Float) {
      switch self {
      case .none: (ck_activation_none, 0, 0)
      case .rectify: (ck_activation_rectify, 0, 0)
      case .clip(let minimum, let maximum): (ck_activation_clip, minimum, maximum)
      }
    }
  }

  let geometry: ConvolutionGeometry
  let images: ArrayView
  let filters: ArrayView
  /// A zero for each channel of the images.
  let zeros: ArrayView
  /// The result, which is dense, with channels last.
  private(set) var result: ArrayView
  private(set) var epilogues: [Epilogue] = []

  init(geometry: ConvolutionGeometry, images: ArrayView, filters: ArrayView, zeros: ArrayView, result: ArrayView) {
    self.geometry = geometry
    self.images = images
    self.filters = filters
    self.zeros = zeros
    self.result = result
  }

  /// Adds an operation, whose result replaces the previous result.
  mutating func append(_ epilogue: Epilogue, to result: ArrayView) {
    epilogues.append(merging: epilogue)
    self.result = result
  }

  var reads: [ArrayView] { [images, filters, zeros] + epilogues.flatMap(\.operands) }
  var writes: [ArrayView] { [result] }

  /// The number of floats of the result that are computed before the operations on them. They stay in a cache.
  private static let blockElementCount = 1 << 14
  /// The pixels that the kernel usually computes together, and the number that may join the last ones.
  private static let (pixelsPerChunk, joinedPixels) = (48, 12)

  func run(in memory: Memory) {
    let kernel = geometry.kernel
    let pixelCount = kernel.count * kernel.result_height * kernel.result_width
    let (source, packed, zeros, target) = (memory[images], memory[filters], memory[zeros], memory[result])
    let chunks = max(Self.blockElementCount / (kernel.filters * Self.pixelsPerChunk), 1)
    concurrentRanges(of: pixelCount, ofMultiplications: pixelCount * geometry.multiplicationsPerPixel) { pixels in
      var kernel = geometry.kernel
      let blockCount = epilogues.isEmpty ? max(pixels.count, 1) : chunks * Self.pixelsPerChunk
      withUnsafeTemporaryAllocation(of: Float.self, capacity: ck_convolution_scratch_count(&kernel) + 1) { scratch in
        var first = pixels.lowerBound
        while first < pixels.upperBound {
          let isLast = first + blockCount + Self.joinedPixels >= pixels.upperBound
          let block = first..<(isLast ? pixels.upperBound : first + blockCount)
          first = block.upperBound
          ck_convolve(
            &kernel, source, packed, zeros, block.lowerBound, block.count, target + block.lowerBound * kernel.filters,
            scratch.baseAddress)
          let numbers = target + block.lowerBound * kernel.filters
          for epilogue in epilogues { apply(epilogue, to: numbers, of: block, in: memory) }
        }
      }
    }
  }

  /// Applies an operation to the numbers of some pixels.
  private func apply(
    _ epilogue: Epilogue, to numbers: UnsafeMutablePointer<Float>, of pixels: Range<Int>, in memory: Memory
  ) {
    let channels = geometry.filters[0]
    let count = pixels.count * channels
    switch epilogue {
    case .unary(let function): ck_unary(function, numbers, numbers, count)
    case .clip(let minimum, let maximum): ck_clip(numbers, minimum, maximum, numbers, count)
    case .normalize(let coefficients, let addend, let activation):
      let (center, scale, shift) = (coefficients[0], coefficients[1], coefficients[2])
      let last = activation.kernel
      ck_finish(
        numbers, pixels.count, channels, memory[center], center.strides[1], memory[scale], scale.strides[1],
        memory[shift], shift.strides[1], addend.map { memory[$0] + pixels.lowerBound * channels }, last.kind,
        last.minimum, last.maximum)
    case .binary(let function, let view, let isFirst):
      let others = memory[view] + pixels.lowerBound * channels
      if isFirst {
        ck_binary(function, others, 1, numbers, 1, numbers, count)
      } else {
        ck_binary(function, numbers, 1, others, 1, numbers, count)
      }
    case .gate(let steps, let copySteps, let function, let isFirst):
      withUnsafeTemporaryAllocation(of: Float.self, capacity: count) { copy in
        guard let gates = copy.baseAddress else { return }
        gates.update(from: numbers, count: count)
        for step in copySteps { apply(step, to: gates, of: pixels, in: memory) }
        for step in steps { apply(step, to: numbers, of: pixels, in: memory) }
        ck_binary(function, isFirst ? gates : numbers, 1, isFirst ? numbers : gates, 1, numbers, count)
      }
    }
  }
}

extension [ImageConvolution.Epilogue] {
  /// Adds an operation, in the same pass as the last one if possible.
  mutating func append(merging epilogue: Element) {
    if let merged = last?.merged(with: epilogue) {
      self[count - 1] = merged
    } else {
      append(epilogue)
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
