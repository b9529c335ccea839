import Tensors
import Testing

@Suite("Convolution")
struct ConvolutionTests {
  struct Case: Decodable {
    let mode: String
    let padding: [Int]
    let stride: [Int]
    let groups: Int
    let dilation: [Int]?
    let image: FixtureArray
    let filters: FixtureArray
    let expected: FixtureArray

    var convolution: Convolution {
      Convolution(
        padding: SpatialExtents(padding[0], padding[1]), stride: SpatialExtents(stride[0], stride[1]), groups: groups,
        dilation: dilation.map { SpatialExtents($0[0], $0[1]) } ?? 1)
    }
  }

  @Test("agrees with PyTorch on flipped filters, for all border modes, strides, groups and dilations")
  func fixtureCases() throws {
    for fixture in try fixtures("convolution", of: Case.self) {
      let (image, filters) = try (fixture.image.tensor(), fixture.filters.tensor())
      let expected = try fixture.expected.tensor()
      let name = "\(fixture.mode) \(fixture.image.shape) by \(fixture.filters.shape), \(fixture.convolution)"
      let double = try image.convolved(with: filters, fixture.convolution)
      #expect(double.shape == expected.shape, "\(name)")
      expectClose(double.doubles, expected.doubles, absolute: 1e-13, "\(name)")
      let single = try image.converted(to: .float32)
        .convolved(with: filters.converted(to: .float32), fixture.convolution)
      #expect(single.type == .float32 && single.shape == expected.shape, "\(name)")
      expectClose(single.doubles, expected.doubles, absolute: 1e-5, "\(name)")
    }
  }

  @Test(
    "each algorithm for single precision agrees with double precision",
    arguments: [
      // Channels, filters, groups, rows and columns of the image, of the filters, padding, stride, dilation.
      (37, 37, 37, [9, 11], [3, 3], 1, 1, 1), (20, 20, 20, [8, 7], [5, 2], 2, 2, 1),
      (33, 33, 33, [9, 9], [3, 3], 2, 1, 2),
      (3, 24, 1, [15, 13], [7, 7], 3, 2, 1), (6, 10, 2, [7, 9], [3, 3], 1, 1, 1), (3, 5, 1, [9, 9], [3, 3], 2, 1, 2),
      (16, 17, 1, [7, 9], [1, 1], 0, 1, 1), (16, 40, 1, [7, 9], [1, 1], 0, 2, 1),
      (24, 48, 2, [6, 10], [3, 3], 1, 1, 1),
      (8, 33, 1, [5, 6], [12, 11], 6, 1, 1),
      // Depthwise: rows of one to many pixels, parts of vectors, and taps that are all outside of the image.
      (72, 72, 72, [13, 14], [3, 3], 1, 1, 1), (88, 88, 88, [12, 15], [3, 3], 1, 2, 1),
      (144, 144, 144, [7, 7], [5, 5], 2, 1, 1), (24, 24, 24, [9, 22], [5, 5], 2, 2, 1),
      (40, 40, 40, [8, 12], [7, 7], 3, 1, 1), (70, 70, 70, [3, 2], [5, 5], 2, 1, 1),
      (4, 4, 4, [3, 3], [3, 3], 4, 1, 1),
      (18, 18, 18, [6, 9], [2, 4], 1, 1, 1),
      // Few channels: the taps in a row of the filter are one run.
      (3, 16, 1, [14, 13], [3, 3], 1, 2, 1), (8, 24, 1, [10, 9], [3, 3], 1, 1, 1),
      (31, 20, 1, [5, 4], [5, 5], 2, 1, 1),
      (1, 7, 1, [6, 2], [3, 3], 3, 1, 1),
    ] as [(Int, Int, Int, [Int], [Int], Int, Int, Int)])
  func precisions(
    channels: Int, filters: Int, groups: Int, image: [Int], window: [Int], padding: Int, stride: Int, dilation: Int
  ) throws {
    func numbers(_ dimensions: [Int]) throws -> Tensor {
      let count = dimensions.reduce(1, *)
      var numbers: [Double] = []
      for index in 0..<count {
        let number = (index * 7919 + 31) % 257 - 128
        numbers.append(Double(number) / 64)
      }
      return try Tensor(numbers, shape: Shape(dimensions))
    }
    let images = try numbers([2, channels] + image)
    let weights = try numbers([filters, channels / groups] + window)
    let convolution = Convolution(
      padding: SpatialExtents(padding, padding), stride: SpatialExtents(stride, stride), groups: groups,
      dilation: SpatialExtents(dilation, dilation))
    let expected = try images.convolved(with: weights, convolution)
    let result = try images.converted(to: .float32).convolved(with: weights.converted(to: .float32), convolution)
    // All products are multiples of 2⁻¹², and their sums here are far below 2¹²: single precision is exact.
    #expect(result.shape == expected.shape && result.doubles == expected.doubles)
  }

