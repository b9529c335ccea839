import Bricks
import PopulationStatistics
import Testing

@Suite struct SpatialStatisticsTests {
  @Test("spatial statistics of uneven batches are those of all pixels, counted N·H·W") func pooled() throws {
    let (channels, height, width) = (3, 4, 5)
    let brick = ConvolutionalSequence(
      [SpatialBatchNormalization(name: "norm")],
      image: ImageShape(channelCount: channels, height: height, width: width), name: "net")
    let model = try Model(
      brick, input: .images(channels: channels, height: height, width: width), scalar: .float64, seed: 1)
    // Squares modulo a prime: spread enough, and exact.
    let pixels = (0..<8 * channels * height * width).map { Double($0 * $0 % 97) }
    var pass = try PopulationPass(model)
    for range in [0..<6, 6..<8] {
      let size = channels * height * width
      let batch = Array(pixels[range.lowerBound * size..<range.upperBound * size])
      try pass.observe(Tensor(batch, shape: [range.count, channels, height, width]))
    }
    #expect(pass.records.map { $0.values.counts } == [[120], [40]])
    let estimated = try pass.estimatedModel()
    let mean = try estimated.path("/net/norm.population_mean")
    let deviation = try estimated.path("/net/norm.population_stdev")
    #expect(estimated.origins[mean]?.observationCounts == [160])
    #expect(estimated.origins[deviation]?.observationCounts == [160])
    #expect(try estimated.tensor(mean).shape == [3, 1, 1])
    for channel in 0..<channels {
      let values = pixels.indices.filter { $0 / (height * width) % channels == channel }.map { pixels[$0] }
      let average = values.reduce(0, +) / 160
      let variance = values.reduce(0) { $0 + ($1 - average) * ($1 - average) } / 160
      #expect(abs(try estimated.tensor(mean).doubles[channel] - average) < 1e-12)
      #expect(abs(try estimated.tensor(deviation).doubles[channel] - (variance + 1e-4).squareRoot()) < 1e-12)
    }
  }
}
