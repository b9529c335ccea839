import CKernels
import Tensors
import TestSupport
import Testing

/// A convolution of images with channels last, as the kernels take it.
struct TiledConvolution: Sendable, CustomTestStringConvertible {
  let count: Int
  let channels: Int
  let filters: Int
  let height: Int
  let width: Int
  let padding: Int

  init(_ count: Int, _ channels: Int, _ filters: Int, _ height: Int, _ width: Int, padding: Int) {
    (self.count, self.channels, self.filters) = (count, channels, filters)
    (self.height, self.width, self.padding) = (height, width, padding)
  }

  var testDescription: String { "\(count)×\(height)×\(width)×\(channels) to \(filters), padding \(padding)" }

  var resultHeight: Int { height + 2 * padding - 2 }
  var resultWidth: Int { width + 2 * padding - 2 }
  var pixelCount: Int { count * resultHeight * resultWidth }
  var imageShape: [Int] { [count, height, width, channels] }
  var filterShape: [Int] { [filters, channels, 3, 3] }

  var geometry: ck_convolution {
    ck_convolution(
      count: count, height: height, width: width, channels: channels, filters: filters, groups: 1, filter_height: 3,
      filter_width: 3, stride_height: 1, stride_width: 1, padding_top: padding, padding_left: padding,
      dilation_height: 1, dilation_width: 1, result_height: resultHeight, result_width: resultWidth)
  }

  /// The instruction sets of this processor.
  static var instructionSets: [ck_instruction_set] {
    [ck_baseline, ck_avx2, ck_avx512].filter { ck_has_instruction_set($0) != 0 }
  }

  /// Whether the kernel computes this convolution in tiles.
  var isTiled: Bool {
    var geometry = geometry
    return ck_convolution_boundary(&geometry, 1) != 1
  }

  /// Filters in the form for the kernel.
  func packed(_ weights: [Float]) -> [Float] {
    var geometry = geometry
    var packed = [Float](repeating: .nan, count: ck_packed_filter_count(&geometry))
    ck_pack_filters(&geometry, weights, 0, &packed)
    return packed
  }

  /// The results for a range of pixels. Rows of results are `filters + gap` floats apart.
  func results(
    _ images: [Float], packed: [Float], pixels: Range<Int>? = nil, gap: Int = 0, with set: ck_instruction_set? = nil,
    epilogue: ck_epilogue? = nil
  ) -> [Float] {
    var geometry = geometry
    let pixels = pixels ?? 0..<pixelCount
    let stride = filters + gap
    // The kernel must not read scratch space that it did not write.
    var scratch = [Float](repeating: .nan, count: ck_convolution_scratch_count(&geometry))
    let zeros = [Float](repeating: 0, count: ck_convolution_zero_count(&geometry))
    var results = [Float](repeating: -77, count: pixels.count * stride)
    if var epilogue {
      ck_convolve(
        &geometry, images, packed, zeros, pixels.lowerBound, pixels.count, &results, stride, &epilogue, &scratch)
    } else if let set {
      ck_convolve_with(
        set, &geometry, images, packed, zeros, pixels.lowerBound, pixels.count, &results, stride, nil, &scratch)
    } else {
      ck_convolve(&geometry, images, packed, zeros, pixels.lowerBound, pixels.count, &results, stride, nil, &scratch)
    }
    return results
  }

  /// The results of the direct kernel. It computes results of a single row, so this function cuts padded images into rows.
  func directResults(_ images: [Float], _ weights: [Float], with set: ck_instruction_set) -> [Float] {
    let line = TiledConvolution(1, channels, filters, 3, width + 2 * padding, padding: 0)
    precondition(!line.isTiled)
    let packed = line.packed(weights)
    var results: [Float] = []
    for image in 0..<count {
      for top in 0..<resultHeight {
        var rows = [Float](repeating: 0, count: 3 * line.width * channels)
        for row in 0..<3 {
          guard (0..<height).contains(top + row - padding) else { continue }
          let source = (image * height + top + row - padding) * width * channels
          let target = (row * line.width + padding) * channels
          rows.replaceSubrange(target..<target + width * channels, with: images[source..<source + width * channels])
        }
        results += line.results(rows, packed: packed, with: set)
      }
    }
    return results
  }

  /// The results in double precision.
  func exactResults(_ images: [Float], _ weights: [Float]) throws -> [Double] {
    let images = try Tensor(images.map(Double.init), shape: Shape(imageShape)).transposed([0, 3, 1, 2])
    // `convolved` flips the filters.
    let weights = try Tensor(weights.map(Double.init), shape: Shape(filterShape)).reversed(axis: 2).reversed(axis: 3)
    let results = try images.convolved(with: weights, Convolution(padding: SpatialExtents(padding, padding)))
    return try results.transposed([0, 2, 3, 1]).doubles
  }

  /// Random numbers around 0 with a deviation of 0.58.
  static func numbers(_ shape: [Int], seed: UInt64) -> [Float] {
    var generator = SeededGenerator(seed: seed)
    return (0..<shape.reduce(1, *)).map { _ in
      (0..<4).reduce(-2) { sum, _ in sum + Float.random(in: 0..<1, using: &generator) }
    }
  }

  /// Multiples of 1/8 from -2 to 2. Sums and products of a few of these numbers are exact.
  static func eighths(_ shape: [Int], seed: UInt64) -> [Float] {
    var generator = SeededGenerator(seed: seed)
    return (0..<shape.reduce(1, *)).map { _ in Float(Int.random(in: -16...16, using: &generator)) / 8 }
  }
}
