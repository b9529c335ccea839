import Bricks
import ComputationGraphs
import Interchange
import JSON
import Tensors

/// The numbers of a batch normalization in the form of other frameworks: the variance does not include ε.
///
/// All tensors have one element for each feature.
struct ForeignNormalization {
  /// The path of the brick.
  var brick: Name
  /// The class of the layer or module.
  var type: Name = "BatchNormalization"
  /// The framework's own configuration.
  var configuration: [Name: JSONValue] = [:]
  /// ε, which the framework adds to the variance at inference.
  var epsilon: Double
  /// γ; nil if the normalization has no γ.
  var scale: ModelAssembly.Value?
  /// β; nil if the normalization has no β.
  var shift: ModelAssembly.Value?
  /// The moving mean.
  var mean: ModelAssembly.Value
  /// The moving variance, without ε.
  var variance: ModelAssembly.Value

  /// The moving statistics.
  var statistics: MovingStatistics { MovingStatistics(mean: mean.tensor, variance: variance.tensor) }
}

extension ModelAssembly {
  /// The persistent tensor that stores the file's own variance, so that an export can write it again bit by bit.
  static let variance: Name = "moving_variance"

  /// Records a batch normalization with population statistics, as `Bricks.BatchNormalization` does.
  ///
  /// If all means are 0 and all variances are 1, the statistics are marked as never estimated. Otherwise, they are marked as a
  /// training average.
  ///
  /// - Parameters:
  ///   - normalization: The numbers.
  ///   - input: The input (batch, …).
  ///   - axis: The axis of the features, at least 1.
  ///   - mask: A mask with the type and rank of the input, and extents of 1 or the input's. Minibatch statistics leave out elements
  ///     with mask 0.
  ///   - isInferenceOnly: Whether the statistics cannot be computed from minibatches of the input.
  ///   - inner: The builder of the loop's body that the input belongs to.
  /// - Throws: `ModelFormatError` if a tensor does not fit the input, or the variance with ε is not above 0.
  func normalize(
    _ input: Variable, axis: Int, by normalization: ForeignNormalization, where mask: Variable? = nil,
    isInferenceOnly: Bool = false, in inner: GraphBuilder? = nil
  ) throws -> Variable {
    let builder = inner ?? builder
    let path = normalization.brick
    guard axis >= 1, axis < input.rank, let count = input.shape[axis].fixed else {
      throw refusal(normalization, "needs an input with a known number of features on axis \(axis), not \(input.type)")
    }
    try declare(path, type: normalization.type, configuration: normalization.configuration)
    var layer = BatchNormalization(
      broadcastable: (1..<input.rank).map { $0 != axis }, epsilon: normalization.epsilon,
      learnsScale: normalization.scale != nil, learnsShift: normalization.shift != nil)
    layer.name = (path.splitAtLast("/")?.after ?? path).text
    let scope = Scope(builder: builder, path: path, scalar: input.type.scalar)
    let output = try call(path, type: normalization.type, on: [input], in: builder) {
      [try layer.apply(input, where: mask, isInferenceOnly: isInferenceOnly, in: scope)]
    }[0]
    let shape = Shape((1..<input.rank).map { $0 == axis ? count : 1 })
    try keep(normalization, count: count, shape: shape, type: input.type.scalar, scope.declaredDescriptions)
    try keepVariance(normalization, in: builder)
    return output
  }

  private func refusal(_ normalization: ForeignNormalization, _ problem: String) -> ModelFormatError {
    ModelFormatError(.malformed, "the normalization \(problem)", path: file, object: normalization.brick)
  }

