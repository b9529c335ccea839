import Bricks
import Foundation
import Testing

/// A brick with every kind of child that reflection finds, and with properties that are not children.
private struct Collection: Brick {
  var first = Linear(2, 2, name: "first")
  var listed = [Linear(2, 2, name: "listed_0"), Linear(2, 2, name: "listed_1")]
  var erased = AnyBrick(Linear(2, 2, name: "erased"))
  var optional: Bias? = Bias(name: "optional")
  var absent: Bias?
  var erasedList = [AnyBrick(Tanh()), AnyBrick(Softmax())]
  var optionalList: [AnyBrick?] = [nil, AnyBrick(Bias(name: "in_list"))]
  var optionalBricks: [Bias?] = [Bias(name: "typed"), nil]
  var count = 3
  var words = ["no", "brick"]
  func apply(_ input: Variable, in scope: inout Scope) throws -> Variable { input }
}

/// A brick that applies one that is not its child.
private struct Stranger: Brick {
  var child = Tanh()
  func apply(_ input: Variable, in scope: inout Scope) throws -> Variable {
    try scope.apply(Linear(2, 2), to: input)
  }
}

/// A brick that applies a changed copy of its child.
private struct Changing: Brick {
  var child = Linear(2, 2)
  func apply(_ input: Variable, in scope: inout Scope) throws -> Variable {
    var child = child
    child.usesBias = false
    return try scope.apply(child, to: input)
  }
}

/// A brick that declares tensors as it is told.
private struct Declaring: Brick {
  enum Mistake: String, Codable { case childName, role, axes, initialization, collection, shape, name }
  var mistake: Mistake
  var tanh = Tanh()
  func apply(_ input: Variable, in scope: inout Scope) throws -> Variable {
    func declare(
      _ name: Name, _ shape: [Int] = [2], role: Role = .parameter, value: Double = 0, axes: [Name] = ["a"]
    ) throws {
      _ = try scope.parameter(name, shape: shape, role: role, initialization: .constant(value), axes: axes)
    }
    try declare("W")
    switch mistake {
    case .childName: try declare("tanh")
    case .role: try declare("V", role: .populationMean)
    case .axes: try declare("V", axes: ["a", "b"])
    case .initialization: try declare("W", value: 1)
    case .shape: try declare("W", [3])
    case .name: try declare("W.0")
    case .collection:
      _ = try scope.populationStatistic(
        "W", shape: [2], role: .populationMean, value: 0, epsilon: 0, steps: nil, axes: ["a"], broadcastable: [false])
    }
    return try scope.apply(tanh, to: input)
  }
}

@Suite struct BrickConfigurationTests {
  private func trace(_ brick: any Brick) throws { _ = try Model(brick, input: .features(2), seed: 1) }

