import ArgumentParser
import Bricks
import Checkpoints
import Interchange
import PopulationStatistics

struct SetTensor: FileCommand {
  static let configuration = CommandConfiguration(
    commandName: "set", _superCommandName: "bntool",
    abstract: "Give a tensor other values.",
    usage: """
      bntool set <model> <tensor> (--value <number> | --from <data>)
                 [--observations <count>] (--output <file> | --dry-run)
                 [--json] [--quiet | --verbose]
      """,
    discussion: """
      The values are one number everywhere, or an array of the tensor's shape in a file. Where a parameter \
      changes, statistics that were estimated with it become stale. A population statistic needs --observations, the number \
      that stands behind it (0: never estimated); a standard deviation has ε inside: sqrt(variance + ε).

      Examples:
        bntool set model.h5 /mlp/linear_0.b --value 0 --output zeroed.h5
        bntool set model.h5 /mlp/linear_0.W --from W.npy --output changed.h5
        bntool set model.h5 /mlp/norm.population_mean --from m.npy --observations 5000 --output n.h5
      """)

  @Argument(help: ArgumentHelp("The checkpoint.", valueName: "model"), completion: .checkpoint)
  var model: String

  @Argument(help: "The tensor, such as /mlp/linear_0.W.")
  var tensor: String

  @Option(parsing: .unconditional, help: ArgumentHelp("The number that stands everywhere.", valueName: "number"))
  var value: Double?

  @Option(
    help: ArgumentHelp("The array: FILE.h5:DATASET, FILE.npy or FILE.npz:MEMBER.", valueName: "data"), completion: .data
  )
  var from: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Of a statistic: how many observations stand behind it.", valueName: "count"))
  var observations: Int64?

  @OptionGroup var edit: EditOptions

  var inputFiles: [String] { [model] + [from].compactMap { $0 } }
  var outputFile: String? { edit.output }

  func validate() throws {
    guard (value == nil) != (from == nil) else {
      throw ValidationError("say what to set: --value NUMBER or --from DATA")
    }
  }

  func run() throws {
    guard observations ?? 0 >= 0 else {
      throw UsageError(description: "--observations \(observations ?? 0): at least 0")
    }
    let source = try SourceModel(model)
    let path: TensorPath
    do {
      path = try source.model.path(Name(tensor))
    } catch {
      throw NegativeAnswer(description: "\(model): \(error)")
    }
    let isStatistic = path.collection == .statistics
    guard isStatistic == (observations != nil) else {
      throw UsageError(
        description: isStatistic
          ? "\(tensor) is a population statistic; say with --observations how many stand behind it"
          : "--observations: \(tensor) is no population statistic")
    }
    let current = try source.model.tensor(path)
    let new = try values(like: current)
    if let index = new.doubles.firstIndex(where: { !$0.isFinite }) {
      throw DataError(
        description: "\(model): element \(index) of \(tensor) would be \(new.doubles[index]); nothing was written")
    }
    var result = source.model
    if let observations, let old = result.origins[path] {
      // Beside the other statistic of its normalization it can only be one count for all time steps.
      let origin = StatisticOrigin(
        epsilon: old.epsilon, observationCounts: old.observationCounts.map { _ in observations },
        estimator: observations == 0 ? .notEstimated : .given, records: 0,
        parametersDigest: observations == 0 ? nil : result.parametersDigest)
      try result.setStatistic(path, to: new, origin: origin)
    } else {
      try result.set(path, to: new)
    }
    let differing = zip(current.doubles, new.doubles).count { $0 != $1 }
    let change =
      "\(Formatting.grouped(differing)) of \(Formatting.counted(current.shape.elementCount, "element")) differ"
    try edit.finish(
      source, result, updates: source.updates, operation: "set", ["path": .text(tensor)],
      changes: [EditReport.Change(path: tensor, change: change)])
  }

  private func values(like current: Tensor) throws -> Tensor {
    if let value {
      do {
        return try Tensor(repeating: value, shape: current.shape, type: current.type)
      } catch {
        throw UsageError(description: "--value \(value): \(error)")
      }
    }
    let set = try Examples(contentsOf: from ?? "")
    guard set.shape == current.shape else {
      throw DataError(description: "\(set.location): has the shape \(set.shape), \(tensor) has \(current.shape)")
    }
    return try set.rows(0..<set.count, as: current.type)
  }
}
