import Bricks
import Testing

/// Inputs that do not fit are found while the graph is built, by an error that names brick and application.
@Suite struct BrickInputTests {
  struct Misfit: Sendable, CustomTestStringConvertible {
    let brick: any Brick
    let input: VariableType
    /// The brick and application of the error, and a part of its message.
    let place: String
    let problem: String

    init(_ brick: any Brick, _ scalar: ScalarType, _ shape: [Extent], _ place: String, _ problem: String) {
      (self.brick, input, self.place, self.problem) = (brick, VariableType(scalar, shape), place, problem)
    }

    init(_ brick: any Brick, _ shape: [Extent], _ place: String, _ problem: String) {
      self.init(brick, .float64, shape, place, problem)
    }

    var testDescription: String { "\(type(of: brick)) on \(input)" }
  }

  private static let features: [Misfit] = [
    Misfit(Linear(3, 2), ["batch", 4], "/linear", "width 3"),
    Misfit(Linear(3, 2), ["batch"], "/linear", "got float64 batch"),
    Misfit(Linear(3, 2), [], "/linear", "got float64 scalar"),
    Misfit(Linear(nil, 2), ["batch", "width"], "/linear", "batch×width"),
    Misfit(Linear(3, 2), .float32, ["batch", 3], "/linear", "float32 batch×3"),
    Misfit(Linear(3, 2), .int64, ["batch", 3], "/linear", "int64 batch×3"),
    Misfit(Bias(3), ["batch", 4], "/bias", "width 3"), Misfit(Bias(3), .int64, ["batch", 3], "/bias", "int64 batch×3"),
    Misfit(Embedding(7, 3), ["batch", 3], "/embedding", "reads int64 indices, got float64 batch×3"),
    Misfit(Tanh(), .int64, ["batch", 3], "/tanh", "int64 batch×3"),
    Misfit(Logistic(), .int64, ["batch", 3], "/logistic", "int64 batch×3"),
    Misfit(Rectifier(), .int64, ["batch", 3], "/rectifier", "int64 batch×3"),
    Misfit(LeakyRectifier(), .int64, ["batch", 3], "/leakyrectifier", "the int64 constant 0.01"),
    Misfit(Softplus(), .int64, ["batch", 3], "/softplus", "int64 batch×3"),
    Misfit(Softmax(), [], "/softmax", "at least one axis"),
    Misfit(Sequential([Tanh(), Linear(3, 2)]), ["batch", 4], "/sequence/linear", "width 3"),
    Misfit(MLP(activations: [.tanh, nil], dimensions: [4, 3, 2]), ["batch", 5], "/mlp/linear_0", "width 4"),
    Misfit(
      BatchNormalizedMLP(activations: [.tanh], dimensions: [4, 3], normalization: BatchNormalization(timeSteps: 2)),
      ["batch", 4], "/mlp/batch_norm_activation_0/batchnormalization", "2 time steps"),
    Misfit(Residual(inner: Linear(3, 2)), ["batch", 3], "/residual", "do not broadcast"),
  ]

  private static let normalizations: [Misfit] = [
    Misfit(BatchNormalization([3]), ["batch", 4], "/batchnormalization", "batch×3"),
    Misfit(BatchNormalization([3]), ["time", "batch", 3], "/batchnormalization", "time×batch×3"),
    Misfit(BatchNormalization(), ["batch"], "/batchnormalization", "float64 batch"),
    Misfit(BatchNormalization(), ["batch", "width"], "/batchnormalization", "known extent"),
    Misfit(BatchNormalization(), .float32, ["batch", 3], "/batchnormalization", "float32"),
    Misfit(BatchNormalization(), .int64, ["batch", 3], "/batchnormalization", "int64 batch×3"),
    Misfit(BatchNormalization(broadcastable: [true]), ["batch", 3, 2], "/batchnormalization", "1 broadcastable"),
    Misfit(LayerNormalization(), ["batch"], "/layernormalization", "the last 1 axes"),
    Misfit(LayerNormalization(axisCount: 2), ["batch", "width", 3], "/layernormalization", "known extents"),
    Misfit(LayerNormalization(axisCount: 0), ["batch", 3], "/layernormalization", "the last 0 axes"),
    Misfit(GroupNormalization(2), ["batch", 3, 4], "/groupnormalization", "into 2 groups, got float64 batch×3×4"),
    Misfit(GroupNormalization(0), ["batch", 3], "/groupnormalization", "into 0 groups"),
    Misfit(GroupNormalization(3), ["batch", 3, "width"], "/groupnormalization", "batch×3×width"),
    Misfit(SpatialBatchNormalization(), ["batch", 3], "/spatialbatchnormalization", "spatial axis"),
    Misfit(SpatialBatchNormalization([3, 4]), ["batch", 3, 5], "/spatialbatchnormalization", "batch×3×4"),
  ]

