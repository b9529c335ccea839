import Bricks
import HDF5
import PopulationStatistics

/// What a checkpoint holds: a model, update pairs, or both, and how it came to be.
public struct CheckpointContent: Sendable {
  /// The model; nil for a file of update pairs.
  public var model: Model?
  /// The recorded update pairs.
  public var updates: UpdateSet
  /// How the content came to be, the latest step last.
  public var provenance: [ProvenanceStep]

  /// Content from its parts.
  public init(model: Model?, updates: UpdateSet = UpdateSet(), provenance: [ProvenanceStep] = []) {
    self.model = model
    self.updates = updates
    self.provenance = provenance
  }

  /// Writes a checkpoint, whole or not at all. The same content gives the same bytes.
  ///
  /// - Throws: `CheckpointError` with code `.cannotCreate`, `.inputOutput`, or `.unsuitable` for a statistic that no inference can use;
  ///   nothing is left behind then, and what was there before stays.
  public func save(to path: String) throws(CheckpointError) {
    try checkStatistics(for: path)
    let writer: CheckpointWriter
    do {
      writer = try CheckpointWriter(self)
    } catch {
      throw CheckpointError(.unsuitable, "cannot be saved: \(error)", file: path)
    }
    try writer.validate(for: path)
    do {
      try AtomicFile.write(to: path) { try writer.write(to: $0) }
    } catch let error as CheckpointError {
      throw error
    } catch let error as HDF5Error {
      throw CheckpointError(writing: error, file: path)
    } catch {
      throw CheckpointError(.inputOutput, "\(error)", file: path)
    }
  }

  /// What a loader would refuse must not be saved.
  private func checkStatistics(for file: String) throws(CheckpointError) {
    guard let model else { return }
    let epsilons = model.graph.epsilons
    for (path, variable) in model.graph.savedTensors where path.collection == .statistics {
      if let epsilon = model.origins[path]?.epsilon, let wanted = epsilons[path], epsilon != wanted {
        throw CheckpointError(
          .unsuitable, "has epsilon \(epsilon), its normalization in the graph \(wanted); the same epsilon throughout",
          file: file, object: path.datasetPath)
      }
      let isDeviation = variable.roles.contains(refining: .populationStandardDeviation)
      guard let (index, value) = model.tensors[path]?.firstMeaninglessValue(isDeviation: isDeviation) else { continue }
      throw CheckpointError(
        .unsuitable,
        "element \(index) is \(value), which no inference can use; estimate the statistics again, or reset them",
        file: file, object: path.datasetPath)
    }
  }
}

extension Model {
  /// Saves the model: atomic, deterministic, and wholly checked on the way back.
  ///
  /// - Throws: `CheckpointError`; see `CheckpointContent.save(to:)`.
  public func save(to path: String) throws(CheckpointError) {
    try CheckpointContent(model: self).save(to: path)
  }
}
