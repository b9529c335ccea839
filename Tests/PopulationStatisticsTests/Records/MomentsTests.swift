import PopulationStatistics
import Tensors
import Testing

@Suite("Moments")
struct MomentsTests {
  static let fixture = ObservationFixture.shared

  @Test("moments of uneven batches merge to NumPy's moments of all data, in any order")
  func merging() throws {
    let batches = try Self.fixture.batches.map { list in
      let elements = numbers(list)
      return try Moments(
        observing: Tensor(elements, shape: [elements.count / Self.fixture.features, Self.fixture.features]), axes: [0])
    }
    for order in [batches, batches.reversed()] {
      let merged = try order.reduce(Moments(exampleShape: [3])) { try $0.merging($1) }
      #expect(merged.counts == [151])
      expectClose(merged.means, numbers(Self.fixture.mean), relative: 1e-14)
      expectClose(merged.biasedVariances, numbers(Self.fixture.variance), relative: 1e-9)
    }
  }

  @Test("convolutional axes are averaged and keep extent 1")
  func convolutionalAxes() throws {
    let images = try Tensor(numbers(Self.fixture.images), shape: Shape(checking: Self.fixture.imagesShape))
    let moments = try Moments(observing: images, axes: [0, 2, 3])
    #expect(moments.exampleShape == [2, 1, 1])
    #expect(moments.counts == [60])
    expectClose(moments.means, numbers(Self.fixture.imagesMean), relative: 1e-12)
    expectClose(moments.biasedVariances, numbers(Self.fixture.imagesVariance), relative: 1e-13)
  }

  @Test("a mean, a biased variance and a count give moments")
  func fromStatistics() throws {
    // 1, 3 and 2, 4, 6: together mean 16/5, sum of squares 66, variance 66/5 − (16/5)² = 2.96
    let a = try Moments(mean: Tensor([2.0], shape: [1]), biasedVariance: Tensor([1.0], shape: [1]), count: 2)
    let b = try Moments(mean: Tensor([4.0], shape: [1]), biasedVariance: Tensor([8.0 / 3], shape: [1]), count: 3)
    let merged = try a.merging(b)
    #expect(merged.counts == [5])
    expectClose(merged.means, [3.2], relative: 1e-15)
    expectClose(merged.biasedVariances, [2.96], relative: 1e-15)
    expectClose(merged.standardDeviations(epsilon: 0.04), [(3.0).squareRoot()], relative: 1e-15)
  }

  @Test("keep the greatest length, and ignore unobserved steps")
  func steps() throws {
    let nan = Double.nan
    let a = try Moments(
      mean: Tensor([1.0, nan], shape: [2, 1]), biasedVariance: Tensor([0.0, nan], shape: [2, 1]), stepCounts: [1, 0])
    let b = try Moments(
      mean: Tensor([3.0, 5, 7], shape: [3, 1]), biasedVariance: Tensor([0.0, 2, 4], shape: [3, 1]),
      stepCounts: [1, 4, 0])
    for merged in [try a.merging(b), try b.merging(a)] {
      #expect(merged.counts == [2, 4, 0])
      #expect(merged.means == [2, 5, 0])
      #expect(merged.biasedVariances == [1, 2, 0])
      #expect(merged.standardDeviations(epsilon: 3) == [2, (5.0).squareRoot(), 0])
    }
    #expect(try Moments(exampleShape: [1], hasTimeSteps: true).merging(a) == a)
  }

  @Test("moments of single steps stack along time")
  func stacking() throws {
    let steps = try [[1.0, 3], [5.0]].map { try Moments(observing: Tensor($0, shape: [$0.count, 1]), axes: [0]) }
    let stacked = try Moments(stacking: steps)
    #expect(stacked.hasTimeSteps)
    #expect(stacked.counts == [2, 1])
    #expect(stacked.means == [2, 5])
    #expect(stacked.biasedVariances == [1, 0])
    #expect(throws: StatisticsError.self) { try Moments(stacking: []) }
    #expect(throws: StatisticsError.self) { try Moments(stacking: [stacked]) }
  }

  @Test("refuse values that do not fit or are not numbers")
  func refusals() throws {
    let batch = try Tensor([1.0, 2], shape: [2, 1])
    for axes in [[], [1], [0, 0], [0, 2], [-1, 0]] {
      #expect(throws: StatisticsError.self) { try Moments(observing: batch, axes: axes) }
    }
    let infinite = try Tensor([Double.infinity], shape: [1])
    let one = try Tensor([1.0], shape: [1])
    let negative = try Tensor([-1.0], shape: [1])
    #expect(throws: StatisticsError.self) { try Moments(observing: infinite, axes: [0]) }
    #expect(throws: StatisticsError.self) { try Moments(mean: infinite, biasedVariance: one, count: 1) }
    #expect(throws: StatisticsError.self) { try Moments(mean: one, biasedVariance: negative, count: 1) }
    #expect(throws: StatisticsError.self) { try Moments(mean: one, biasedVariance: one, count: -1) }
    #expect(throws: StatisticsError.self) { try Moments(mean: one, biasedVariance: batch, count: 1) }
    let a = try Moments(mean: one, biasedVariance: one, count: .max)
    #expect(throws: StatisticsError.self) { try a.merging(a) }
    #expect(throws: StatisticsError.self) { try a.merging(Moments(exampleShape: [2])) }
  }

  @Test("an empty batch has count 0")
  func emptyBatch() throws {
    let moments = try Moments(observing: Tensor([Double](), shape: [0, 2]), axes: [0])
    #expect(moments.counts == [0])
    #expect(moments.means == [0, 0])
  }
}
