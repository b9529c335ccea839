import ComputationGraphs
import Tensors

/// A pass over data with frozen parameters: every batch runs in training mode and leaves one update record per normalization.
public struct PopulationPass: Sendable {
  /// The model whose statistics are to be estimated.
  public let model: Model
  /// The records so far.
  public private(set) var records: [UpdateRecord] = []
  /// How many observed time steps lay past the last one with statistics of its own, and were left out.
  public private(set) var ignoredStepCount = 0
  private let interpreter: Interpreter
  private let pairs: [UpdatePair]
  private let parametersDigest: Digest
  private var batchCount = 0

  /// A pass that has seen nothing yet.
  ///
  /// - Throws: `GraphError` with code `.noUpdatePairs` where the model normalizes nothing, `.duplicate` where one brick is
  ///   applied twice at one time step.
  public init(_ model: Model) throws(GraphError) {
    self.model = model
    let training = try model.graph.trainingGraph()
    pairs = try training.updatePairs()
    interpreter = try Interpreter(training, tensors: model.tensors)
    parametersDigest = model.parametersDigest
  }

  /// Observes a batch, the examples on axis 0 of every input.
  ///
  /// - Parameters:
  ///   - inputs: The model's inputs by name.
  ///   - batch: Names the batch, in words that mean the same data wherever they stand; by default its number.
  /// - Throws: `GraphError` where the inputs do not fit, or leave fewer than 2 observations per element; nothing is recorded then.
  public mutating func observe(_ inputs: [String: Tensor], batch: String? = nil) throws {
    let graph = interpreter.graph
    var wanted: [Int] = []
    for pair in pairs {
      wanted.append(pair.minibatch)
      if let normalization = graph.calls[pair.call].normalization { wanted.append(normalization.input) }
      if let step = pair.step { wanted.append(step) }
    }
    var values: [Int: Tensor] = [:]
    for (variable, value) in zip(wanted, try interpreter.evaluate(wanted, inputs: inputs)) { values[variable] = value }
    var builders: [String: RecordBuilder] = [:]
    var order: [String] = []
    for pair in pairs {
      guard let normalization = graph.calls[pair.call].normalization, let minibatch = values[pair.minibatch],
        let input = values[normalization.input]
      else { continue }
      // All steps of one brick are one record, whichever call they come from.
      let key = pair.step == nil ? "\(pair.brick)\n\(pair.application)" : pair.brick
      let application = pair.step == nil ? pair.application : graph.calls[pair.call].application
      if builders[key] == nil {
        order.append(key)
        builders[key] = RecordBuilder(
          brick: pair.brick, application: application, epsilon: normalization.epsilon,
          exampleShape: Shape(Array(minibatch.shape.dimensions.dropFirst())),
          stepCount: pair.step == nil ? nil : try model.tensor(normalization.populationMean).shape[0])
      }
      let step = try pair.step.flatMap { values[$0] }.map(RecordBuilder.step)
      let count = normalization.axes.reduce(1) { $0 * input.shape[$1] }
      if builders[key]?.set(pair.statistic, minibatch.doubles, count: Int64(count), at: step) == false {
        ignoredStepCount += pair.statistic == .mean ? 1 : 0
      }
    }
    let name = batch ?? "batch \(batchCount)"
    records += try order.compactMap { key in
      try builders[key]?.record(
        batch: name, sequence: batchCount, parametersDigest: parametersDigest, scalarType: minibatchType)
    }
    batchCount += 1
  }

  /// Observes a batch of the model's only input.
  ///
  /// - Throws: as `observe(_:batch:)` for inputs by name.
  public mutating func observe(_ input: Tensor, batch: String? = nil) throws {
    guard model.graph.inputs.count == 1 else {
      throw GraphError(.missingValue, "the model has \(model.graph.inputs.count) inputs; feed them by name")
    }
    try observe([model.graph.inputs[0].name: input], batch: batch)
  }

  /// The records as a set, for a file or an estimation.
  ///
  /// - Throws: `StatisticsError` with code `.conflict` where two batches of one name differ.
  public func updates() throws(StatisticsError) -> UpdateSet { try UpdateSet(records) }

  private var minibatchType: ScalarType {
    pairs.first.map { interpreter.graph.variables[$0.minibatch].type.scalar } ?? .float32
  }
}

/// One record in the making, its time steps filled as calls are met.
private struct RecordBuilder {
  let brick: String
  let application: String
  let epsilon: Double
  let exampleShape: Shape
  let stepCount: Int?
  var mean: [Double]?
  var standardDeviation: [Double]?
  var counts: [Int64]

  init(brick: String, application: String, epsilon: Double, exampleShape: Shape, stepCount: Int?) {
    self.brick = brick
    self.application = application
    self.epsilon = epsilon
    self.exampleShape = exampleShape
    self.stepCount = stepCount
    counts = [Int64](repeating: 0, count: stepCount ?? 1)
  }

  static func step(_ tensor: Tensor) throws -> Int {
    try PastEndPolicy.clampToLast.row(for: tensor, of: .max)
  }

  /// Enters one step's statistic; false where the step has no statistics of its own.
  mutating func set(_ statistic: UpdatePair.Statistic, _ values: [Double], count: Int64, at step: Int?) -> Bool {
    let row = step ?? 0
    guard counts.indices.contains(row) else { return false }
    counts[row] = count
    let size = exampleShape.elementCount
    let empty = [Double](repeating: 0, count: counts.count * size)
    switch statistic {
    case .mean: mean = RecordBuilder.replacing(row, of: mean ?? empty, by: values)
    case .standardDeviation:
      standardDeviation = RecordBuilder.replacing(row, of: standardDeviation ?? empty, by: values)
    }
    return true
  }

  private static func replacing(_ row: Int, of values: [Double], by new: [Double]) -> [Double] {
    var values = values
    values.replaceSubrange(row * new.count..<(row + 1) * new.count, with: new)
    return values
  }

  func record(batch: String, sequence: Int, parametersDigest: Digest, scalarType: ScalarType) throws -> UpdateRecord? {
    guard mean != nil || standardDeviation != nil else { return nil }
    return try UpdateRecord(
      identity: UpdateRecord.Identity(
        brick: brick, application: application, batch: batch, parametersDigest: parametersDigest.description),
      sequence: sequence, epsilon: epsilon, scalarType: scalarType, exampleShape: exampleShape,
      hasTimeSteps: stepCount != nil, mean: mean, standardDeviation: standardDeviation, counts: counts)
  }
}