  @Test("the filters are flipped in both axes") func flipped() throws {
    // An image of one bright pixel shows the filter as it is.
    let image = try Tensor([0, 0, 0, 0, 1, 0, 0, 0, 0] as [Double], shape: [1, 1, 3, 3])
    let filter = try Tensor([1, 2, 3, 4, 5, 6, 7, 8, 9] as [Double], shape: [1, 1, 3, 3])
    let result = try image.convolved(with: filter, Convolution(padding: 1))
    #expect(result.doubles == [1, 2, 3, 4, 5, 6, 7, 8, 9])
    let single = try image.converted(to: .float32)
      .convolved(with: filter.converted(to: .float32), Convolution(padding: 1))
    #expect(single.doubles == result.doubles)
  }

  @Test("double precision adds in the order of channels, rows and columns") func order() throws {
    // In any other order of addition, the small terms would survive.
    let image = try Tensor([1e17, 1, 1, -1e17] as [Double], shape: [1, 1, 2, 2])
    let filter = try Tensor(repeating: 1, shape: [1, 1, 2, 2], type: .float64)
    #expect(try image.convolved(with: filter).doubles == [0])
    // The first and the last element of the image are in different channels.
    let channels = try image.reshaped(to: [1, 4, 1, 1])
    #expect(try channels.convolved(with: filter.reshaped(to: [1, 4, 1, 1])).doubles == [0])
  }

  @Test("strides and paddings far beyond the image do not overflow") func large() throws {
    let image = try Tensor(repeating: 1, shape: [1, 1, 3, 3], type: .float64)
    let filter = try Tensor(repeating: 1, shape: [1, 1, 2, 2], type: .float64)
    let wide = try image.convolved(with: filter, Convolution(padding: 1, stride: SpatialExtents(.max, .max)))
    #expect(wide.shape == [1, 1, 1, 1] && wide.doubles == [1])
    let apart = try image.convolved(with: filter, Convolution(padding: 9, stride: 9))
    #expect(apart.shape == [1, 1, 3, 3] && apart.doubles == [0, 0, 0, 0, 4, 0, 0, 0, 0])
    for padding in [Int.max, Int.max / 2 - 9] {
      expectError(.invalidShape, mentioning: padding == .max ? "is too large" : "more elements") {
        try image.convolved(with: filter, Convolution(padding: SpatialExtents(padding, padding)))
      }
    }
  }

  @Test("operands must fit") func refused() throws {
    func refused(
      _ image: Shape, _ filters: Shape, _ convolution: Convolution, _ code: TensorError.Code, _ text: String,
      sourceLocation: SourceLocation = #_sourceLocation
    ) {
      expectError(code, mentioning: text, sourceLocation: sourceLocation) {
        try Tensor(repeating: 1, shape: image, type: .float32)
          .convolved(with: Tensor(repeating: 1, shape: filters, type: .float32), convolution)
      }
    }
    refused([2, 3, 3], [1, 2, 2, 2], .init(), .shapeMismatch, "images (N, C, H, W)")
    refused([1, 2, 3, 3], [2, 2, 2], .init(), .shapeMismatch, "filters (F, C / groups, h, w)")
    refused(
      [1, 2, 3, 3], [1, 3, 2, 2], .init(), .shapeMismatch, "filters for 3 channels do not fit an image of 2 channels")
    refused([1, 4, 3, 3], [4, 4, 2, 2], Convolution(groups: 2), .shapeMismatch, "4 channels in 2 groups")
    refused(
      [1, 4, 3, 3], [3, 2, 2, 2], Convolution(groups: 2), .shapeMismatch,
      "2 groups do not divide 4 channels and 3 filters")
    refused([1, 2, 3, 3], [1, 2, 4, 2], .init(), .invalidShape, "a window of extent 4 does not fit")
    refused([1, 2, 3, 3], [1, 2, 2, 2], Convolution(padding: -1), .invalidShape, "-1×-1 is negative")
    refused([1, 2, 3, 3], [1, 2, 2, 2], Convolution(stride: 0), .invalidShape, "0×0 is not positive")
    refused([1, 2, 3, 3], [1, 2, 2, 2], Convolution(dilation: 0), .invalidShape, "dilation 0×0 is not positive")
    refused([1, 2, 3, 3], [1, 2, 2, 2], Convolution(dilation: 3), .invalidShape, "a window of extent 4 does not fit")
    refused(
      [1, 2, 3, 3], [1, 2, 3, 3], Convolution(dilation: SpatialExtents(.max, .max)), .invalidShape, "is too large")
    refused([1, 2, 3, 3], [1, 2, 2, 2], Convolution(groups: 0), .invalidShape, "groups is 0")
    refused([1, 2, 0, 3], [1, 2, 2, 2], Convolution(padding: 2), .invalidShape, "no elements")
    refused([1, 2, 3, 3], [1, 2, 0, 2], .init(), .invalidShape, "no elements")
    expectError(.typeMismatch, mentioning: "float64 filters") {
      try Tensor(repeating: 1, shape: [1, 1, 3, 3], type: .float32)
        .convolved(with: Tensor(repeating: 1, shape: [1, 1, 2, 2], type: .float64))
    }
  }
}
