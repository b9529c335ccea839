import ArgumentParser
import Checkpoints
import PopulationStatistics

/// The options that choose how statistics are estimated.
struct EstimatorOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("The method: \(Estimator.names.joined(separator: ", ")).", valueName: "method"),
    completion: .list(Estimator.names))
  var method = "pooled"

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("The weight A of the new value in a moving method, above 0 and at most 1.", valueName: "number"))
  var smoothingFactor: Double?

  @Flag(help: "With moving-variance, average unbiased variances, as PyTorch does.")
  var besselCorrection = false

  func estimator() throws -> Estimator {
    try Estimator(name: method, smoothingFactor: smoothingFactor, besselCorrection: besselCorrection)
  }

  /// The options as members of a provenance step.
  func provenance() throws -> ProvenanceStep {
    var step: ProvenanceStep = try ["method": .text(estimator().name)]
    if let smoothingFactor { step["smoothing_factor"] = .real(smoothingFactor) }
    if besselCorrection { step["bessel_correction"] = .boolean(true) }
    return step
  }
}
