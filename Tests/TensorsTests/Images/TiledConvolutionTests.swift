import CKernels
import Tensors
import TestSupport
import Testing

/// Each test uses every instruction set of this processor.
@Suite("A convolution in tiles of 2×2 pixels")
struct TiledConvolutionTests {
  typealias Case = TiledConvolution

  /// Even and odd extents, all paddings, several images, and channels and filters that do not fill vectors, panels or blocks.
  static let cases = [
    Case(1, 32, 32, 6, 6, padding: 0), Case(2, 32, 33, 8, 5, padding: 1), Case(3, 37, 64, 7, 7, padding: 1),
    Case(1, 50, 70, 5, 5, padding: 2), Case(2, 33, 130, 4, 9, padding: 1), Case(1, 32, 32, 30, 13, padding: 1),
    Case(5, 48, 40, 4, 4, padding: 1), Case(1, 40, 32, 4, 40, padding: 0), Case(2, 32, 47, 3, 10, padding: 2),
  ]

  @Test("is chosen for 3×3 filters with at least 32 channels and filters, if tiles save enough products")
  func choice() {
    #expect(Self.cases.allSatisfy { $0.isTiled })
    let direct = [
      Case(9, 31, 64, 8, 8, padding: 1), Case(9, 64, 31, 8, 8, padding: 1), Case(9, 64, 64, 3, 3, padding: 1),
      Case(9, 64, 64, 2, 2, padding: 1), Case(9, 64, 64, 1, 40, padding: 1),
    ]
    #expect(!direct.contains { $0.isTiled })
    func isTiled(_ change: (inout ck_convolution) -> Void) -> Bool {
      var geometry = Case(1, 64, 64, 16, 16, padding: 1).geometry
      change(&geometry)
      return ck_convolution_boundary(&geometry, 1) != 1
    }
    #expect(isTiled { $0.count = 7 })
    #expect(!isTiled { $0.groups = 2 })
    #expect(!isTiled { ($0.filter_height, $0.result_height) = (2, 17) })
    #expect(!isTiled { ($0.filter_width, $0.result_width) = (5, 14) })
    #expect(!isTiled { ($0.stride_height, $0.result_height) = (2, 8) })
    #expect(!isTiled { ($0.stride_width, $0.result_width) = (2, 8) })
    #expect(!isTiled { ($0.dilation_height, $0.result_height) = (2, 14) })
    #expect(!isTiled { ($0.dilation_width, $0.result_width) = (2, 14) })
  }

  @Test("is exact if all sums are exact", arguments: cases)
  func exactness(convolution: Case) throws {
    let images = Case.eighths(convolution.imageShape, seed: 1)
    let weights = Case.eighths(convolution.filterShape, seed: 2)
    let expected = try convolution.exactResults(images, weights)
    for set in Case.instructionSets {
      let results = convolution.results(images, packed: convolution.packed(weights), with: set)
      #expect(results.map(Double.init) == expected, "\(set)")
    }
  }

  @Test(
    "has at most 3 times the rounding error of direct sums",
    arguments: [
      Case(1, 32, 32, 8, 8, padding: 1), Case(1, 64, 64, 7, 7, padding: 1), Case(1, 128, 48, 6, 6, padding: 1),
      Case(1, 256, 32, 4, 4, padding: 1), Case(1, 600, 32, 4, 4, padding: 1),
    ])
  func error(convolution: Case) throws {
    let images = Case.numbers(convolution.imageShape, seed: 3)
    let weights = Case.numbers(convolution.filterShape, seed: 4)
    let exact = try convolution.exactResults(images, weights)
    func errors(_ results: [Float]) -> (rootMeanSquare: Double, largest: Double) {
      let scale = (exact.reduce(0) { $0 + $1 * $1 } / Double(exact.count)).squareRoot()
      let differences = zip(results, exact).map { abs(Double($0) - $1) / scale }
      return (
        (differences.reduce(0) { $0 + $1 * $1 } / Double(exact.count)).squareRoot(), differences.max() ?? .infinity
      )
    }
    for set in Case.instructionSets {
      let tiled = errors(convolution.results(images, packed: convolution.packed(weights), with: set))
      let direct = errors(convolution.directResults(images, weights, with: set))
      #expect(tiled.rootMeanSquare < 3 * direct.rootMeanSquare, "\(set): \(tiled), \(direct)")
      #expect(tiled.largest < 4 * direct.largest, "\(set): \(tiled), \(direct)")
      #expect(tiled.rootMeanSquare < 6e-7 && tiled.largest < 4e-6, "\(set): \(tiled), \(direct)")
    }
  }

