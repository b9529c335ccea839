import Bricks
import Testing

/// Activations of numbers for which direct formulas overflow or lose digits.
@Suite("Activations") struct ActivationTests {
  private func output(_ brick: any Brick, _ x: Tensor) throws -> [Double] {
    try Model(brick, input: .features(x.shape[1]), scalar: x.type, seed: 1)(x).doubles
  }

  /// ln(1 + eˣ), computed with 40 digits by mpmath.
  private static let logarithms: [(x: Double, value: Double)] = [
    (-80, 1.8048513878454152e-35),
    (-40, 4.248354255291589e-18),
    (-20, 2.0611536203143807e-9),
    (-10, 4.5398899216864647e-5),
    (-1, 0.31326168751822283),
    (-0.25, 0.57593941987884356),
    (0, 0.69314718055994531),
    (0.25, 0.82593941987884356),
    (1, 1.3132616875182228),
    (20, 20.000000002061154),
    (40, 40.0),
    (300, 300.0),
  ]

  @Test("the softplus keeps the digits of small results, and does not overflow", arguments: logarithms)
  func softplus(_ x: Double, _ value: Double) throws {
    let double = try output(Softplus(), Tensor([x], shape: [1, 1]))[0]
    #expect(abs(double - value) <= 6e-16 * value)
    let single = try output(Softplus(), Tensor([Float(x)], shape: [1, 1]))[0]
    #expect(abs(single - value) <= 4e-7 * value)
  }

  @Test("the softplus of infinities and NaN equals the limit")
  func softplusLimits() throws {
    let values = try output(Softplus(), Tensor([-Double.infinity, .infinity, .nan], shape: [1, 3]))
    #expect(values[0] == 0 && values[1] == .infinity && values[2].isNaN)
  }

  @Test("a leaky rectifier has a slope of at most 1")
  func leak() throws {
    #expect(try output(LeakyRectifier(leak: 1), Tensor([-2.0, 3], shape: [1, 2])) == [-2, 3])
    #expect(try output(LeakyRectifier(leak: -0.5), Tensor([-2.0, 3], shape: [1, 2])) == [1, 3])
    for leak in [1.25, 2] {
      expectError(.invalidConfiguration, mentioning: "/leakyrectifier.apply", "at most 1") {
        _ = try output(LeakyRectifier(leak: leak), Tensor([-2.0, 3], shape: [1, 2]))
      }
    }
  }
}
