/// The purpose of a variable. Roles form a tree: a weight is a parameter, and a parameter is persistent.
///
/// The tree is open. `Role("ATTENTION_WEIGHT", refining: .weight)` can do the same as a built-in role, and is saved with the
/// graph that uses it.
public struct Role: Hashable, Sendable {
  /// The names from the root of the tree to this role.
  public let lineage: [Name]

  private init(root name: Name) { lineage = [name] }

  /// Creates a role one level below a parent.
  public init(_ name: Name, refining parent: Role) { lineage = parent.lineage + [name] }

  /// The name in files, in upper case with underscores.
  public var name: Name { lineage[lineage.count - 1] }

  /// The parent role; nil for the root.
  public var parent: Role? {
    lineage.count > 1 ? Role(lineage: Array(lineage.dropLast())) : nil
  }

  private init(lineage: [Name]) { self.lineage = lineage }

  /// Whether this role is the given role or below it.
  public func refines(_ other: Role) -> Bool { lineage.starts(with: other.lineage) }
}

extension Role: CustomStringConvertible {
  /// The name of the role.
  public var description: String { name.text }
}

extension Role {
  /// The root of the tree.
  public static let variable = Role(root: "VARIABLE")
  /// An input of a graph or of a brick's application.
  public static let input = Role("INPUT", refining: .variable)
  /// An output of a brick's application.
  public static let output = Role("OUTPUT", refining: .variable)
  /// A scalar that training minimizes.
  public static let cost = Role("COST", refining: .variable)
  /// A variable to monitor that the outputs do not need.
  public static let auxiliary = Role("AUXILIARY", refining: .variable)
  /// A variable with dropout applied.
  public static let dropout = Role("DROPOUT", refining: .variable)
  /// A parameter that is a part of a larger parameter.
  public static let collected = Role("COLLECTED", refining: .variable)

  /// A value that must be saved with the model.
  public static let persistent = Role("PERSISTENT", refining: .variable)
  /// A value that an optimizer learns.
  public static let parameter = Role("PARAMETER", refining: .persistent)
  /// The matrix of a linear map.
  public static let weight = Role("WEIGHT", refining: .parameter)
  /// The filters of a convolution.
  public static let filter = Role("FILTER", refining: .weight)
  /// An added vector.
  public static let bias = Role("BIAS", refining: .parameter)
  /// Batch normalization's β.
  public static let batchNormalizationShift = Role("BATCH_NORM_SHIFT_PARAMETER", refining: .bias)
  /// The initial state of a recurrence.
  public static let initialState = Role("INITIAL_STATE", refining: .parameter)
  /// A parameter that consists of other parameters.
  public static let collector = Role("COLLECTOR", refining: .parameter)
  /// Batch normalization's γ. It does not refine the role of a weight, so that weight decay leaves it out.
  public static let batchNormalizationScale = Role("BATCH_NORM_SCALE_PARAMETER", refining: .parameter)
  /// Population statistics that inference normalizes with. They are saved, but never optimized.
  public static let populationStatistics = Role("BATCH_NORM_POPULATION_STATISTICS", refining: .persistent)
  /// The population mean.
  public static let populationMean = Role("BATCH_NORM_POPULATION_MEAN", refining: .populationStatistics)
  /// The population standard deviation, which includes epsilon.
  public static let populationStandardDeviation = Role("BATCH_NORM_POPULATION_STDEV", refining: .populationStatistics)

  /// State of a training algorithm.
  public static let algorithmState = Role("ALGORITHM_STATE", refining: .variable)
  /// A setting of a training algorithm.
  public static let algorithmHyperparameter = Role("ALGORITHM_HYPERPARAMETER", refining: .algorithmState)
  /// A running quantity of a training algorithm.
  public static let algorithmBuffer = Role("ALGORITHM_BUFFER", refining: .algorithmState)

  /// A variable that a batch normalization computes.
  public static let batchNormalizationVariable = Role("BATCH_NORM_GRAPH_VARIABLE", refining: .variable)
  /// The mean that a batch normalization subtracts.
  public static let batchNormalizationOffset = Role("BATCH_NORM_OFFSET", refining: .batchNormalizationVariable)
  /// The standard deviation that a batch normalization divides by.
  public static let batchNormalizationDivisor = Role("BATCH_NORM_DIVISOR", refining: .batchNormalizationVariable)
  /// A statistic of the minibatch.
  public static let batchNormalizationMinibatchEstimate = Role(
    "BATCH_NORM_MINIBATCH_ESTIMATE", refining: .batchNormalizationVariable)

  /// The roles that need no definition in a file.
  public static let builtIn: [Role] = [
    .variable, .input, .output, .cost, .auxiliary, .dropout, .collected, .persistent, .parameter, .weight, .filter,
    .bias, .batchNormalizationShift, .initialState, .collector, .batchNormalizationScale, .populationStatistics,
    .populationMean, .populationStandardDeviation, .algorithmState, .algorithmHyperparameter, .algorithmBuffer,
    .batchNormalizationVariable, .batchNormalizationOffset, .batchNormalizationDivisor,
    .batchNormalizationMinibatchEstimate,
  ]
}
