import Bricks
import HDF5
import Interchange
import PopulationStatistics
import Testing

@testable import Interchange

@Suite("The source of examples")
struct ModelFeedSourceTests {
  let directory: TemporaryDirectory
  private let rows: [Float] = (0..<24).map(Float.init)

  init() throws { directory = try TemporaryDirectory() }

  private func model() throws -> Model {
    try Model([], seed: 1) { scope in
      let x = try scope.input(ModelInput(name: "rows", shape: [6]))
      return ["output": try x.applying(.hyperbolicTangent)]
    }
  }

  private func source(of tensor: Tensor, in file: String) throws -> Name {
    let path = try directory.file(file)
    try NumPyArray.write(tensor, to: path)
    return try ModelFeed(model(), data: path).source()
  }

  @Test(
    "is the same for the same numbers in another file, format, type and arrangement, and different for other numbers")
  func sameNumbers() throws {
    let plain = try source(of: Tensor(rows, shape: [4, 6]), in: "x.npy")
    #expect(try source(of: Tensor(rows.map(Double.init), shape: [4, 6]), in: "double.npy") == plain)
    #expect(try source(of: Tensor(rows, shape: [4, 2, 3]), in: "images.npy") == plain)
    let path = try directory.file("x.h5")
    let file = try HDF5.File(creating: path)
    try file.writeDataset("rows", rows.map { Int64($0) }, dimensions: [4, 6])
    try file.close()
    #expect(try ModelFeed(model(), data: path).source() == plain)
    #expect(try source(of: Tensor(rows.dropLast() + [7], shape: [4, 6]), in: "other.npy") != plain)
    #expect(try source(of: Tensor(Array(rows.dropLast(6)), shape: [3, 6]), in: "shorter.npy") != plain)
  }

  @Test("reads all of a small array, and 64 runs from the first to the last example of a large one")
  func runs() {
    #expect(ModelFeed.digestedRuns(count: 1000, byteCount: 16_000) == [0..<1000])
    let runs = ModelFeed.digestedRuns(count: 1_000_000, byteCount: 784)
    #expect(runs.count == 64)
    #expect(runs[0].lowerBound == 0)
    #expect(runs.allSatisfy { $0.count == 334 })
    #expect((999_900...1_000_000).contains(runs[63].upperBound))
    #expect(ModelFeed.digestedRuns(count: 10, byteCount: 1 << 30) == [0..<1])
    #expect(ModelFeed.digestedRuns(count: 0, byteCount: 8) == [0..<0])
  }

  @Test("and the place of each batch are in the records of a pass")
  func inRecords() throws {
    let norm = BatchNormalization()
    let model = try Model([norm], seed: 1) { scope in
      ["output": try scope.apply(norm, to: scope.input(ModelInput(name: "rows", shape: [6])))]
    }
    let path = try directory.file("x.npy")
    try NumPyArray.write(Tensor(rows, shape: [4, 6]), to: path)
    let feed = try ModelFeed(model, data: path)
    var pass = try PopulationPass(model)
    try pass.observe(BatchPlan(exampleCount: 4, batchSize: 2, seed: 3), of: feed)
    let source = try feed.source()
    #expect(
      pass.records.map(\.examples)
        == [0..<2, 2..<4].map {
          ExampleSelection(source: source, order: "seed 3", ranges: [$0])
        })
  }
}
