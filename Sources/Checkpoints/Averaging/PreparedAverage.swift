import ComputationGraphs
import Tensors

/// An average of checkpoints whose inputs are open and checked, but whose tensors are not yet computed. A process can compute all
/// tensors or only some.
public struct PreparedAverage: Sendable {
  /// The output without the elements of its tensors.
  public let draft: CheckpointDraft
  /// The summary, as far as it is known before the tensors are computed.
  public let summary: ParameterAveraging.Summary
  private let base: AveragingInputs.File
  private let statistics: AveragingInputs.File
  private let averager: BlockAverager
  private let averaged: Set<Name>

  fileprivate init(
    _ draft: CheckpointDraft, _ summary: ParameterAveraging.Summary, base: AveragingInputs.File,
    statistics: AveragingInputs.File, _ averager: BlockAverager
  ) {
    self.draft = draft
    self.summary = summary
    self.base = base
    self.statistics = statistics
    self.averager = averager
    averaged = Set(summary.averaged.map(\.path))
  }

  /// Passes the elements of a tensor of the draft to a sink, in blocks.
  ///
  /// - Throws: `CheckpointError` if a file cannot be read, its digest does not match, or a number to average is not finite; the
  ///   errors of the sink.
  public func elements(of entry: Contents.Entry, to sink: TensorSink) throws {
    let source = entry.tensorPath?.collection == .statistics ? statistics : base
    if averaged.contains(entry.path) {
      try averager.average(entry, to: sink)
    } else if let original = source.checkpoint.entry(entry.path) {
      try source.checkpoint.copyComparedElements(of: original, to: sink)
    }
  }
}

extension ParameterAveraging {
  /// Opens and compares checkpoints, whose names in messages may differ from their paths. No tensor is read yet.
  ///
  /// - Parameter provenance: Additional members for the last step of the provenance.
  /// - Throws: The errors of `average(_:to:provenance:progress:)` about options and models.
  public func prepare(_ places: [CheckpointFile], provenance: ProvenanceStep = [:]) throws -> PreparedAverage {
    let source = try statisticsIndex(among: places)
    let inputs = try AveragingInputs(places)
    let (base, statistics) = (inputs.base, inputs.files[source])
    var summary = try plan(for: inputs)
    summary.coefficients = try weighting.coefficients(count: places.count)
    summary.statisticsFile = statistics.checkpoint.name
    let tensors = base.checkpoint.contents.tensors.filter { !$0.isUpdate }.map { entry in
      entry.tensorPath?.collection == .statistics ? statistics.checkpoint.entry(entry.path) ?? entry : entry
    }
    let draft = try CheckpointDraft(
      model: base.checkpoint, tensors: tensors,
      provenance: base.checkpoint.provenance() + [
        step(inputs, statistics.checkpoint).merging(provenance) { _, new in new }
      ])
    let averager = BlockAverager(
      inputs, coefficients: try weighting.rawCoefficients(count: places.count), threads: threads)
    return PreparedAverage(draft, summary, base: base, statistics: statistics, averager)
  }
}
