import Bricks

extension EDRAM {
  /// The bricks that have a different name in the original's checkpoints: the name here, and the original name.
  public static let originalNames = [
    "conv_mlp": "MLP_conv",
    "loc_mlp": "MLP_loc",
    "encoder_mlp": "MLP_enc",
    "encoder_rnn": "RNN_enc",
    "decoder_mlp": "MLP_dec",
    "decoder_rnn": "RNN_dec",
    "conv_init": "conv_seq_init",
    "classification_mlp1": "MPL_class1",
    "classification_mlp2": "MPL_class2",
    "classification_mlp3": "MPL_class3",
  ]

  /// The path of a tensor in the original's checkpoints, such as `/edram/MLP_conv/linear_0.W` for `/edram/conv_mlp/linear_0.W`.
  public static func originalPath(of path: TensorPath) -> String {
    let names = path.brick.split(at: "/").filter { !$0.isEmpty }.map { originalNames[$0.text] ?? $0.text }
    return "/\(names.joined(separator: "/")).\(path.name)"
  }

  /// A model with the values of a checkpoint of the original.
  ///
  /// The original's program for four convolutions normalizes both hidden layers of its classifier with `classification_mlp1_bn`.
  /// Its checkpoints have no scale and shift for `classification_mlp2_bn`. The second layer then gets the scale and shift of the
  /// first layer.
  ///
  /// - Parameters:
  ///   - values: The parameters and the population statistics by the original's paths, such as `/edram/RNN_enc.W_state`.
  ///   - observationCount: The number of observations to record for each statistic, at least 1. The original kept moving averages
  ///     and did not count observations.
  /// - Throws: `GraphError` that names a tensor that is missing, or has another type or shape.
  public func model(
    original values: [String: Tensor], observationCount: Int64, scalar: ScalarType = .float32
  ) throws -> Model {
    var model = try model(scalar: scalar, seed: 0)
    for path in model.tensors.keys {
      let original = EDRAM.originalPath(of: path)
      let shared = original.replacing("classification_mlp2_bn.batch_norm_", with: "classification_mlp1_bn.batch_norm_")
      guard let value = values[original] ?? values[shared] else {
        throw GraphError(.missingValue, "the original's checkpoint has no tensor \(original)")
      }
      if var origin = model.origins[path] {
        origin.estimator = "moving-average"
        origin.observationCounts = origin.observationCounts.map { _ in observationCount }
        try model.setStatistic(path, to: value, origin: origin)
      } else {
        try model.set(path, to: value)
      }
    }
    return model
  }
}
