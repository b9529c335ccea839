import ComputationGraphs
import JSON
import Messages
import PopulationStatistics
import Tensors

/// Averages the parameters of several checkpoints of one model into a new checkpoint, block by block.
///
/// Parameters of floating-point types are averaged: summed in double precision (of float64 with twice that) and rounded once, to
/// their own type. Everything else is that of the last checkpoint: bricks, graph, integers, which are never divided, parameters
/// that are not selected, and other persistent tensors. Update pairs are left out, since they belong to no average.
///
/// No statistics are right beside averaged parameters. Those written are the ones of a checkpoint that is named, unchanged, with
/// their origin: where its parameters are not the averaged ones, every reader finds them stale.
public struct ParameterAveraging: Sendable {
  /// What each checkpoint counts for.
  public enum Weighting: Hashable, Sendable {
    /// All the same.
    case uniform
    /// By a number of at least 0 for each.
    case weights([Double])
    /// r ← d r + (1 − d) s in the order of the checkpoints, from the first. The decay d weighs the old value, 0 ≤ d < 1, as in
    /// `torch.optim.swa_utils` and timm.
    case movingAverage(emaDecay: Double)

    /// The name in files and on command lines.
    public var name: String {
      switch self {
      case .uniform: "uniform"
      case .weights: "weighted"
      case .movingAverage: "moving-average"
      }
    }

    /// What each of some checkpoints counts for, in sum 1.
    ///
    /// - Throws: `StatisticsError` with code `.invalidOption` if the numbers are not as they must be.
    public func coefficients(count: Int) throws(StatisticsError) -> [Double] {
      let raw = try rawCoefficients(count: count)
      let total = raw.reduce(0, +)
      return raw.map { $0 / total }
    }

    /// Numbers with these ratios, none above 1, that make sums of equal numbers exact where they can.
    func rawCoefficients(count: Int) throws(StatisticsError) -> [Double] {
      switch self {
      case .uniform: return [Double](repeating: 1, count: count)
      case .weights(let weights):
        guard weights.count == count else {
          throw StatisticsError(
            .invalidOption,
            "\(counted(weights.count, "weight")) for \(counted(count, "checkpoint")); give one weight for each checkpoint"
          )
        }
        guard weights.allSatisfy({ $0 >= 0 && $0.isFinite }), let largest = weights.max(), largest > 0 else {
          throw StatisticsError(
            .invalidOption, "weights must be finite numbers of at least 0, and at least one must be above 0")
        }
        // A power of two keeps the ratios to the last bit, and sums in range.
        return weights.map { $0 / largest.binade / 2 }
      case .movingAverage(let decay):
        guard decay >= 0, decay < 1 else {
          throw StatisticsError(
            .invalidOption, "the decay of a moving average is \(decay); it must be at least 0 and below 1")
        }
        var factor = 1.0
        var coefficients: [Double] = []
        for _ in 1..<max(count, 1) {
          coefficients.append(factor * (1 - decay))
          factor *= decay
        }
        return [factor] + coefficients.reversed()
      }
    }
  }

  /// What each checkpoint counts for.
  public var weighting: Weighting
  /// Which parameters are averaged; nil for all. The others are those of the last checkpoint.
  public var selection: Selector?
  /// Whose population statistics stand beside the average, by index; nil for the last checkpoint's.
  public var statisticsSource: Int?
  /// The number of threads, at least 1; it changes the time, and no bit of the result.
  public var threads: Int

  /// An averaging with options.
  public init(
    _ weighting: Weighting = .uniform, selection: Selector? = nil, statisticsSource: Int? = nil, threads: Int = 1
  ) {
    self.weighting = weighting
    self.selection = selection
    self.statisticsSource = statisticsSource
    self.threads = threads
  }

  /// What an averaging did.
  public struct Summary: Hashable, Sendable {
    /// What each checkpoint counted for, in sum 1.
    public internal(set) var coefficients: [Double] = []
    /// The parameters that were averaged.
    public internal(set) var averaged: [Contents.Entry] = []
    /// Parameters of floating-point types that were not selected: the last checkpoint's.
    public internal(set) var unselected: [Contents.Entry] = []
    /// Parameters of integers that are the same in all checkpoints.
    public internal(set) var equalIntegers: [Contents.Entry] = []
    /// Parameters of integers that differ: the last checkpoint's.
    public internal(set) var differentIntegers: [Contents.Entry] = []
    /// The file whose population statistics were taken, or that they were estimated from.
    public var statisticsFile = ""
    /// How far each of the population statistics can be trusted beside the average.
    public var statisticStates: [StatisticState] = []
    /// The files whose update pairs were left out.
    public internal(set) var droppedUpdates: [String] = []
    /// The digest of the averaged parameters.
    public internal(set) var parametersDigest: Digest?
  }

