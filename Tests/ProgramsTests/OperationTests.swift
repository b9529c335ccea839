import Bricks
import Programs
import Testing

/// Single operations in programs against the interpreter.
@Suite("An operation in a program")
struct OperationTests {
  @Test("pad puts a value around every axis and between elements, also of views") func pad() throws {
    try check([2, 3, 4, 5]) { try $0.padded(low: [0, 0, 1, 2], high: [0, 0, 3, 0], with: 0) }
    try check([2, 3, 4, 5]) {
      try $0.padded(low: [0, 1, 0, 0], high: [0, 0, 1, 0], interior: [0, 2, 1, 3], with: -3.5)
    }
    try check([2, 3, 4, 5]) {
      try $0.transposed([3, 0, 1, 2]).reversed(axis: 2).padded(
        low: [1, 0, 0, 1], high: [0, 0, 2, 0], interior: [1, 0, 0, 0], with: 7)
    }
    try check([3, 0]) { try $0.padded(low: [0, 2], high: [0, 1], interior: [0, 9], with: 1) }
  }

  @Test("pad works before and after operations with channels last") func padOfImages() throws {
    try check([2, 3, 6, 7]) {
      let padded = try $0.padded(low: [0, 0, 0, 1], high: [0, 0, 1, 2], with: Double(-Float.greatestFiniteMagnitude))
      return try padded.pooled(Pooling(.maximum, window: 3, stride: 2))
        .padded(low: [0, 0, 1, 1], high: [0, 0, 1, 1], with: 0).pooled(Pooling(.maximum, window: 2, stride: 1))
    }
  }

  @Test("pad and a concatenation of results of convolutions", arguments: [1, 2])
  func padOfConvolutions(batch: Int) throws {
    try check([batch, 8, 6, 7], within: 1e-5) { x in
      // The rows of the image and the borders are evenly spaced pixels.
      let padded = try convolved(x, 8).padded(low: [0, 0, 1, 0], high: [0, 0, 2, 0], with: 3)
      let channels = try convolved(padded, 8).padded(low: [0, 2, 0, 0], high: [0, 1, 0, 0], with: -1)
      return try Variable.concatenating([convolved(channels, 3), channels, convolved(channels, 8)], axis: 1)
    }
  }

  @Test("a dilated convolution") func dilated() throws {
    for (channels, groups) in [(3, 1), (8, 8), (16, 2)] {
      try check([2, channels, 9, 8], within: 1e-5) {
        try $0.convolved(
          with: filters([16, channels / groups, 3, 2], in: $0.builder),
          Convolution(
            padding: SpatialExtents(2, 1), stride: SpatialExtents(1, 2), groups: groups, dilation: SpatialExtents(2, 3))
        )
      }
    }
  }

  /// Images normalized with numbers that differ by channel.
  private func normalized(_ x: Variable) throws -> Variable {
    func known(_ value: Double, _ step: Double) throws -> Variable {
      let numbers = try x.builder.constant(value, .float32).expandingDimensions(at: 0)
      let other = try x.builder.constant(step, .float32).expandingDimensions(at: 0)
      let sums = try (0..<(x.shape[1].fixed ?? 0)).map { index in try numbers + other * Double(index % 7) }
      return try Variable.concatenating(sums, axis: 0).reshaped(keepingAxes: 1, to: [1, 1])
    }
    return try (x - known(0.25, -0.125)) / known(0.5, 0.25) * known(1.5, -0.25) + known(-1, 0.5)
  }

  private func convolved(_ x: Variable, _ filterCount: Int, size: Int = 3, groups: Int = 1) throws -> Variable {
    let filters = try filters([filterCount, (x.shape[1].fixed ?? 0) / groups, size, size], in: x.builder)
    return try x.convolved(with: filters, Convolution(padding: SpatialExtents(size / 2, size / 2), groups: groups))
  }

