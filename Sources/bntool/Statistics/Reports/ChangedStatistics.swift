import Messages
import PopulationStatistics

/// The change of one normalization's statistics, for the reports of `average-stats` and `recalibrate`.
struct ChangedStatistics: Encodable {
  let brick: String
  let observationsBefore: Int64
  let observations: Int64
  let records: Int
  let meanShift: Double
  let deviationRatio: Double?
  let meanError: Double?
  let deviationError: Double?
  let filledSteps: [Int]
  let ignoredSteps: Int

  init(_ change: StatisticChange, error: StandardError? = nil) {
    // JSON has no infinity, so the greatest double stands for it.
    func finite(_ number: Double) -> Double { min(number, .greatestFiniteMagnitude) }
    brick = change.brick.text
    observationsBefore = change.countBefore
    observations = change.countAfter
    records = change.recordCount
    meanShift = finite(change.meanShift)
    deviationRatio = change.deviationRatio.map(finite)
    meanError = (error?.mean).map(finite)
    deviationError = (error?.standardDeviation).map(finite)
    filledSteps = change.filledSteps
    ignoredSteps = change.ignoredSteps
  }

  /// The cells of a row: the path, and the changes of the mean and the standard deviation.
  var cells: [String] {
    [
      "  \(brick)", "mean |Δ| \(Formatting.short(meanShift))\(unit)",
      deviationRatio.map { "σ × \(Formatting.short($0))" } ?? "",
    ]
  }

  /// The standard errors in words; empty if there are no standard errors.
  var errors: String {
    let errors = [
      meanError.map { "mean \(Formatting.short($0))\(unit)" }, deviationError.map { "σ \(Formatting.percent($0))" },
    ].compactMap { $0 }
    return errors.isEmpty ? "" : "standard errors: \(errors.joined(separator: ", "))"
  }

  /// The unit of the mean: σ, or nothing if the normalization has no σ.
  private var unit: String { deviationRatio == nil ? "" : " σ" }

  /// Warnings about time steps that the data did not reach, and about time steps that the model does not have.
  var warnings: [String] {
    var warnings: [String] = []
    if !filledSteps.isEmpty {
      let steps = listed(filledSteps.map(String.init), limit: 12)
      let (what, them) =
        filledSteps.count == 1
        ? ("time step \(steps) was never observed; it has", "it")
        : ("time steps \(steps) were never observed; they have", "them")
      warnings.append(
        "\(brick): \(what) the values of the last observed step before \(them), or of the first observed step")
    }
    if ignoredSteps > 0 {
      let ignored = counted(ignoredSteps, "time step")
      warnings.append("\(brick): ignored \(ignored) of the pairs, after the last step of the model")
    }
    return warnings
  }
}