  @Test("children are the stored properties that are bricks or lists of bricks, in order") func reflection() {
    #expect(
      Collection().children.map(\.name) == [
        "first", "listed_0", "listed_1", "erased", "optional", "tanh", "softmax", "in_list", "typed",
      ])
    #expect(Linear(2, 2).children.isEmpty)
  }

  @Test("names default to the lower-cased type name") func names() {
    #expect(Stranger().name == "stranger")
    #expect(Stranger.typeName == "Stranger")
    #expect(BatchNormalization().name == "batchnormalization")
    #expect(LeakyRectifier().name == "leakyrectifier")
    #expect(Residual<Linear>.typeName == "Residual")
  }

  @Test("siblings with the same name are refused") func duplicates() {
    expectError(.duplicate, mentioning: "/sequence", "two bricks are named \"linear\"") {
      try trace(Sequential([Linear(2, 2), Linear(2, 2)]))
    }
    expectError(.duplicate, mentioning: "/outer/inner", "\"leakyrectifier\"") {
      let leaks = [LeakyRectifier(leak: 0.1), LeakyRectifier(leak: 0.2)]
      try trace(Sequential([Sequential(leaks, name: "inner")], name: "outer"))
    }
    expectError(.duplicate, mentioning: "\"linear\"") {
      _ = try Model([Linear(2, 2), Linear(2, 3)], seed: 1) { _ in [:] }
    }
  }

  @Test("one activation can be applied repeatedly, because it has no parameters") func repeatedActivation() throws {
    let model = try Model(Sequential([Tanh(), Identity(), Tanh()]), input: .features(2), scalar: .float64, seed: 1)
    #expect(model.bricks[0].children.map(\.name) == ["tanh", "identity"])
    #expect(model.graph.calls.map(\.brick) == ["/sequence", "/sequence/tanh", "/sequence/identity", "/sequence/tanh"])
  }

  @Test("a name with a separator is refused everywhere", arguments: ["a/b", "a.b", "a|b", "", "a\nb"])
  func invalidNames(_ name: String) {
    expectError(.invalidName) { try trace(Linear(2, 2, name: name)) }
    expectError(.invalidName, mentioning: "/sequence") { try trace(Sequential([Linear(2, 2, name: name)])) }
  }

  @Test("a brick that is not a child cannot be applied") func notAChild() {
    expectError(
      .notAChild, mentioning: "/stranger.apply: ", "\"linear\" of type Linear", "(\"tanh\")", "stored property"
    ) {
      try trace(Stranger())
    }
    expectError(.notAChild, mentioning: "/changing", "\"linear\"") { try trace(Changing()) }
    expectError(.notAChild, mentioning: "/: ", "none") {
      _ = try Model([], seed: 1) { scope in
        ["y": try scope.apply(Tanh(), to: scope.input(.features(2)))]
      }
    }
  }

  @Test("contradictory declarations are refused, and the error names brick and tensor")
  func declarations() {
    func check(_ mistake: Declaring.Mistake, _ text: String) {
      expectError(.invalidConfiguration, mentioning: "/declaring.apply: ", text) {
        try trace(Declaring(mistake: mistake))
      }
    }
    check(.childName, "tanh is also the name of a child")
    check(.role, "V cannot have the role BATCH_NORM_POPULATION_MEAN")
    check(.axes, "V of shape [2] needs one name for each axis")
    check(.initialization, "W is declared twice, with different initial values")
    check(.collection, "W is declared twice, in parameters and in statistics")
    expectError(.duplicate, mentioning: "/declaring.apply: ", "float32 2 in one application and float32 3") {
      try trace(Declaring(mistake: .shape))
    }
    expectError(.invalidName, mentioning: "/declaring", "\"W.0\"") { try trace(Declaring(mistake: .name)) }
  }

  private static let bricks: [any Brick] = [
    Linear(2, 3, usesBias: false, weightsInitialization: .uniform(mean: 1, width: 2), name: "l"), Linear(nil, 2),
    Bias(4),
    Convolutional(
      filterSize: SpatialExtents(3, 2), filterCount: 4, image: ImageShape(channelCount: 2), step: 2,
      borderMode: .explicit(padding: 1), groups: 2, tiesBiases: false,
      weightsInitialization: .sparse(perRow: 2, of: .orthogonal(scale: 2)), name: "c"),
    MaxPooling(2, step: 1, padding: 1, name: "m"), AveragePooling(3, ignoresBorder: false, includesPadding: true),
    Flattener(name: "f"), SpatialBatchNormalization([2, 3], normalization: BatchNormalization(timeSteps: 3)),
    ConvolutionalSequence(
      [Convolutional(filterSize: 3, filterCount: 1), Tanh()], image: ImageShape(height: 3, width: 4), borderMode: .half,
      usesBias: nil, biasesInitialization: .constant(1)),
    Identity(), Tanh(name: "t"), Logistic(), Rectifier(), LeakyRectifier(leak: 0.3), Softplus(), Softmax(),
    Sequential([Linear(2, 2), Tanh()], name: "s"), MLP(activations: [.tanh, nil], dimensions: [2, 3, 4]),
    BatchNormalization(
      [2, 3], broadcastable: [true, false], conservesMemory: false, epsilon: 0.25, scaleInitialization: .constant(0.1),
      timeSteps: 4, pastEnd: .strict, meanOnly: true, learnsScale: false, learnsShift: false, name: "b"),
    BatchNormalizedMLP(
      activations: [nil, .leakyRectifier], dimensions: [2, 3, 4], usesBias: true,
      normalization: BatchNormalization(epsilon: 0.5)),
  ]

  @Test("every brick comes back from its node") func roundTrip() throws {
    for brick in Self.bricks {
      let node = try JSONDecoder().decode(BrickNode.self, from: JSONEncoder().encode(brick.node()))
      #expect(try node == brick.node())
      let read = try BrickRegistry.standard.brick(node)
      #expect(AnyBrick(read) == AnyBrick(brick), "\(node.type)")
    }
  }

  @Test("the registry knows every brick of the module, and an unknown type is an error") func registry() throws {
    for brick in Self.bricks {
      let type = type(of: brick)
      #expect(try BrickRegistry.standard.type(named: Name(type.typeName)) == type)
    }
    expectError(.unknownType, mentioning: "\"Convolution\" is not registered", "without the brick") {
      _ = try BrickRegistry.standard.brick(BrickNode(type: "Convolution", name: "c"))
    }
  }

  @Test("a configuration of another shape is refused") func wrongConfiguration() {
    let node = BrickNode(type: "Linear", name: "l", configuration: ["outputDimension": .text("many")])
    #expect(throws: DecodingError.self) { try BrickRegistry.standard.brick(node) }
  }

  @Test("only the outermost brick and the leaves of the tree carry configurations") func nodes() throws {
    let node = try Sequential([Sequential([Linear(2, 2)], name: "inner")], name: "outer").node()
    #expect(!node.configuration.isEmpty)
    #expect(node.children[0].configuration.isEmpty)
    #expect(node.children[0].children[0].configuration["outputDimension"] == .integer(2))
  }

  @Test("a model computes in float32 or float64", arguments: [ScalarType.int64, .float16])
  func scalar(_ scalar: ScalarType) {
    expectError(.invalidConfiguration, mentioning: scalar.rawValue) {
      _ = try Model(Tanh(), input: .features(2), scalar: scalar, seed: 1)
    }
  }
}