  /// Averages checkpoints and writes the result, whole or not at all.
  ///
  /// - Parameters:
  ///   - paths: The checkpoints, at least one.
  ///   - output: The file to write, which may be one of them.
  ///   - provenance: What else the last step of the provenance is to say.
  ///   - progress: Called with the number of bytes written after each block; what it throws ends the work.
  /// - Throws: `StatisticsError` with code `.invalidOption`; `CheckpointError` if a file cannot be read or its digests do
  ///   not match; with code `.unsuitable` if the models are not the same, listing every difference, if a number to be averaged
  ///   is not finite, or if no parameter is selected; and the errors of `CheckpointDraft.save`. Whatever `progress` throws.
  /// - Complexity: O(elements of all checkpoints), in memory for a few blocks of one tensor of each.
  public func average(
    _ paths: [String], to output: String, provenance: ProvenanceStep = [:],
    progress: @escaping (Int) throws -> Void = { _ in }
  ) throws -> Summary {
    let source = try statisticsIndex(among: paths)
    let inputs = try AveragingInputs(paths)
    let base = inputs.base
    let coefficients = try weighting.rawCoefficients(count: paths.count)
    var summary = try plan(for: inputs)
    summary.coefficients = try weighting.coefficients(count: paths.count)
    let statistics = inputs.files[source]
    let tensors = base.checkpoint.contents.tensors.filter { !$0.isUpdate }.map { entry in
      entry.tensorPath?.collection == .statistics ? statistics.checkpoint.entry(entry.path) ?? entry : entry
    }
    let draft = try CheckpointDraft(
      model: base.checkpoint, tensors: tensors,
      provenance: base.checkpoint.provenance() + [
        step(inputs, statistics.checkpoint).merging(provenance) { _, new in new }
      ])
    let averager = BlockAverager(inputs, coefficients: coefficients, threads: threads)
    let averaged = Set(summary.averaged.map(\.path))
    try draft.save(to: output, progress: progress) { entry, sink in
      let source = entry.tensorPath?.collection == .statistics ? statistics : base
      if averaged.contains(entry.path) {
        try averager.average(entry, to: sink)
      } else if let original = source.checkpoint.entry(entry.path) {
        try source.checkpoint.copyElements(of: original, to: sink)
      }
    }
    // What was written is read back for the digest alone.
    let digest = try Checkpoint(opening: output).contents.parametersDigest
    summary.parametersDigest = digest
    let origins = tensors.compactMap { $0.statistic?.origin }
    summary.statisticStates = digest.map { digest in origins.map { $0.state(besideParameters: digest) } } ?? []
    summary.statisticsFile = statistics.checkpoint.name
    return summary
  }

  /// Which of some checkpoints gives the population statistics.
  func statisticsIndex(among paths: [String]) throws(StatisticsError) -> Int {
    let source = statisticsSource ?? paths.count - 1
    guard paths.indices.contains(source) else {
      throw StatisticsError(
        .invalidOption, "there are \(paths.count) checkpoints, and no number \(source + 1) to take statistics from")
    }
    return source
  }

  /// What is to be done with each parameter.
  func plan(for inputs: borrowing AveragingInputs) throws(CheckpointError) -> Summary {
    var summary = Summary()
    for entry in inputs.base.checkpoint.contents.tensors {
      guard let path = entry.tensorPath, path.collection == .parameters else { continue }
      if !entry.type.isFloatingPoint {
        let isEqual = inputs.files.allSatisfy { $0.checkpoint.entry(entry.path)?.digest == entry.digest }
        if isEqual { summary.equalIntegers.append(entry) } else { summary.differentIntegers.append(entry) }
      } else if selection?.matches(path) ?? true {
        summary.averaged.append(entry)
      } else {
        summary.unselected.append(entry)
      }
    }
    if let selection, summary.averaged.isEmpty {
      throw CheckpointError(
        .unsuitable, "the pattern \"\(selection)\" selects no parameter that can be averaged",
        file: inputs.base.checkpoint.name)
    }
    summary.droppedUpdates = inputs.files.filter { $0.checkpoint.contents.updates != nil }.map { $0.checkpoint.name }
    return summary
  }

  func step(_ inputs: borrowing AveragingInputs, _ statistics: borrowing Checkpoint) -> ProvenanceStep {
    var step: ProvenanceStep = [
      "operation": .text("average"), "method": .text(weighting.name),
      "inputs": .list(inputs.files.map { $0.checkpoint.provenanceInput }), "statistics": statistics.provenanceInput,
    ]
    if case .weights(let weights) = weighting { step["weights"] = .list(weights.map(JSONValue.real)) }
    if case .movingAverage(let decay) = weighting { step["ema_decay"] = .real(decay) }
    if let selection { step["select"] = .text(selection.description) }
    return step
  }
}
