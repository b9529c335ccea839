import Tensors
import Testing

@Suite("Pooling")
struct PoolingTests {
  struct Case: Decodable {
    let summary: Pooling.Summary
    let window: [Int]
    let step: [Int]
    let padding: [Int]
    let ignoreBorder: Bool
    let includePadding: Bool
    let image: FixtureArray
    let expected: FixtureArray

    var pooling: Pooling {
      Pooling(
        summary, window: SpatialExtents(window[0], window[1]), stride: SpatialExtents(step[0], step[1]),
        padding: SpatialExtents(padding[0], padding[1]), ignoresBorder: ignoreBorder, includesPadding: includePadding)
    }
  }

  @Test("agrees with PyTorch over windows, strides, paddings and borders")
  func fixtureCases() throws {
    for fixture in try fixtures("pooling", of: Case.self) {
      let expected = try fixture.expected.tensor()
      let double = try fixture.image.tensor().pooled(fixture.pooling)
      #expect(double.shape == expected.shape, "\(fixture.pooling)")
      let single = try fixture.image.tensor().converted(to: .float32).pooled(fixture.pooling)
      #expect(single.type == .float32 && single.shape == expected.shape, "\(fixture.pooling)")
      if fixture.summary == .maximum {
        #expect(double == expected && single.doubles == expected.doubles, "\(fixture.pooling)")
      } else {
        expectClose(double.doubles, expected.doubles, absolute: 1e-14 * 16, "\(fixture.pooling)")
        expectClose(single.doubles, expected.doubles, absolute: 1e-5, "\(fixture.pooling)")
      }
    }
  }

  @Test("a window of 2×2 on a 5×5 image gives 3×3 results with the border, and 2×2 without") func borders() throws {
    let image = try Tensor((0..<25).map(Double.init), shape: [1, 1, 5, 5])
    let all = try image.pooled(Pooling(.maximum, window: 2, ignoresBorder: false))
    #expect(all.shape == [1, 1, 3, 3] && all.doubles == [6, 8, 9, 16, 18, 19, 21, 23, 24])
    let whole = try image.pooled(Pooling(.maximum, window: 2))
    #expect(whole.shape == [1, 1, 2, 2] && whole.doubles == [6, 8, 16, 18])
    // A partial window is divided by the number of its elements, even if padding would count.
    for includesPadding in [false, true] {
      let pooling = Pooling(.average, window: 2, ignoresBorder: false, includesPadding: includesPadding)
      #expect(try image.pooled(pooling).doubles == [3, 5, 6.5, 13, 15, 16.5, 20.5, 22.5, 24])
    }
  }

  @Test("a NaN anywhere in a window shows in the result, and nowhere else", arguments: Pooling.Summary.allCases)
  func notANumber(_ summary: Pooling.Summary) throws {
    for position in 0..<4 {
      var elements = [Double](repeating: -.infinity, count: 8)
      elements[position / 2 * 4 + position % 2] = .nan
      let result = try Tensor(elements, shape: [1, 1, 2, 4]).pooled(Pooling(summary, window: 2)).doubles
      #expect(result[0].isNaN && result[1] == -.infinity)
    }
  }

  @Test("windows must fit") func refused() throws {
    func refused(_ shape: Shape, _ pooling: Pooling, _ code: TensorError.Code, _ text: String) {
      expectError(code, mentioning: text) { try Tensor(repeating: 1, shape: shape, type: .float32).pooled(pooling) }
    }
    refused([3, 4, 4], Pooling(.maximum, window: 2), .shapeMismatch, "images (N, C, H, W)")
    refused([1, 1, 4, 4], Pooling(.maximum, window: 0), .invalidShape, "window 0×0")
    refused([1, 1, 4, 4], Pooling(.maximum, window: 2, stride: 0), .invalidShape, "stride 0×0")
    refused([1, 1, 4, 4], Pooling(.maximum, window: 2, padding: -1), .invalidShape, "padding -1×-1")
    refused([1, 1, 4, 4], Pooling(.maximum, window: 2, padding: 2), .invalidShape, "smaller than the window 2×2")
    refused(
      [1, 1, 4, 4], Pooling(.maximum, window: 2, padding: 1, ignoresBorder: false), .invalidShape,
      "is only possible without partial windows")
    refused(
      [1, 1, 4, 4], Pooling(.average, window: 2, padding: 1, ignoresBorder: false, includesPadding: true),
      .invalidShape, "is only possible without partial windows")
    refused([1, 1, 4, 4], Pooling(.maximum, window: 5), .invalidShape, "does not fit into an extent of 4")
    refused([1, 1, 0, 4], Pooling(.maximum, window: 2), .invalidShape, "no elements")
    expectError(.typeMismatch, mentioning: "int64") {
      try Tensor(repeating: 1, shape: [1, 1, 4, 4], type: .int64).pooled(Pooling(.maximum, window: 2))
    }
  }
}
