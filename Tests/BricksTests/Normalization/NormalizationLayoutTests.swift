import Bricks
import Testing

@Suite struct NormalizationLayoutTests {
  private func trace(_ brick: BatchNormalization, _ shape: [Int], training: Bool = false) throws {
    _ = try Model([brick], seed: 1) { scope in
      let x = try scope.input(ModelInput(name: "x", shape: shape))
      func record() throws -> Variable { try scope.apply(brick, to: x) }
      return ["output": training ? try scope.builder.inTraining(record) : try record()]
    }
  }

  @Test("a wrong rank or wrong extents are refused in both modes", arguments: [false, true])
  func wrongInput(_ training: Bool) {
    // A time-major input (time, batch, features) has one axis too many.
    for shape in [[], [7], [4, 5], [5, 5]] {
      expectError(.invalidConfiguration, mentioning: "/batchnormalization") {
        try trace(BatchNormalization([5]), shape, training: training)
      }
    }
    expectError(.invalidConfiguration, mentioning: "takes inputs of shape batch×5", "got float32 batch×4×5") {
      try trace(BatchNormalization([5]), [4, 5], training: training)
    }
  }

  @Test("there must be one flag for each axis") func flags() {
    expectError(.invalidConfiguration, mentioning: "2 broadcastable flags for 1") {
      try trace(BatchNormalization([5], broadcastable: [true, false]), [5])
    }
  }

  @Test("epsilon is finite and not negative", arguments: [-1e-4, -.infinity, .infinity])
  func epsilon(_ epsilon: Double) throws {
    #expect(throws: (any Error).self) { try trace(BatchNormalization([5], epsilon: epsilon), [5]) }
  }

  @Test("epsilon may be 0") func noEpsilon() throws { try trace(BatchNormalization([5], epsilon: 0), [5]) }

  @Test("the number of time steps is at least 1", arguments: [0, -1]) func timeSteps(_ count: Int) {
    expectError(.invalidConfiguration, mentioning: "\(count) time steps", "at least one") {
      try trace(BatchNormalization([5], timeSteps: count), [5])
    }
  }

  @Test("an unconfigured brick takes its dimensions from the input") func unconfigured() throws {
    try trace(BatchNormalization(), [2, 3])
  }

  @Test("dimensions that are given later have the same effect") func late() throws {
    var brick = BatchNormalization(broadcastable: [true, false])
    brick.inputDimensions = [2, 3]
    try trace(brick, [2, 3])
    expectError(.invalidConfiguration, mentioning: "/batchnormalization.apply: ", "takes inputs of shape batch×2×3") {
      try trace(brick, [3, 3])
    }
    #expect(brick == BatchNormalization([2, 3], broadcastable: [true, false]))
  }

  @Test("the image size of an unconfigured brick is set to (5, 4), then to (4, 5)") func imageSize() {
    var brick = BatchNormalization()
    brick.imageSize = [5, 4]
    #expect(brick.inputDimensions == [nil, 5, 4])
    brick.imageSize = [4, 5]
    #expect(brick.inputDimensions == [nil, 4, 5])
    #expect(brick.imageSize == [4, 5])
    #expect(brick.channelCount == nil)
    brick.channelCount = 3
    #expect(brick.inputDimensions == [3, 4, 5])
    brick.imageSize = [6, 7]
    #expect(brick.inputDimensions == [3, 6, 7])
  }

  @Test("setting the channels keeps the other extents, for any rank")
  func channels() {
    for (dimensions, expected) in [
      ([2], [9]), ([2, 3], [9, 3]), ([2, 3, 4], [9, 3, 4]), ([2, 3, 4, 5], [9, 3, 4, 5]),
    ] {
      var brick = BatchNormalization(dimensions)
      brick.channelCount = 9
      #expect(brick.inputDimensions == expected)
      #expect(brick.channelCount == 9)
    }
    var unconfigured = BatchNormalization()
    unconfigured.channelCount = 9
    #expect(unconfigured.inputDimensions == [9, nil, nil])
  }

  @Test("setting the image size keeps the extents before it") func imageSizeOfHigherRank() {
    for (dimensions, expected) in [([2], [2, 8, 9]), ([2, 3, 4], [2, 8, 9]), ([2, 3, 4, 5], [2, 3, 8, 9])] {
      var brick = BatchNormalization(dimensions)
      brick.imageSize = [8, 9]
      #expect(brick.inputDimensions == expected)
      #expect(brick.imageSize == [8, 9])
    }
  }

  @Test("known dimensions are checked even if others are unknown") func partlyKnown() throws {
    var brick = BatchNormalization(broadcastable: [false, true, true])
    brick.imageSize = [4, 5]
    try trace(brick, [3, 4, 5])
    expectError(.invalidConfiguration, mentioning: "batch×?×4×5") { try trace(brick, [3, 5, 4]) }
  }
}