  private static let images: [Misfit] = [
    Misfit(Convolutional(filterSize: 3, filterCount: 2), ["batch", 4], "/convolutional", "images (batch, channels"),
    Misfit(Convolutional(filterSize: 3, filterCount: 2), ["batch", 2, "height", 5], "/convolutional", "known extents"),
    Misfit(Convolutional(filterSize: 3, filterCount: 2), .float32, ["batch", 2, 5, 5], "/convolutional", "float32"),
    Misfit(Convolutional(filterSize: 3, filterCount: 2), ["batch", 2, 2, 5], "/convolutional", "does not fit"),
    Misfit(MaxPooling(2), ["batch", 4], "/maxpooling", "float64 batch×4"),
    Misfit(MaxPooling(2), .int64, ["batch", 1, 4, 4], "/maxpooling", "int64"),
    Misfit(AveragePooling(2), ["batch", 1, 4], "/averagepooling", "float64 batch×1×4"),
    Misfit(AveragePooling(6), ["batch", 1, 4, 4], "/averagepooling", "does not fit"),
    Misfit(Flattener(), ["batch", 3, "width"], "/flattener", "cannot be flattened"),
    Misfit(
      ConvolutionalSequence([MaxPooling(2), Convolutional(filterSize: 3, filterCount: 2)]), ["batch", 2, 4, 9],
      "/convolutionalsequence/convolutional", "does not fit"),
    Misfit(
      ConvolutionalSequence([Rectifier()], image: ImageShape(channelCount: 3)), ["batch", 2, 4, 4],
      "/convolutionalsequence", "batch×3×?×?"),
  ]

  private static let sequences: [Misfit] = [
    Misfit(SimpleRecurrent(3), ["batch", 3], "/simplerecurrent", "(time, batch, features)"),
    Misfit(SimpleRecurrent(3), ["time", "batch", 4], "/simplerecurrent", "batch×4"),
    Misfit(SimpleRecurrent(3), ["batch", 5, 3], "/simplerecurrent", "batch×5×3, whose first axis is the batch"),
    Misfit(BatchNormalizedLSTM(3, timeSteps: 5), ["batch", 5, 3], "/batchnormalizedlstm", "transposed([1, 0, 2])"),
    Misfit(Bidirectional(LSTM(3)), ["batch", 5, 12], "/bidirectional/forward", "transposed([1, 0, 2])"),
    Misfit(LSTM(3), ["time", "batch", 3], "/lstm", "batch, 12"),
    Misfit(GRU(3), ["time", "batch", 3], "/gru", "batch, 9"),
    Misfit(MappedRecurrent(GRU(3)), ["batch", 5, 3], "/mappedrecurrent", "transposed([1, 0, 2])"),
    Misfit(MappedRecurrent(GRU(3)), ["time", "batch", "width"], "/mappedrecurrent", "known width"),
    Misfit(
      MappedRecurrent(GatedRecurrent(3)), ["time", "batch", 3], "/mappedrecurrent",
      "maps the input of gatedrecurrent, which is not SimpleRecurrent, LSTM or GRU"),
    Misfit(LastStep(), ["batch", 5, 3], "/laststep", "needs a sequence (time, batch, …), got float64 batch×5×3"),
    Misfit(LSTM(3), .float32, ["time", "batch", 12], "/lstm", "float32"),
    Misfit(LSTM(3), .int64, ["time", "batch", 12], "/lstm", "int64"),
    Misfit(GatedRecurrent(3), ["time", "batch", 3], "/gatedrecurrent", "gates"),
    Misfit(Bidirectional(LSTM(3)), ["time", "batch", 3], "/bidirectional/forward", "batch, 12"),
    Misfit(BatchNormalizedLSTM(3, timeSteps: 2), ["batch", 3], "/batchnormalizedlstm", "(time, batch, features)"),
    Misfit(BatchNormalizedLSTM(3, timeSteps: 2), ["time", "batch", "width"], "/batchnormalizedlstm", "batch×width"),
    Misfit(BatchNormalizedLSTM(3, timeSteps: 2), .float32, ["time", "batch", 3], "/batchnormalizedlstm", "float32"),
    Misfit(
      Sequential([LSTM(3), Linear(4, 2)]), ["time", "batch", 12], "/sequence/linear", "width 4"),
  ]

  @Test("rank, dimensions and type", arguments: features + normalizations + images + sequences, [false, true])
  func misfits(_ misfit: Misfit, _ inTraining: Bool) {
    let error = #expect(throws: (any Error).self) {
      _ = try Model([misfit.brick], scalar: .float64, seed: 1) { scope in
        let x = try scope.builder.input("x", misfit.input)
        func record() throws -> Variable { try scope.apply(misfit.brick, to: x) }
        return ["y": try inTraining ? scope.builder.inTraining(record) : record()]
      }
    }
    #expect(error is GraphError || error is BrickError)
    let description = error.map { "\($0)" } ?? ""
    #expect(description.hasPrefix("\(misfit.place).apply: "), "\(description)")
    #expect(description.contains(misfit.problem), "\(description)")
  }
}