  /// Stores γ, β, the mean and the deviation in the shape of our normalization.
  private func keep(
    _ normalization: ForeignNormalization, count: Int, shape: Shape, type: ScalarType,
    _ described: [TensorPath: TensorDescription]
  ) throws {
    func value(_ value: Value, _ what: String) throws -> Value {
      guard value.tensor.shape.elementCount == count else {
        throw refusal(normalization, "has a \(what) of shape \(value.tensor.shape) for \(count) features")
      }
      var value = value
      value.tensor = try value.tensor.reshaped(to: shape).converted(to: type)
      return value
    }
    let mean = try value(normalization.mean, "mean")
    var deviation = try value(normalization.variance, "variance")
    let statistics = MovingStatistics(mean: mean.tensor, variance: deviation.tensor)
    let epsilon = normalization.epsilon
    if let problem = statistics.problem(epsilon: epsilon) { throw refusal(normalization, problem) }
    deviation.tensor = try statistics.deviation(epsilon: epsilon).converted(to: type)
    deviation.conversion = "√(variance + \(epsilon))"
    let origin = normalization.statistics.origin(epsilon: epsilon)
    let path = normalization.brick
    func keep(_ value: Value?, _ collection: TensorPath.Collection, _ name: Name) throws {
      guard let value else { return }
      let tensorPath = try TensorPath(collection, brick: path, name: name)
      guard let description = described[tensorPath] else { throw refusal(normalization, "does not use \(name)") }
      if let known = tensors[tensorPath] {
        guard known == value.tensor else { throw refusal(normalization, "has two values of \(name)") }
        return
      }
      store(value, at: tensorPath, description, origin: collection == .statistics ? origin : nil)
    }
    try keep(normalization.scale.map { try value($0, "scale") }, .parameters, "batch_norm_scale")
    try keep(normalization.shift.map { try value($0, "shift") }, .parameters, "batch_norm_shift")
    try keep(mean, .statistics, "population_mean")
    try keep(deviation, .statistics, "population_stdev")
  }

  /// Stores the variance of the file in a leaf that the computation does not use.
  private func keepVariance(_ normalization: ForeignNormalization, in builder: GraphBuilder) throws {
    var value = normalization.variance
    value.isReported = false
    _ = try tensor(
      ModelAssembly.variance, of: normalization.brick, value, role: .persistent, axes: ["channel"], in: builder)
  }
}

extension MovingStatistics {
  /// The origin of statistics that a framework updated while it trained a model.
  ///
  /// Files do not hold the number of observations. The number of minibatches takes its place, or 1 if this number is unknown, too.
  ///
  /// - Parameter batchCount: The number of minibatches in the moving averages; nil if the file does not have it.
  func origin(epsilon: Double, batchCount: Int? = nil) -> StatisticOrigin {
    guard !areInitial, batchCount != 0 else { return .neverEstimated(epsilon: epsilon, steps: nil) }
    return StatisticOrigin(
      epsilon: epsilon, observationCounts: [Int64(batchCount ?? 1)], estimator: .trainingAverage,
      records: batchCount ?? 0, parametersDigest: nil)
  }
}

extension ModelAssembly {
  /// The variance of a normalization in the form of other frameworks: the variance of the file if it still fits the deviation,
  /// otherwise σ² − ε.
  ///
  /// - Parameters:
  ///   - normalization: A normalization of the model.
  ///   - model: The model.
  ///   - file: The file that is written, for errors.
  /// - Returns: One finite element for each feature, in the type of the deviation.
  /// - Throws: `GraphError` if the model does not have the deviation; `ModelFormatError` with code `.notRepresentable` if σ² − ε is
  ///   beyond the range of this type.
  static func variance(of normalization: Normalization, in model: Model, for file: String) throws -> Tensor? {
    guard let path = normalization.populationStandardDeviation else { return nil }
    let deviation = try model.tensor(path)
    let flat = Shape([deviation.shape.elementCount])
    let ownPath = try TensorPath(.persistent, brick: path.brick, name: variance)
    if let own = model.tensors[ownPath], own.shape.elementCount == flat.elementCount {
      let derived = try MovingStatistics(mean: own, variance: own).deviation(epsilon: normalization.epsilon)
        .reshaped(to: deviation.shape).converted(to: deviation.type)
      if derived == deviation { return try own.reshaped(to: flat).converted(to: deviation.type) }
    }
    let variance = try Tensor(deviation.doubles.map { max($0 * $0 - normalization.epsilon, 0) }, shape: flat)
      .converted(to: deviation.type)
    if let channel = variance.doubles.firstIndex(where: { !$0.isFinite }) {
      throw ModelFormatError(
        .notRepresentable,
        "the standard deviation of channel \(channel) is \(deviation.doubles[channel]), and its square is beyond the range of "
          + "\(deviation.type.rawValue), but this format stores the variance; scale the data down, or write .h5 or "
          + ".safetensors, which store the deviation", path: file, object: path.brick)
    }
    return variance
  }
}