  @Test(
    "a convolution that applies the following operations to its result",
    arguments: [3, 16, 21, 40])
  func fused(channels: Int) throws {
    try check([3, channels, 9, 11], within: 2e-5) { x in
      let first = try normalized(convolved(x, channels)).applying(.rectify)
      let second = try normalized(convolved(first, channels, groups: channels)).clipped(0...1.5)
      let third = try (normalized(convolved(second, channels)) + x).applying(.rectify)
      // The shortcut comes first, and is a convolution whose result is read twice.
      let shortcut = try normalized(convolved(third, channels))
      let fourth = try (shortcut + normalized(convolved(shortcut, channels))).applying(.hyperbolicTangent)
      let fifth = try (fourth - convolved(fourth, channels)) * convolved(fourth, channels)
      // Not fused: something else reads the result, and the operand comes later.
      let last = try convolved(fifth, channels)
      let mean = try last.reduced(.mean, over: [2, 3], keepingDimensions: true)
      return try (last + mean).clipped(-3...3)
    }
  }

  @Test(
    "a convolution that combines its result with a function of it, on images of 49 pixels",
    arguments: [3, 21, 40, 72])
  func gated(channels: Int) throws {
    try check([3, channels, 7, 7], within: 2e-5) { x in
      let first = try normalized(convolved(x, channels))
      let second = try convolved(first * first.applying(.logistic), channels, size: 5, groups: channels)
      // Both branches have operations, and the copy comes first.
      let third = try normalized(second)
      let fourth = try convolved((third / 6 + 0.5).clipped(0...1) * third, channels, size: 1)
      return try fourth.applying(.hyperbolicTangent) - normalized(fourth).applying(.rectify)
    }
  }

  @Test("a concatenation, a mean and a maximum of images with channels last", arguments: [3, 16, 37])
  func joined(channels: Int) throws {
    try check([2, channels, 6, 7], within: 1e-5) { x in
      let joined = try Variable.concatenating([convolved(x, 5), convolved(x, channels), x], axis: 1)
      let pooled = try [Pooling.Summary.maximum, .average].map { summary in
        try convolved(joined, channels).pooled(Pooling(summary, window: 3, stride: 2, padding: 1))
      }
      let both = try Variable.concatenating(pooled, axis: 1)
      return try both + both.reduced(.mean, over: [2, 3], keepingDimensions: true)
    }
  }

  @Test("reshaped images whose channels are mixed or joined", arguments: [4, 34, 48])
  func shuffled(channels: Int) throws {
    try check([2, channels, 5, 6], within: 1e-5) { x in
      let both = try Variable.concatenating([convolved(x, channels), x], axis: 1)
      let pairs = try both.reshaped(keepingAxes: 1, to: [2, channels, 5, 6]).transposed([0, 2, 1, 3, 4])
      let shuffled = try pairs.reshaped(keepingAxes: 1, to: [2 * channels, 5, 6])
      let half = try normalized(
        convolved(shuffled.slicing(axis: 1, from: channels, count: channels), channels, size: 1))
      return try Variable.concatenating([half.applying(.rectify), shuffled], axis: 1).flattened()
    }
    try check([2, channels, 5, 6], within: 1e-5) { x in
      let rows = try convolved(x, channels).transposed([0, 3, 2, 1]).reshaped(keepingAxes: 1, to: [30, 1, channels])
      return try rows.reshaped(keepingAxes: 2, to: [channels / 2, 2])
    }
  }

  @Test("error function and floor") func elementwise() throws {
    try check([5, 13]) { try $0.errorFunction() }
    try check([5, 13]) { try $0.floor() }
  }

  @Test("pad, error function and floor inside a loop") func inLoop() throws {
    let model = try Model([], seed: 1) { scope in
      let builder = scope.builder
      let sequence = try builder.input("x", VariableType(.float32, [4, "batch", 3]))
      let initial = try builder.input("h", VariableType(.float32, ["batch", 3]))
      let loop = try builder.scan(sequences: [sequence], states: [initial]) { _, step in
        let padded = try (step.states[0] + step.sequences[0].floor()).errorFunction()
          .padded(low: [0, 1], high: [0, 0], interior: [0, 1], with: 0.5)
        let next = try padded.slicing(axis: 1, from: 1, count: 3)
        return ([next], [padded])
      }
      return ["y": loop.outputs[0]]
    }
    try check(model, ["x": images([4, 2, 3]), "h": images([2, 3])])
  }
}
