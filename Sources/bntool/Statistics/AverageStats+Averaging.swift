import Checkpoints
import ComputationGraphs
import Interchange
import Messages
import Names
import PopulationStatistics

extension AverageStats {
  /// The model that gets the averaged statistics.
  struct Base {
    let file: String
    let source: UpdateSource
    let outline: ModelOutline
  }

  /// Averages the update pairs of the model's normalizations, or of some of them.
  func average(
    _ updates: UpdateUnion, _ averaging: StatisticAveraging, _ base: Base,
    bricks isIncluded: (Name) -> Bool = { _ in true }
  ) throws -> (model: ModelOutline, changes: [StatisticChange], regime: StatisticAveraging.Regime) {
    do {
      return try Console.timed("averaged \(counted(updates.bricks.count, "normalization"))") {
        try averaging.apply(updates, to: base.outline, bricks: isIncluded)
      }
    } catch let error as StatisticsError where error.code == .differentParameters {
      throw NegativeAnswer(
        description:
          "\(error.message). Pass --allow-prior to write the average and mark it stale, or estimate the statistics from data: "
          + "bntool recalibrate MODEL DATA --output FILE")
    } catch let error as StatisticsError where error.code != .invalidOption {
      // The error of the library names bricks and batches. Add the names of the files here.
      let files = inputs.count > 4 ? counted(inputs.count, "input") : inputs.joined(separator: ", ")
      throw StatisticsError(
        error.code, "\(files), for \(base.file): \(error.message)\(error.advice(for: base.file))")
    }
  }

  /// Writes the part of the output that belongs to this process. Only the statistics of this part are averaged.
  func write(
    _ part: PartOutput, _ updates: UpdateUnion, _ averaging: StatisticAveraging, _ base: Base,
    _ sources: [UpdateSource]
  ) throws -> PartReport {
    let source = base.source
    let regime = StatisticAveraging.regime(of: updates, in: base.outline)
    let steps = try source.checkpoint.provenance() + [provenance(sources, source, regime)]
    let job = try source.checkpoint.draft(with: base.outline, provenance: steps, for: part.path).texts()
    if let earlier = part.earlier(job) { return earlier }
    let range = part.shard.items(weighing: weights(of: source.checkpoint.contents.tensors, updates))
    let own = Set(source.checkpoint.contents.tensors[range].compactMap(\.tensorPath))
    let bricks = base.outline.normalizationStatistics.filter { brick in
      own.contains(brick.mean) || brick.standardDeviation.map(own.contains) ?? false
    }.map(\.path)
    let model = try average(updates, averaging, base, bricks: Set(bricks).contains).model
    let draft = try source.checkpoint.draft(with: model, provenance: steps, for: part.path)
    return try part.write(draft, range, "writing") { entry, sink in
      try source.checkpoint.copyElements(of: entry, with: model, to: sink)
    }
  }

  /// The work for each tensor: its bytes, and the bytes of the update pairs that its value depends on.
  private func weights(of tensors: [Contents.Entry], _ updates: UpdateUnion) -> [Int] {
    var pairs: [Name: Int] = [:]
    for form in updates.forms { pairs[form.brick, default: 0] += 8 * form.minibatches.count * form.rowLength }
    return tensors.map { tensor in
      tensor.byteCount + (tensor.tensorPath?.collection == .statistics ? pairs[tensor.brick] ?? 0 : 0)
    }
  }
}
