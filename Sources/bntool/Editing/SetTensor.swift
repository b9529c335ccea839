import ArgumentParser
import Checkpoints
import ComputationGraphs
import Interchange
import Messages
import PopulationStatistics
import Tensors

struct SetTensor: FileCommand {
  static let configuration = CommandConfiguration(
    commandName: "set", _superCommandName: "bntool",
    abstract: "Set the values of a tensor.",
    usage: """
      bntool set <model> <tensor> (--value <number> | --from <data>)
                 [--observations <count>] (--output <file> | --dry-run)
                 [--json] [--quiet | --verbose]
      """,
    discussion: """
      The values are a single number for all elements, or an array of the same shape in a file. If a parameter changes, \
      statistics that were estimated with it become stale. For a population statistic, --observations gives the number \
      of observations that it was estimated from (0 for never estimated). A standard deviation includes ε: \
      sqrt(variance + ε).

      Examples:
        bntool set model.h5 /mlp/linear_0.b --value 0 --output zeroed.h5
        bntool set model.h5 /mlp/linear_0.W --from W.npy --output changed.h5
        bntool set a.h5 /net/bn.population_mean --from m.npy --observations 500 --output b.h5
      """)

  @Argument(help: ArgumentHelp("The checkpoint.", valueName: "model"), completion: .checkpoint)
  var model: String

  @Argument(help: "The tensor, such as /mlp/linear_0.W.")
  var tensor: String

  @Option(parsing: .unconditional, help: ArgumentHelp("The value of all elements.", valueName: "number"))
  var value: Double?

  @Option(
    help: ArgumentHelp("The array of values: FILE.h5:DATASET, FILE.npy or FILE.npz:MEMBER.", valueName: "data"),
    completion: .data
  )
  var from: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("The number of observations that a population statistic was estimated from.", valueName: "count")
  )
  var observations: Int64?

  @OptionGroup var edit: EditOptions

  var inputFiles: [String] { [model] + [from].compactMap { $0 } }
  var outputFile: String? { edit.output }

  func validate() throws {
    guard (value == nil) != (from == nil) else {
      throw ValidationError("give either --value NUMBER or --from DATA")
    }
  }

  func run() throws {
    guard observations ?? 0 >= 0 else {
      throw UsageError(description: "--observations \(observations ?? 0): give at least 0")
    }
    let source = try SourceModel(model)
    let path = try source.path(ofTensor: tensor)
    let isStatistic = path.collection == .statistics
    guard isStatistic == (observations != nil) else {
      throw UsageError(
        description: isStatistic
          ? "\(tensor) is a population statistic; give the number of its observations with --observations"
          : "\(tensor) is not a population statistic; remove --observations")
    }
    let current = try source.model.tensor(path)
    let new = try values(like: current)
    if let index = new.doubles.firstIndex(where: { !$0.isFinite }) {
      throw DataError(
        description: "\(model): element \(index) of \(tensor) would be \(new.doubles[index]); nothing was written")
    }
    let deviations = source.model.normalizationStatistics.compactMap(\.standardDeviation)
    if deviations.contains(path), let index = new.doubles.firstIndex(where: { $0 <= 0 }) {
      throw DataError(
        description:
          "\(model): element \(index) of \(tensor) would be \(Formatting.exact(new.doubles[index])), but a standard deviation "
          + "is above 0; nothing was written")
    }
    var result = source.model
    if let observations, let old = result.origins[path] {
      // All time steps get the same count, because no option gives separate counts.
      let origin = StatisticOrigin(
        epsilon: old.epsilon, observationCounts: old.observationCounts.map { _ in observations },
        estimator: observations == 0 ? .notEstimated : .given, records: 0,
        parametersDigest: observations == 0 ? nil : result.parametersDigest)
      try result.setStatistic(path, to: new, origin: origin)
    } else {
      try result.set(path, to: new)
    }
    let differing = zip(current.doubles, new.doubles).count { $0 != $1 }
    let change = "\(counted(differing, of: current.shape.elementCount, "element")) changed"
    try edit.finish(
      source, result, updates: source.updates, operation: "set", ["path": .text(tensor)],
      changes: [EditReport.Change(path: tensor, change: change)])
  }

  private func values(like current: Tensor) throws -> Tensor {
    if let value {
      do {
        return try Tensor(repeating: value, shape: current.shape, type: current.type)
      } catch {
        throw UsageError(description: "--value \(Formatting.exact(value)): \(error)")
      }
    }
    let set = try Examples(contentsOf: from ?? "")
    guard set.shape == current.shape else {
      throw DataError(
        description: "\(set.location): has the shape \(set.shape), but \(tensor) has the shape \(current.shape)")
    }
    return try set.rows(0..<set.count, as: current.type)
  }
}
