import ComputationGraphs
import Tensors

/// The rules for the values of population statistics. Loading, saving and verifying use the same rules.
enum StatisticRules {
  /// The rule for the elements of a statistic, in words.
  static func rule(isDeviation: Bool) -> String {
    isDeviation ? "a standard deviation must be finite and above 0" : "a mean must be finite"
  }

  /// Whether inference can use an element.
  static func isMeaningful(_ value: Double, isDeviation: Bool) -> Bool {
    value.isFinite && !(isDeviation && value <= 0)
  }

  /// The error for a statistic with an element that inference cannot use.
  static func valueProblem(
    _ tensor: Tensor, at path: TensorPath, isDeviation: Bool, in file: String
  ) -> CheckpointError? {
    let values = tensor.doubles
    guard let index = values.firstIndex(where: { !isMeaningful($0, isDeviation: isDeviation) }) else { return nil }
    return CheckpointError(
      .unsuitable,
      "element \(index) is \(values[index]); \(rule(isDeviation: isDeviation)). Estimate the statistics again from update "
        + "pairs or data", file: file, object: path.datasetPath)
  }

  /// The error for a statistic whose ε differs from the ε of its normalization.
  static func epsilonProblem(
    _ epsilon: Double, at path: TensorPath, wanted: Double?, _ code: CheckpointError.Code, in file: String
  ) -> CheckpointError? {
    guard let wanted, epsilon != wanted else { return nil }
    return CheckpointError(
      code, "has epsilon \(epsilon), but its normalization in the graph has \(wanted)", file: file,
      object: path.datasetPath)
  }
}
