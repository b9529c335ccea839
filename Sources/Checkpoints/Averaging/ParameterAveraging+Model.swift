import ComputationGraphs
import PopulationStatistics
import Tensors

extension ParameterAveraging {
  /// Averages checkpoints and returns the average without writing a file, so that it can be changed before it is saved.
  ///
  /// The rules are the same as for `average(_:to:provenance:progress:)`.
  ///
  /// - Throws: The errors of `average(_:to:provenance:progress:)`.
  /// - Complexity: O(elements of all checkpoints); memory for one model, and for a few blocks of one tensor of each checkpoint.
  public func payload(averaging paths: [String]) throws -> (payload: CheckpointPayload, summary: Summary) {
    try payload(averaging: paths.map { CheckpointFile($0) })
  }

  /// Averages checkpoints and returns the average. The names of the checkpoints in messages may differ from their paths.
  ///
  /// - Throws: The errors of `average(_:to:provenance:progress:)`.
  public func payload(averaging places: [CheckpointFile]) throws -> (payload: CheckpointPayload, summary: Summary) {
    let source = try statisticsIndex(among: places)
    let inputs = try AveragingInputs(places)
    let statistics = inputs.files[source]
    var summary = try plan(for: inputs)
    summary.coefficients = try weighting.coefficients(count: places.count)
    let averager = try BlockAverager(
      inputs, coefficients: weighting.rawCoefficients(count: places.count), threads: threads)
    var model = try inputs.base.checkpoint.model()
    if source != places.count - 1 {
      model = try model.copyingStatistics(from: statistics.checkpoint.model()).model
    }
    for entry in summary.averaged {
      guard let path = entry.tensorPath else { continue }
      var bytes: [UInt8] = []
      bytes.reserveCapacity(entry.byteCount)
      try averager.average(entry) { bytes += $0 }
      try model.set(path, to: Tensor(littleEndianBytes: bytes, as: entry.type, shape: Shape(checking: entry.shape)))
    }
    summary.statisticsFile = statistics.checkpoint.name
    summary.parametersDigest = model.parametersDigest
    summary.statisticStates = model.origins.keys.sorted().compactMap { model.statisticStates[$0] }
    var payload = try inputs.base.checkpoint.payload(with: model)
    payload.provenance.append(step(inputs, statistics.checkpoint))
    return (payload, summary)
  }
}
