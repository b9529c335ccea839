import Bricks
import PopulationStatistics
import Testing

/// A recurrent brick and a linear map of its state after the last step.
struct SequenceClassifier: Brick {
  var name = "classifier"
  var recurrent: BatchNormalizedLSTM
  var linear: Linear

  /// (batch, time) or (batch, time, features) → (batch, classes)
  func apply(_ input: Variable, in scope: inout Scope) throws -> Variable {
    let sequences = try input.rank == 2 ? input.expandingDimensions(at: 2) : input
    let states = try scope.apply(recurrent, to: sequences.transposed([1, 0, 2]))
    let last = try states.reversed(axis: 0).taking(step: scope.builder.constant(0, .int64), pastEnd: .strict)
    return try scope.apply(linear, to: last)
  }

  /// The model of such a brick with another's parameters, its statistics never estimated.
  static func model(like other: Model, scalar: ScalarType = .float32) throws -> Model {
    let normalization = try #require(other.normalizationStatistics.first)
    let weights = try other.tensor(other.path("/classifier/batchnormalizedlstm.W_state"))
    let input = other.graph.inputs[0]
    let brick = SequenceClassifier(
      recurrent: BatchNormalizedLSTM(
        weights.shape[0], timeSteps: try #require(normalization.stepCount), epsilon: normalization.epsilon),
      linear: Linear(weights.shape[0], 10))
    var model = try Model([brick], scalar: scalar, seed: 1) { scope in
      let images = try scope.builder.input(
        input.name, VariableType(scalar, other.graph.variables[input.variable].type.shape))
      return ["logits": try scope.apply(brick, to: images)]
    }
    for (path, tensor) in other.tensors where path.collection == .parameters {
      try model.set(path, to: tensor.converted(to: scalar))
    }
    return model
  }
}
