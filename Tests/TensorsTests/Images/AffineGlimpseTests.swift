import Tensors
import Testing

@Suite("Affine glimpse")
struct AffineGlimpseTests {
  struct Case: Decodable {
    let name: String
    let extents: [Int]
    let image: FixtureArray
    let location: FixtureArray
    let expected: FixtureArray
  }

  @Test("agrees with PyTorch, also for coordinates outside the image")
  func fixtureCases() throws {
    for fixture in try fixtures("glimpse", of: Case.self) {
      let (image, location) = try (fixture.image.tensor(), fixture.location.tensor())
      let extents = SpatialExtents(fixture.extents[0], fixture.extents[1])
      let expected = try fixture.expected.tensor()
      let double = try image.affineGlimpse(at: location, extents: extents)
      #expect(double.shape == expected.shape)
      expectClose(double.doubles, expected.doubles, absolute: 1e-13, "\(fixture.name)")
      let single = try image.converted(to: .float32)
        .affineGlimpse(at: location.converted(to: .float32), extents: extents)
      #expect(single.type == .float32)
      expectClose(single.doubles, expected.doubles, absolute: 1e-4, "\(fixture.name)")
    }
  }

  @Test("the identity at the image's own extents is the image") func identity() throws {
    let image = try Tensor((0..<45).map(Double.init), shape: [1, 1, 5, 9])
    let location = try Tensor([1, 0, 0, 0, 1, 0] as [Double], shape: [1, 6])
    #expect(try image.affineGlimpse(at: location, extents: SpatialExtents(5, 9)) == image)
    // A single point is at −1.
    #expect(try image.affineGlimpse(at: location, extents: 1).doubles == [0])
  }

  @Test("a location that is not a number gives NaN; an infinite location gives the edge") func notFinite() throws {
    let image = try Tensor([1, 2, 3, 4] as [Double], shape: [1, 1, 2, 2])
    func glimpse(_ x: Double, _ y: Double) throws -> [Double] {
      try image.affineGlimpse(at: Tensor([0, 0, x, 0, 0, y], shape: [1, 6]), extents: 1).doubles
    }
    #expect(try glimpse(.nan, 0)[0].isNaN)
    #expect(try glimpse(0, .nan)[0].isNaN)
    #expect(try glimpse(.infinity, -.infinity) == [2])
    #expect(try glimpse(-1e300, 1e300) == [3])
  }

  @Test("operands must fit") func refused() throws {
    let image = try Tensor(repeating: 1, shape: [2, 1, 4, 4], type: .float32)
    for shape in [[2, 5], [1, 6], [2, 2, 3]] as [Shape] {
      expectError(.shapeMismatch, mentioning: "locations (N, 6)") {
        try image.affineGlimpse(at: Tensor(repeating: 1, shape: shape, type: .float32), extents: 2)
      }
    }
    let location = try Tensor(repeating: 1, shape: [2, 6], type: .float32)
    expectError(.invalidShape, mentioning: "0×0") { try image.affineGlimpse(at: location, extents: 0) }
    expectError(.invalidShape, mentioning: "no elements") {
      try Tensor(repeating: 1, shape: [2, 1, 0, 4], type: .float32).affineGlimpse(at: location, extents: 2)
    }
    expectError(.typeMismatch, mentioning: "float64") {
      try image.affineGlimpse(at: location.converted(to: .float64), extents: 2)
    }
  }
}
