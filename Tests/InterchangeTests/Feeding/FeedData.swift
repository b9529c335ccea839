import Bricks
import HDF5

/// Data for feeds, and models that take them.
struct FeedData {
  let directory: TemporaryDirectory

  init() throws { directory = try TemporaryDirectory() }

  /// A model with some inputs of one example's shape, and perhaps a time step.
  func model(_ inputs: [(name: Name, shape: [Int])], step: Bool = false) throws -> Model {
    try Model([], seed: 1) { scope in
      let variables = try inputs.map { try scope.input(ModelInput(name: $0.name, shape: $0.shape)) }
      if step { _ = try scope.builder.input("step", VariableType(.int64, [])) }
      return NamedVariables(try variables.enumerated().map { ("output_\($0)", try $1.applying(.hyperbolicTangent)) })
    }
  }

  let rows: [Float] = (0..<24).map(Float.init)

  /// Writes four examples: rows of 2×3, masks of 2 steps, and their lengths.
  func file() throws -> String {
    let path = try directory.file("data.h5")
    let file = try HDF5.File(creating: path)
    try file.writeDataset("rows", rows, dimensions: [4, 2, 3])
    try file.writeDataset("mask", [1, 0, 1, 1, 0, 0, 1, 1] as [Float], dimensions: [4, 2])
    try file.writeDataset("lengths", [1, 2, 0, 2] as [Int64], dimensions: [4])
    try file.writeDataset("three", [1, 2, 0] as [Int64], dimensions: [3])
    try file.writeDataset("long", [1, 3, 0, 2] as [Int64], dimensions: [4])
    try file.writeDataset("half", [1, 1.5, 0, 2] as [Double], dimensions: [4])
    try file.writeDataset("two", [1, 0, 1, 2, 0, 0, 1, 1] as [Float], dimensions: [4, 2])
    try file.writeDataset("minus", [1, 0, 1, 1, -1, 0, 1, 1] as [Float], dimensions: [4, 2])
    try file.writeDataset("part", [1, 0, 1, 1, 0, 0, 0.5, 1] as [Float], dimensions: [4, 2])
    try file.writeDataset("nan", [1, .nan, 1, 1, 0, 0, 1, 1] as [Float], dimensions: [4, 2])
    try file.close()
    return path
  }
}
