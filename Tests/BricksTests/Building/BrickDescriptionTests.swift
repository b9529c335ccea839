import Bricks
import JSON
import Testing

@Suite("A description of a brick")
struct BrickDescriptionTests {
  private func brick(_ text: String) throws -> any Brick {
    try Bricks.BrickDescription(JSONValue(parsing: text)).brick()
  }

  /// The shortest description of every type, and the brick that its initializer makes.
  static let descriptions: [(String, any Brick)] = [
    (#"{"type": "Linear", "outputDimension": 3}"#, Linear(nil, 3)), (#"{"type": "Bias"}"#, Bias()),
    (#"{"type": "Identity"}"#, Identity()), (#"{"type": "Tanh"}"#, Tanh()), (#"{"type": "Logistic"}"#, Logistic()),
    (#"{"type": "Rectifier"}"#, Rectifier()), (#"{"type": "LeakyRectifier"}"#, LeakyRectifier()),
    (#"{"type": "Softplus"}"#, Softplus()), (#"{"type": "Softmax"}"#, Softmax()),
    (#"{"type": "Sequence", "bricks": [{"type": "Tanh"}]}"#, Sequential([Tanh()])),
    (
      #"{"type": "MLP", "dimensions": [4, 3], "activations": [null]}"#, MLP(activations: [nil], dimensions: [4, 3])
    ),
    (#"{"type": "BatchNormalization"}"#, BatchNormalization()),
    (#"{"type": "SpatialBatchNormalization"}"#, SpatialBatchNormalization()),
    (
      #"{"type": "BatchNormalizedMLP", "dimensions": [4, 3], "activations": [{"type": "Tanh"}]}"#,
      BatchNormalizedMLP(activations: [Tanh()], dimensions: [4, 3])
    ),
    (
      #"{"type": "Convolutional", "filterSize": {"height": 3, "width": 2}, "filterCount": 8}"#,
      Convolutional(filterSize: SpatialExtents(3, 2), filterCount: 8)
    ),
    (#"{"type": "MaxPooling", "poolingSize": {"height": 2, "width": 2}}"#, MaxPooling(2)),
    (#"{"type": "AveragePooling", "poolingSize": {"height": 2, "width": 2}}"#, AveragePooling(2)),
    (#"{"type": "Flattener"}"#, Flattener()),
    (#"{"type": "ConvolutionalSequence", "layers": [{"type": "Flattener"}]}"#, ConvolutionalSequence([Flattener()])),
    (#"{"type": "SimpleRecurrent", "dimension": 5}"#, SimpleRecurrent(5)),
    (#"{"type": "LSTM", "dimension": 5}"#, LSTM(5)),
    (#"{"type": "GatedRecurrent", "dimension": 5}"#, GatedRecurrent(5)),
    (#"{"type": "GRU", "dimension": 5}"#, GRU(5)),
    (#"{"type": "MappedRecurrent", "prototype": {"type": "GRU", "dimension": 5}}"#, MappedRecurrent(GRU(5))),
    (#"{"type": "LastStep"}"#, LastStep()),
    (#"{"type": "Embedding", "count": 7, "dimension": 3}"#, Embedding(7, 3)),
    (#"{"type": "LayerNormalization"}"#, LayerNormalization()),
    (#"{"type": "GroupNormalization", "groupCount": 2}"#, GroupNormalization(2)),
    (
      #"{"type": "BatchNormalizedLSTM", "dimension": 5, "normalization": {"timeSteps": 7}}"#,
      BatchNormalizedLSTM(5, timeSteps: 7)
    ),
    (
      #"{"type": "Bidirectional", "prototype": {"type": "LSTM", "dimension": 5}}"#, Bidirectional(LSTM(5))
    ),
  ]

  @Test("gives, in its shortest form, the brick that the initializer makes", arguments: descriptions.indices)
  func shortest(_ index: Int) throws {
    let (text, expected) = Self.descriptions[index]
    let brick = try brick(text)
    #expect(AnyBrick(brick) == AnyBrick(expected), "\(text): \(brick)")
  }

  @Test("may be of any type that files may hold")
  func everyType() {
    let described = Set(Self.descriptions.map { Name(type(of: $0.1).typeName) })
    #expect(described == Set(BrickRegistry.standard.typeNames))
  }

  @Test("has nested bricks, each with its own defaults")
  func nested() throws {
    let text = """
      {"type": "Sequence", "name": "net", "bricks": [
        {"type": "Linear", "outputDimension": 3, "usesBias": false, "weightsInitialization": {"orthogonal": {"scale": 2}}},
        {"type": "BatchNormalization", "epsilon": 0.25}, {"type": "Sequence", "bricks": [{"type": "Tanh"}]}]}
      """
    let expected = Sequential(
      [
        Linear(nil, 3, usesBias: false, weightsInitialization: .orthogonal(scale: 2)),
        BatchNormalization(epsilon: 0.25),
        Sequential([Tanh()]),
      ], name: "net")
    #expect(AnyBrick(try brick(text)) == AnyBrick(expected))
    let mlp =
      #"{"type": "BatchNormalizedMLP", "dimensions": [4, 3], "activations": [null], "normalization": {"epsilon": 0.5}}"#
    #expect(
      AnyBrick(try brick(mlp))
        == AnyBrick(
          BatchNormalizedMLP(
            activations: [nil], dimensions: [4, 3], normalization: BatchNormalization(epsilon: 0.5))))
  }

  @Test("has shorthands for extents, for cases without values and for cases with one value")
  func shorthands() throws {
    let expected = Convolutional(
      filterSize: 3, filterCount: 2, step: SpatialExtents(2, 1), borderMode: .half, biasesInitialization: .constant(1))
    let text = """
      {"type": "Convolutional", "filterSize": 3, "filterCount": 2, "step": [2, 1], "borderMode": "half",
       "biasesInitialization": {"constant": 1}}
      """
    #expect(AnyBrick(try brick(text)) == AnyBrick(expected))
    #expect(
      AnyBrick(try brick(#"{"type": "MaxPooling", "poolingSize": 2, "step": 1}"#)) == AnyBrick(MaxPooling(2, step: 1)))
  }

  @Test(
    "is refused with the type and the key",
    arguments: [
      ("3", BrickError.Code.invalidConfiguration, "a brick is an object with a \"type\""),
      ("{}", .invalidConfiguration, "a brick is an object with a \"type\""),
      (
        #"{"type": "Perceptron"}"#, .unknownType,
        "there is no brick of type \"Perceptron\"; the types are AveragePooling, "
      ),
      (#"{"type": "Linear"}"#, .invalidConfiguration, "Linear needs \"outputDimension\""),
      (
        #"{"type": "Linear", "outputDimension": 3, "bias": true}"#, .invalidConfiguration,
        "Linear has no \"bias\"; it has "
      ),
      (
        #"{"type": "Convolutional", "filterSize": {"height": 3, "widht": 3}, "filterCount": 2}"#, .invalidConfiguration,
        "Convolutional.filterSize has no \"widht\"; use \"width\""
      ),
      (
        #"{"type": "BatchNormalizedMLP", "dimensions": [4, 3], "activations": [null], "normalization": {"eps": 0.5}}"#,
        .invalidConfiguration, "BatchNormalizedMLP.normalization has no \"eps\"; use \"epsilon\""
      ),
      (
        #"{"type": "Sequence", "bricks": [{"type": "Convolutional", "filterSize": 1, "filterCount": 2, "image": {"rows": 3}}]}"#,
        .invalidConfiguration, "image has no \"rows\""
      ),
      (
        #"{"type": "Linear", "outputDimension": 3, "weightsInitialization": "x"}"#, .invalidConfiguration,
        "\"weightsInitialization\" cannot be {\"x\":{}}"
      ),
      (#"{"type": "Linear", "outputDimension": "three"}"#, .invalidConfiguration, "Linear: "),
      (
        #"{"type": "Linear", "outputDimension": 1.5}"#, .invalidConfiguration,
        "outputDimension is 1.5; give a whole number"
      ),
      (
        #"{"type": "Sequence", "bricks": [{"type": "Tanh"}, {"type": "Lineal"}]}"#, .unknownType,
        "there is no brick of type \"Lineal\""
      ),
      (
        #"{"type": "Sequence", "bricks": [{"type": "Linear"}]}"#, .invalidConfiguration,
        "Linear needs \"outputDimension\""
      ),
      (
        #"{"type": "Linear", "outputDimension": 3, "weightsInitialization": {"gauss": {}}}"#, .invalidConfiguration,
        "Linear: "
      ),
    ])
  func refused(_ text: String, _ code: BrickError.Code, _ message: String) throws {
    expectError(code, mentioning: message) { _ = try brick(text) }
  }
}
