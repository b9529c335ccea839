import ComputationGraphs
import Programs
import Tensors

/// A pass over data with frozen parameters. Each batch runs in training mode and gives one update record for each normalization.
///
/// ```swift
/// var pass = try PopulationPass(model)
/// for range in images.batches(of: 128) { try pass.observe(images.rows(range, as: .float32)) }
/// model = try pass.estimatedModel()
/// ```
public struct PopulationPass: Sendable {
  /// The model whose statistics are to be estimated.
  public let model: Model
  /// The number of time steps that were left out because they come after the last step with its own statistics. It is summed over
  /// normalizations and batches: two normalizations, two such steps and three batches give 12.
  public private(set) var ignoredStepCount = 0
  /// The number of minibatch statistics that were left out because a mask selects fewer than 2 observations. (A single
  /// observation has the deviation 0.) Their steps have count 0 in the records.
  public private(set) var ignoredObservationCount = 0
  private let observer: StatisticsObserver
  private let calls: [ObservedCall]
  /// The normalizations and their applications, each with a record for every batch, and the place of each call's record among them.
  private let applications: [(brick: NormalizationStatistics, application: Name)]
  private let places: [Int]
  private var stacks: RecordedStacks
  private let parametersDigest: Digest
  private var batchCount = 0

  /// Creates a pass without observations. Add batches with `observe`.
  ///
  /// A normalization that is applied several times has a record for each application, unless it has statistics for each time step.
  ///
  /// - Parameter isSelected: Whether a normalization is observed; by default, all are. The other normalizations use their stored
  ///   statistics.
  /// - Throws: `GraphError` with code `.noUpdatePairs` if the model has no normalization, or `.duplicate` if the graph shows that
  ///   one brick with statistics for each time step is applied twice at one time step. If only the values of the steps show the
  ///   conflict, `observe` throws.
  public init(_ model: Model, where isSelected: (Name) -> Bool = { _ in true }) throws(GraphError) {
    self.model = model
    guard model.normalizationStatistics.contains(where: { isSelected($0.path) }) else {
      throw GraphError(
        .noUpdatePairs, "the model has no normalization with population statistics, so there is nothing to observe")
    }
    let training = try model.graph.trainingGraph(where: isSelected)
    // A shared normalization has one record for each application, and averaging pools them.
    calls = ObservedCall.calls(of: try training.updatePairs(allowing: .withoutSteps), in: model)
    observer = try StatisticsObserver(training, tensors: model.tensors, pairs: calls.flatMap(\.pairs))
    var applications: [(brick: NormalizationStatistics, application: Name)] = []
    var known: [[Name]: Int] = [:]
    places = calls.map { call in
      let key = [call.brick.path, call.application]
      if let place = known[key] { return place }
      known[key] = applications.count
      applications.append((call.brick, call.application))
      return applications.count - 1
    }
    self.applications = applications
    stacks = RecordedStacks(applications)
    parametersDigest = model.parametersDigest
  }

  /// Observes a batch: one tensor for each input of the model's graph. The examples are along the axis `batch`.
  ///
  /// - Parameters:
  ///   - inputs: The model's inputs by name.
  ///   - batch: The name of the batch. The same name must mean the same data everywhere. The default name consists of the
  ///     number and the digest of the batch.
  ///   - sequence: The place in the order of recording; by default the next one.
  ///   - examples: The examples of the batch; nil if they are unknown. Without them, repeated recordings of the same examples
  ///     cannot be found.
  /// - Throws: `GraphError` if the inputs do not fit, if they have fewer than 2 observations per element without a mask, or if a
  ///   mask leaves no statistics of a normalization; `StatisticsError` if statistics are not finite, if a brick is applied twice
  ///   at one time step, or if a batch of this name has other examples. After an error, nothing of the batch is recorded.
  public mutating func observe(
    _ inputs: [Name: Tensor], batch: Name? = nil, sequence: Int? = nil, examples: ExampleSelection? = nil
  ) throws {
    let sequence = sequence ?? batchCount
    let name = batch ?? "batch \(sequence), \(PopulationPass.digest(of: inputs))"
    let observed = try records(of: inputs, batch: name, sequence: sequence, examples: examples)
    try stacks.append(
      observed,
      of: Minibatch(batch: name, sequence: sequence, parametersDigest: parametersDigest, examples: examples))
    batchCount = sequence + 1
  }