  @Test("has the same bits for any range of pixels and any batch", arguments: cases)
  func ranges(convolution: Case) {
    let images = Case.numbers(convolution.imageShape, seed: 5)
    let packed = convolution.packed(Case.numbers(convolution.filterShape, seed: 6))
    let (width, imageSize) = (convolution.resultWidth, images.count / convolution.count)
    let alone = Case(
      1, convolution.channels, convolution.filters, convolution.height, convolution.width, padding: convolution.padding)
    for set in Case.instructionSets {
      let whole = convolution.results(images, packed: packed, with: set)
      var generator = SeededGenerator(seed: 7)
      var ranges = [0..<1, 1..<2, width - 1..<width, width..<width + 1, width - 1..<width + 1, 1..<2 * width - 1]
      for _ in 0..<12 {
        let ends = (0..<2).map { _ in Int.random(in: 0...convolution.pixelCount, using: &generator) }.sorted()
        ranges.append(ends[0]..<ends[1])
      }
      for pixels in ranges {
        let part = convolution.results(images, packed: packed, pixels: pixels, with: set)
        let elements = pixels.lowerBound * convolution.filters..<pixels.upperBound * convolution.filters
        #expect(part == Array(whole[elements]), "\(set), \(pixels)")
      }
      let separate = (0..<convolution.count).flatMap { image in
        alone.results(Array(images[image * imageSize..<(image + 1) * imageSize]), packed: packed, with: set)
      }
      #expect(separate == whole, "\(set)")
    }
  }

  @Test("can be cut between rows of tiles", arguments: cases)
  func boundaries(convolution: Case) {
    var geometry = convolution.geometry
    let (height, width) = (convolution.resultHeight, convolution.resultWidth)
    for pixel in 0...convolution.pixelCount {
      let boundary = ck_convolution_boundary(&geometry, pixel)
      let row = boundary / width % height
      #expect(boundary % width == 0 && row % 2 == 0 && boundary <= convolution.pixelCount)
      #expect(boundary >= pixel && boundary - pixel < 2 * width)
      #expect(ck_convolution_boundary(&geometry, boundary) == boundary)
    }
    var direct = Case(2, 8, 8, height, width, padding: 1).geometry
    #expect((0...9).allSatisfy { ck_convolution_boundary(&direct, $0) == $0 })
  }

  @Test("writes only the wanted pixels, and applies the epilogue to each once", arguments: cases)
  func epilogue(convolution: Case) throws {
    let images = Case.numbers(convolution.imageShape, seed: 8)
    let packed = convolution.packed(Case.numbers(convolution.filterShape, seed: 9))
    let filters = convolution.filters
    let coefficients = Case.numbers([3, filters], seed: 10)
    let addends = Case.numbers([convolution.pixelCount, filters], seed: 11)
    let pixels = convolution.resultWidth / 2..<convolution.pixelCount - 2
    coefficients.withUnsafeBufferPointer { numbers in
      addends.withUnsafeBufferPointer { addends in
        guard let numbers = numbers.baseAddress, let addends = addends.baseAddress else { return }
        var epilogue = ck_epilogue()
        (epilogue.center, epilogue.center_stride) = (numbers, 1)
        (epilogue.scale, epilogue.scale_stride) = (numbers + filters, 1)
        (epilogue.shift, epilogue.shift_stride) = (numbers + 2 * filters, 1)
        (epilogue.addend, epilogue.addend_stride) = (addends + pixels.lowerBound * filters, filters)
        epilogue.activation = ck_activation_rectify
        let finished = convolution.results(images, packed: packed, pixels: pixels, gap: 5, epilogue: epilogue)
        var expected = convolution.results(images, packed: packed, pixels: pixels, gap: 5)
        ck_apply_epilogue(&epilogue, &expected, pixels.count, filters + 5, filters)
        #expect(finished == expected)
        let isUntouched = finished.indices.allSatisfy { $0 % (filters + 5) < filters || finished[$0] == -77 }
        #expect(isUntouched)
      }
    }
  }

  /// Whether two numbers are equal, both NaN, or both finite with a small difference.
  private func agree(_ left: Float, _ right: Float, within tolerance: Double = 0) -> Bool {
    left == right || (left.isNaN && right.isNaN) || abs(Double(left) - Double(right)) <= tolerance
  }

