import Bricks
import EDRAM
import Foundation
import HDF5
import Testing

/// One file of fixtures/edram: a small network, and PyTorch's results; see tools/fixtures/edram.
struct EDRAMCase: Sendable, CustomTestStringConvertible {
  struct Configuration: Decodable {
    let channels: Int
    let image: [Int]
    let coarse: [Int]
    let glimpse: [Int]
    let filters: [Int]
    let filterSize: [Int]
    let initialFilters: [Int]
    let initialFilterSizes: [[Int]]
    let fullyConnected: Int
    let encoder: Int
    let decoder: Int
    let steps: Int
    let classes: Int
    let epsilon: Double
  }

  let name: String
  let edram: EDRAM
  /// The content of the file, by path.
  private let arrays: [Name: Tensor]

  var testDescription: String { name }

  struct Missing: Error { let what: String }

  /// Both networks. An unreadable file is a failure of every test that asks for them.
  static let all: Result<[EDRAMCase], any Error> = Result { try ["four", "six"].map(EDRAMCase.init) }

  private init(_ name: String) throws {
    self.name = name
    let file = try File(opening: "\(Self.folder)/\(name).h5")
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    let text = try file.openDataset("config").readString()
    let configuration = try decoder.decode(Configuration.self, from: Data(text.utf8))
    edram = EDRAM(configuration)
    var arrays: [Name: Tensor] = [:]
    try Self.collect(file, "", into: &arrays)
    self.arrays = arrays
  }

  static let folder = Repository.fixture("edram")

  private static func collect<Container: ObjectContainer & ~Copyable>(
    _ group: borrowing Container, _ path: String, into arrays: inout [Name: Tensor]
  ) throws {
    for link in try group.links() where link.name != "config" {
      let child = "\(path)/\(link.name)"
      guard try group.objectKind(link.name) == .dataset else {
        try collect(group.openGroup(link.name), child, into: &arrays)
        continue
      }
      let dataset = try group.openDataset(link.name)
      let shape = try Shape(checking: dataset.dimensions)
      arrays[Name(child)] =
        child.hasPrefix("/counts")
        ? try Tensor(dataset.read(as: Int64.self), shape: shape)
        : try Tensor(dataset.read(as: Double.self), shape: shape)
    }
  }

  /// An array of the file.
  func array(_ path: String) throws -> Tensor { try #require(arrays["/\(path)"]) }

  /// The arrays below a group, by the rest of their path.
  func arrays(in group: String) -> [Name: Tensor] {
    let below = arrays.filter { $0.key.hasPrefix("/\(group)/") }
    return Dictionary(uniqueKeysWithValues: below.map { (Name($0.key.text.dropFirst(group.count + 1)), $0.value) })
  }

  /// The inputs by name.
  func inputs(_ scalar: ScalarType) throws -> [Name: Tensor] {
    [
      "images": try array("images").converted(to: scalar),
      "coarse_images": try array("coarse_images").converted(to: scalar),
    ]
  }

  /// The network with the file's parameters and statistics.
  func model(_ scalar: ScalarType = .float64) throws -> Model {
    var model = try edram.model(scalar: scalar, seed: 1)
    for (path, value) in arrays(in: "parameters") { try model.set(model.path(path), to: value.converted(to: scalar)) }
    for (path, value) in arrays(in: "population") {
      let path = try model.path(path)
      var origin = try #require(model.origins[path])
      origin.estimator = "pooled"
      origin.observationCounts = origin.observationCounts.map { _ in 9 }
      origin.records = 1
      try model.setStatistic(path, to: value.converted(to: scalar), origin: origin)
    }
    return model
  }

  /// The graph built in the training scope.
  func trainingScopeGraph(_ scalar: ScalarType) throws -> Graph {
    try Model([edram], scalar: scalar, seed: 1) { scope in
      let inputs = try inputs(scalar).sorted { $0.key > $1.key }.map { name, value in
        try scope.input(ModelInput(name: name, shape: Array(value.shape.dimensions.dropFirst())))
      }
      let looks = try scope.builder.inTraining { try scope.apply(edram, to: inputs[0], coarse: inputs[1]) }
      return ["probabilities": looks.probabilities, "locations": looks.locations]
    }.graph
  }
}

extension EDRAM {
  init(_ configuration: EDRAMCase.Configuration) {
    self.init()
    func extents(_ pair: [Int]) -> SpatialExtents { SpatialExtents(pair[0], pair[1]) }
    channelCount = configuration.channels
    imageSize = extents(configuration.image)
    coarseSize = extents(configuration.coarse)
    glimpseSize = extents(configuration.glimpse)
    filterCounts = configuration.filters
    filterSize = extents(configuration.filterSize)
    initialFilterCounts = configuration.initialFilters
    initialFilterSizes = configuration.initialFilterSizes.map(extents)
    fullyConnectedDimension = configuration.fullyConnected
    encoderDimension = configuration.encoder
    decoderDimension = configuration.decoder
    stepCount = configuration.steps
    classCount = configuration.classes
    epsilon = configuration.epsilon
  }
}
