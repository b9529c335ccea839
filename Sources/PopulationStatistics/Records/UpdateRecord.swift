import ComputationGraphs
import Tensors

/// The statistics of one minibatch, computed by one application of a batch normalization in training mode. These are the update
/// pairs (population mean ← minibatch mean, population standard deviation ← minibatch standard deviation).
public struct UpdateRecord: Hashable, Sendable {
  /// The brick, application, minibatch and parameters of the record. Two records with the same identity are copies of one
  /// observation.
  public let identity: Identity
  /// The minibatch's place in the order of recording, at least 0.
  public let sequence: Int
  /// The ε that was added to the variance under the square root.
  public let epsilon: Double
  /// The type in which files keep the values: `float32` or `float64`.
  public let scalarType: ScalarType
  /// Mean, standard deviation and counts.
  public let values: StatisticValues
  /// The examples of the minibatch; nil if they are unknown.
  public let examples: ExampleSelection?

  /// A record of a set. Its parts were already checked. The identity gets the source of the examples.
  init(
    checked identity: Identity, sequence: Int, epsilon: Double, scalarType: ScalarType, values: StatisticValues,
    examples: ExampleSelection?
  ) {
    var identity = identity
    identity.source = examples?.source
    self.identity = identity
    self.examples = examples
    self.sequence = sequence
    self.epsilon = epsilon
    self.scalarType = scalarType
    self.values = values
  }

  /// Creates a record of checked values. Its identity gets the source of the examples.
  ///
  /// - Throws: `StatisticsError` with code `.invalidValues` for a negative sequence, an epsilon that is negative or not
  ///   finite, a type other than `float32` and `float64`, or a value that the type does not hold exactly.
  public init(
    identity: Identity, sequence: Int, epsilon: Double, scalarType: ScalarType, values: StatisticValues,
    examples: ExampleSelection? = nil
  ) throws(StatisticsError) {
    // -0 becomes 0, so that equal numbers have equal bytes.
    self.init(
      checked: identity, sequence: sequence, epsilon: epsilon + 0, scalarType: scalarType, values: values,
      examples: examples)
    guard sequence >= 0 else {
      throw StatisticsError(.invalidValues, "\(identity): sequence \(sequence) is negative")
    }
    guard Normalization.isValid(epsilon: epsilon) else {
      throw StatisticsError(.invalidValues, "\(identity): epsilon \(epsilon) is not a finite number of at least 0")
    }
    guard scalarType == .float32 || scalarType == .float64 else {
      throw StatisticsError(
        .invalidValues, "\(identity): the type of statistics must be float32 or float64, not \(scalarType.rawValue)")
    }
    if scalarType == .float32 {
      for (name, numbers) in [("mean", values.mean), ("standard deviation", values.standardDeviation)] {
        guard let index = numbers?.firstIndex(where: { Double(Float($0)) != $0 }), let number = numbers?[index] else {
          continue
        }
        throw StatisticsError(
          .invalidValues,
          "\(identity): the \(name) \(number) at index \(index) is not a float32 number; use the type float64")
      }
    }
  }

  /// Creates a record from its numbers, after a check; see `StatisticValues` for their shapes.
  ///
  /// - Throws: `StatisticsError` with code `.invalidValues` that names the brick, the batch and the element.
  public init(
    identity: Identity, sequence: Int, epsilon: Double, scalarType: ScalarType, exampleShape: Shape,
    hasTimeSteps: Bool, mean: [Double]?, standardDeviation: [Double]?, counts: [Int64],
    examples: ExampleSelection? = nil
  ) throws(StatisticsError) {
    let values: StatisticValues
    do throws(StatisticsError) {
      values = try StatisticValues(
        exampleShape: exampleShape, hasTimeSteps: hasTimeSteps, mean: mean, standardDeviation: standardDeviation,
        counts: counts)
    } catch {
      throw error.about("\(identity)")
    }
    try self.init(
      identity: identity, sequence: sequence, epsilon: epsilon, scalarType: scalarType, values: values,
      examples: examples)
  }

  /// The minibatch mean of each element; nil if it was not stored.
  public var mean: [Double]? { values.mean }
  /// The standard deviation sqrt(biased variance + ε) of each element; nil if it was not stored.
  public var standardDeviation: [Double]? { values.standardDeviation }
  /// The number of observations per element: one number, or one for each time step.
  public var counts: [Int64] { values.counts }
}
