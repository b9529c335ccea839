import ComputationGraphs
import JSON
import Messages
import PopulationStatistics
import Tensors

/// Averages the parameters of several checkpoints of one model into a new checkpoint, block by block.
///
/// Floating-point parameters are averaged. They are summed in double precision, or with twice as many digits if they are float64. The
/// result is rounded once to their own type. Everything else comes from the last checkpoint: the bricks, the graph, integer
/// parameters, parameters that are not selected, and other persistent tensors. Update pairs are left out, because they do not
/// belong to the average.
///
/// Existing statistics are wrong for averaged parameters. The output gets the statistics of one checkpoint, unchanged and with
/// their origin. If the parameters of this checkpoint differ from the averages, every reader reports the statistics as stale.
public struct ParameterAveraging: Sendable {
  /// The weight of each checkpoint.
  public enum Weighting: Hashable, Sendable {
    /// All checkpoints have the same weight.
    case uniform
    /// One weight for each checkpoint, each at least 0.
    case weights([Double])
    /// The moving average r ← d r + (1 − d) s, which starts with the first checkpoint and takes each next checkpoint as s. The
    /// decay d, 0 ≤ d < 1, is the weight of the old average, as in `torch.optim.swa_utils` and timm.
    case movingAverage(emaDecay: Double)

    /// The name of the weighting in files and on command lines.
    public var name: String {
      switch self {
      case .uniform: "uniform"
      case .weights: "weighted"
      case .movingAverage: "moving-average"
      }
    }

    /// The coefficients of the checkpoints. Their sum is 1.
    ///
    /// - Throws: `StatisticsError` with code `.invalidOption` if the weights or the decay are invalid.
    public func coefficients(count: Int) throws(StatisticsError) -> [Double] {
      let raw = try rawCoefficients(count: count)
      let total = raw.reduce(0, +)
      return raw.map { $0 / total }
    }

    /// Numbers of at most 1 with the same ratios as the coefficients. They make averages of equal numbers exact if possible.
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
        // Division by a power of two is exact, and keeps the sums in range.
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

  /// The weight of each checkpoint.
  public var weighting: Weighting
  /// The parameters to average; nil for all. All other parameters come from the last checkpoint.
  public var selection: Selector?
  /// The index of the checkpoint whose population statistics the output gets; nil for the last checkpoint.
  public var statisticsSource: Int?
  /// The number of threads, at least 1. It changes only the time, not the result.
  public var threads: Int

  /// Sets the options. Nothing is averaged before a method is called.
  public init(
    _ weighting: Weighting = .uniform, selection: Selector? = nil, statisticsSource: Int? = nil, threads: Int = 1
  ) {
    self.weighting = weighting
    self.selection = selection
    self.statisticsSource = statisticsSource
    self.threads = threads
  }

  /// The summary of an averaging.
  public struct Summary: Hashable, Sendable {
    /// The coefficients of the checkpoints. Their sum is 1.
    public internal(set) var coefficients: [Double] = []
    /// The parameters that were averaged.
    public internal(set) var averaged: [Contents.Entry] = []
    /// The floating-point parameters that were not selected. They come from the last checkpoint.
    public internal(set) var unselected: [Contents.Entry] = []
    /// The integer parameters that are the same in all checkpoints.
    public internal(set) var equalIntegers: [Contents.Entry] = []
    /// The integer parameters that differ. They come from the last checkpoint.
    public internal(set) var differentIntegers: [Contents.Entry] = []
    /// The file from which the population statistics were copied or estimated.
    public var statisticsFile = ""
    /// The state of each population statistic in the output.
    public var statisticStates: [StatisticState] = []
    /// The files whose update pairs were left out.
    public internal(set) var droppedUpdates: [String] = []
    /// The digest of the averaged parameters.
    public internal(set) var parametersDigest: Digest?
  }

  /// Averages checkpoints and writes the result, completely or not at all.
  ///
  /// - Parameters:
  ///   - paths: The checkpoints, at least one.
  ///   - output: The file to write. It may be one of the checkpoints.
  ///   - provenance: Additional members for the last step of the output's provenance.
  ///   - progress: Called after each block, with the number of bytes that were written since the previous call. The check of the
  ///     written file calls it with 0. If it throws, the work ends.
  /// - Throws: `StatisticsError` with code `.invalidOption` for invalid weights, decay or `statisticsSource`. `CheckpointError` if a
  ///   file cannot be read or its digests do not match. `CheckpointError` with code `.unsuitable` if no parameter is selected, a
  ///   number to average is not finite, or the models differ. The message lists all differences. Also the errors of
  ///   `CheckpointDraft.save` and of `progress`.
  /// - Complexity: O(elements of all checkpoints); memory for a few blocks of one tensor of each checkpoint.
  public func average(
    _ paths: [String], to output: String, provenance: ProvenanceStep = [:],
    progress: @escaping (Int) throws -> Void = { _ in }
  ) throws -> Summary {
    try average(paths.map { CheckpointFile($0) }, to: output, provenance: provenance, progress: progress)
  }

  /// Averages checkpoints whose names in messages may differ from their paths, and writes the result, completely or not at all.
  ///
  /// - Throws: The errors of the function that takes paths.
  public func average(
    _ places: [CheckpointFile], to output: String, provenance: ProvenanceStep = [:],
    progress: @escaping (Int) throws -> Void = { _ in }
  ) throws -> Summary {
    let prepared = try prepare(places, provenance: provenance)
    let written = try prepared.draft.save(to: output, progress: progress, elements: prepared.elements)
    var summary = prepared.summary
    let digest = written.parametersDigest
    summary.parametersDigest = digest
    let origins = prepared.draft.tensors.compactMap { $0.statistic?.origin }
    summary.statisticStates = digest.map { digest in origins.map { $0.state(besideParameters: digest) } } ?? []
    return summary
  }

  /// The index of the checkpoint that provides the population statistics.
  func statisticsIndex(among places: [CheckpointFile]) throws(StatisticsError) -> Int {
    let source = statisticsSource ?? places.count - 1
    guard places.indices.contains(source) else {
      throw StatisticsError(
        .invalidOption,
        "statistics cannot be taken from checkpoint \(source + 1), because there are only \(places.count) checkpoints")
    }
    return source
  }

  /// Decides for each parameter whether it is averaged, and lists the parameters in a new summary.
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