  /// Computes the records of a batch, without adding them to the records of the pass. There is one for each application of a
  /// normalization; nil if its statistics were not observed.
  ///
  /// - Throws: The errors of `observe(_:batch:sequence:)`.
  mutating func records(
    of inputs: [Name: Tensor], batch name: Name, sequence: Int, examples: ExampleSelection? = nil
  ) throws -> [UpdateRecord?] {
    var statistics = try observer(inputs)[...]
    var builders = applications.map { brick, application in
      RecordBuilder(
        UpdateRecord.Identity(
          brick: brick.path, application: application, batch: name, parametersDigest: parametersDigest),
        of: brick)
    }
    var ignored = (steps: 0, observations: 0)
    var isIncomplete = [Bool](repeating: false, count: builders.count)
    for (call, place) in zip(calls, places) {
      let (observations, ignoredCount) = try call.observations(in: statistics.prefix(call.pairs.count))
      statistics = statistics.dropFirst(call.pairs.count)
      if ignoredCount > 0 { isIncomplete[place] = true }
      ignored.observations += ignoredCount
      for observation in observations {
        let isKept = try builders[place].enter(
          mean: observation.mean, standardDeviation: observation.standardDeviation, count: observation.count,
          at: observation.step)
        if !isKept { ignored.steps += 1 }
      }
    }
    let observed = try builders.enumerated().map { place, builder in
      do {
        return try builder.record(sequence: sequence, examples: examples)
      } catch let error as StatisticsError where error.code == .invalidValues {
        // An earlier normalization that divides by 0 is the cause of statistics that are NaN.
        throw builders[..<place].lazy.compactMap(\.zeroDeviation).first ?? error
      }
    }
    for (place, record) in observed.enumerated() where record == nil && isIncomplete[place] {
      throw GraphError(
        .tooFewObservations,
        "the masks leave fewer than 2 observations for each statistic of \(name), so there is nothing to record; use a larger batch",
        brick: applications[place].brick.path, application: applications[place].application)
    }
    ignoredStepCount += ignored.steps
    ignoredObservationCount += ignored.observations
    return observed
  }

  /// Observes a batch of the model's only input.
  ///
  /// - Throws: The errors of `observe(_:batch:sequence:)` for inputs by name; `GraphError` if the model has several inputs.
  public mutating func observe(_ input: Tensor, batch: Name? = nil) throws {
    guard model.graph.inputs.count == 1 else {
      throw GraphError(.missingValue, "the model has \(model.graph.inputs.count) inputs; feed them by name")
    }
    try observe([model.graph.inputs[0].name: input], batch: batch)
  }

  /// The records so far, normalization by normalization, each in the order of observation. Every access creates them from arrays.
  public var records: [UpdateRecord] { stacks.records }

  /// The records as a set, for a file or an estimation.
  ///
  /// - Throws: `StatisticsError` with code `.conflict` if two different batches have the same name.
  public func updates() throws(StatisticsError) -> UpdateSet { try stacks.updates() }

  /// The model with statistics that were estimated from the batches so far. The parameters are unchanged.
  ///
  /// - Throws: `StatisticsError` with code `.neverObserved` if there was no batch, and the errors of `updates()` and
  ///   `Estimation`.
  public func estimatedModel(_ estimator: Estimator = .pooled) throws -> Model {
    try StatisticAveraging(estimator).apply(updates(), to: model).model
  }

  private static func digest(of inputs: [Name: Tensor]) -> Digest {
    Digest(of: inputs.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value.digest)\n" }.joined())
  }
}