  @Test(
    "keeps special numbers in the windows that read them",
    arguments: [Float.nan, .infinity, -.infinity, .greatestFiniteMagnitude, 1e20, -1e4],
    [Case(1, 32, 40, 6, 6, padding: 1), Case(2, 37, 70, 5, 7, padding: 1)])
  func specialNumbers(number: Float, convolution: Case) throws {
    let weights = Case.numbers(convolution.filterShape, seed: 12)
    let packed = convolution.packed(weights)
    let ordinary = Case.numbers(convolution.imageShape, seed: 13)
    for (row, column) in [(0, 0), (2, 3), (convolution.height - 1, convolution.width - 1)] {
      var images = ordinary
      images[(row * convolution.width + column) * convolution.channels + 3] = number
      for set in Case.instructionSets {
        let results = convolution.results(images, packed: packed, with: set)
        let direct = convolution.directResults(images, weights, with: set)
        let untouched = convolution.results(ordinary, packed: packed, with: set)
        for (index, result) in results.enumerated() {
          let pixel = index / convolution.filters
          let (y, x) = (pixel / convolution.resultWidth, pixel % convolution.resultWidth)
          let isReached = abs(y - row) <= 1 && abs(x - column) <= 1
          let tolerance = isReached && number.isFinite ? 1e-5 * Double(number.magnitude) : 1e-4
          #expect(agree(result, direct[index], within: tolerance))
          // A tile that does not read the number keeps its bits.
          let isFar = abs(y / 2 * 2 - row) > 2 || abs(x / 2 * 2 - column) > 2
          if isFar { #expect(result == untouched[index]) }
        }
        // Ranges with a part of a tile make the same choice.
        let pixels = 1..<convolution.pixelCount - 1
        let part = convolution.results(images, packed: packed, pixels: pixels, with: set)
        #expect(zip(part, results.dropFirst(convolution.filters)).allSatisfy { agree($0, $1) })
      }
    }
  }

  @Test("has the results of direct sums if only the products in tiles overflow")
  func overflow() {
    let convolution = Case(1, 32, 64, 6, 7, padding: 1)
    // Alternating signs cancel in direct sums. Sums of neighbouring pixels and filters would overflow.
    let images: [Float] = (0..<6 * 7 * 32).map { index in index % 2 == 0 ? 1e38 : -1e38 }
    let weights = [Float](repeating: 0.9, count: 64 * 32 * 9)
    for set in Case.instructionSets {
      let results = convolution.results(images, packed: convolution.packed(weights), with: set)
      #expect(results == convolution.directResults(images, weights, with: set))
      #expect(results.allSatisfy { $0.isFinite })
    }
  }

  @Test("has the results of direct sums for filters that are not finite", arguments: [Float.nan, .infinity, 3e38])
  func filters(number: Float) {
    let convolution = Case(1, 32, 96, 6, 7, padding: 1)
    let images = Case.numbers(convolution.imageShape, seed: 14)
    var weights = Case.numbers(convolution.filterShape, seed: 15)
    let ordinary = convolution.packed(weights)
    weights[(70 * 32 + 5) * 9 + 4] = number
    weights[(70 * 32 + 5) * 9 + 5] = number
    for set in Case.instructionSets {
      let results = convolution.results(images, packed: convolution.packed(weights), with: set)
      let direct = convolution.directResults(images, weights, with: set)
      let untouched = convolution.results(images, packed: ordinary, with: set)
      for (index, result) in results.enumerated() {
        if index % 96 == 70 {
          #expect(agree(result, direct[index], within: number.isFinite ? 1e33 : 0))
        } else if index % 96 < 64 {
          #expect(result == untouched[index])
        } else {
          #expect(abs(result - direct[index]) < 1e-4)
        }
      }
    }
  }

  @Test("gives tensors the same bits in any batch") func tensors() throws {
    // Several threads compute the batch, and one thread computes an image.
    let shape = [6, 36, 17, 15]
    let images = try Tensor(Case.numbers(shape, seed: 16), shape: Shape(shape))
    let filters = try Tensor(Case.numbers([40, 36, 3, 3], seed: 17), shape: [40, 36, 3, 3])
    let convolution = Convolution(padding: 1)
    let together = try images.convolved(with: filters, convolution)
    for index in 0..<6 {
      let alone = try images.slicing(axis: 0, from: index, count: 1).convolved(with: filters, convolution)
      #expect(try alone.isBitwiseEqual(to: together.slicing(axis: 0, from: index, count: 1)))
    }
    let exact = try images.converted(to: .float64).convolved(with: filters.converted(to: .float64), convolution)
    expectClose(together.doubles, exact.doubles, absolute: 1e-4)
  }
}
